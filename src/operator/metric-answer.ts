/** One answer to one query, and which of its series are about which object. */
import type { MetricTrigger } from '../api/policy.ts';
import type { Absence, MetricResult, MetricSample } from '../core/metrics/answer.ts';
import { type Subject, subjectOf } from '../core/metrics/subject.ts';
import type { Instant } from '../std/clock.ts';

export interface Attributed {
  /** Undefined: the labels name no object. */
  readonly subject: Subject | undefined;
  readonly sample: MetricSample;
}

interface Facts {
  readonly at: Instant;
  readonly goodUntil: Instant;
  readonly unbrokenSince: Instant | undefined;
  readonly absence: Absence;
  readonly result: MetricResult;
}

/** The key of series whose labels name no object. */
const NO_OBJECT = '';

export class MetricAnswer {
  readonly at: Instant;
  readonly goodUntil: Instant;
  readonly unbrokenSince: Instant | undefined;
  readonly absence: Absence;
  readonly result: MetricResult;
  /** By the trigger's `target`, which decides what labels mean; made when first asked for. */
  readonly #bySubject = new Map<string, ReadonlyMap<string, readonly Attributed[]>>();

  constructor({ at, goodUntil, unbrokenSince, absence, result }: Facts) {
    this.at = at;
    this.goodUntil = goodUntil;
    this.unbrokenSince = unbrokenSince;
    this.absence = absence;
    this.result = result;
  }

  get samples(): readonly MetricSample[] {
    switch (this.result.type) {
      case 'vector':
        return this.result.samples;
      case 'scalar':
        return [{ labels: {}, value: this.result.value }];
      case 'unknown':
        return [];
    }
  }

  /** The series that name this object. */
  about(target: MetricTrigger['target'], subject: Subject): readonly Attributed[] {
    return this.#index(target).get(subjectKey(subject)) ?? [];
  }

  /** The series that name no object. */
  aboutNoObject(target: MetricTrigger['target']): readonly Attributed[] {
    return this.#index(target).get(NO_OBJECT) ?? [];
  }

  #index(target: MetricTrigger['target']): ReadonlyMap<string, readonly Attributed[]> {
    const name = JSON.stringify(target ?? null);
    const known = this.#bySubject.get(name);
    if (known !== undefined) return known;
    const index = new Map<string, Attributed[]>();
    for (const sample of this.samples) {
      const subject = subjectOf(sample.labels, target);
      const key = subject === undefined ? NO_OBJECT : subjectKey(subject);
      const list = index.get(key);
      if (list === undefined) index.set(key, [{ subject, sample }]);
      else list.push({ subject, sample });
    }
    this.#bySubject.set(name, index);
    return index;
  }
}

const subjectKey = ({ kind, namespace, name }: Subject): string => `${kind}/${namespace ?? ''}/${name}`;
