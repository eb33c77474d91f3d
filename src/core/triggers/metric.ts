/** `metricTrigger`: the value of a PromQL query, compared with the threshold, for one target. */
import type { MetricTrigger } from '../../api/policy.ts';
import { type Instant, toTimestamp } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { MetricSample, SeenSample } from '../metrics/answer.ts';
import { LABELS_OF_KINDS } from '../metrics/subject.ts';
import type { Firing, Observation } from '../observation.ts';

/** Labels of a series in a sentence; more than these make it unreadable. */
const MAX_LABELS = 6;

export function evaluateMetric(spec: MetricTrigger, seen: Observation, now: Instant): Firing {
  const answer = seen.metrics?.[spec.name];
  if (answer === undefined) return unknown('the query has not been evaluated yet');
  if ('unknown' in answer) return unknown(`${answer.unknown}: ${answer.message}`);
  const { at, goodUntil, series, absence, unbrokenSince } = answer;
  if (at > now) return unknown(`the newest answer is dated ${toTimestamp(at)}, which is to come`);
  if (now > goodUntil) return unknown(`the newest answer is of ${toTimestamp(at)}`);
  if (seen.eventsAfter !== undefined && at <= seen.eventsAfter) return unknown('not evaluated since the last action');
  const seenAt = { observedAt: at, ...given({ unbrokenSince }) };
  if (series.length === 0) {
    if (absence === 'unknown') return unknown('the query answers no series for it');
    return { holds: 'false', detail: 'the query answers no series for it', ...seenAt };
  }
  const twice = duplicate(series);
  if (twice !== undefined) return unknown(`the query answers the series ${describe(twice)} twice`);
  const known = series.filter(isNumber);
  const extreme = mostExtreme(spec, known);
  if (extreme === undefined) return unknown(`the query answers ${series[0]?.value}`);
  const holds = compare(spec, extreme.value);
  // One series that is not a number may be the one that holds.
  if (!holds && known.length < series.length) return unknown('the query answers a series that is not a number');
  const detail = `${shown(extreme.value)} ${holds ? 'is' : 'is not'} ${spec.operator} ${spec.threshold}${describe(extreme)}`;
  const recheckAt = holds ? { recheckAt: goodUntil + 1 } : {};
  return { holds: holds ? 'true' : 'false', detail, value: extreme.value, ...seenAt, ...recheckAt };
}

const isNumber = (sample: SeenSample): sample is MetricSample => Number.isFinite(sample.value);

/** Ignorance about an object that never fired is no trouble of that object: it may simply have no such series. */
const unknown = (detail: string): Firing => ({ holds: 'unknown', noEvidence: true, detail });

export function compare(
  { operator, threshold }: Pick<MetricTrigger, 'operator' | 'threshold'>,
  value: number,
): boolean {
  switch (operator) {
    case '>':
      return value > threshold;
    case '<':
      return value < threshold;
    case '>=':
      return value >= threshold;
    case '<=':
      return value <= threshold;
    case '==':
      return value === threshold;
    case '!=':
      return value !== threshold;
  }
}

/** The one that holds most clearly; with `==` and `!=` any that holds. */
function mostExtreme(spec: MetricTrigger, series: readonly MetricSample[]): MetricSample | undefined {
  const further = (a: MetricSample, b: MetricSample): MetricSample => {
    switch (spec.operator) {
      case '>':
      case '>=':
        return b.value > a.value ? b : a;
      case '<':
      case '<=':
        return b.value < a.value ? b : a;
      case '==':
      case '!=':
        return !compare(spec, a.value) && compare(spec, b.value) ? b : a;
    }
  };
  return series.length === 0 ? undefined : series.reduce(further);
}

/** A vector has each label set once. An answer with two is broken: there is no telling which of them is right. */
function duplicate(series: readonly SeenSample[]): SeenSample | undefined {
  const seen = new Set<string>();
  return series.length < 2
    ? undefined
    : series.find(({ labels }) => {
        const key = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
        return seen.has(key) || !seen.add(key);
      });
}

const shown = (value: number): string => String(Number(value.toPrecision(6)));

/** A query can copy anything into a label of its own making. People are told only which object a series is about. */
const namesObject = (label: string): boolean => SHOWN.has(label.replace(/^exported_/, ''));

const SHOWN: ReadonlySet<string> = new Set([
  ...Object.keys(LABELS_OF_KINDS),
  'namespace',
  'container',
  'node',
  'instance',
]);

function describe({ labels }: SeenSample): string {
  const pairs = Object.entries(labels).filter(([name]) => namesObject(name));
  if (pairs.length === 0) return '';
  const more = pairs.length > MAX_LABELS ? ', …' : '';
  return ` for {${pairs
    .slice(0, MAX_LABELS)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}${more}}`;
}
