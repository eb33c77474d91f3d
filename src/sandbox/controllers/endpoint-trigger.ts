/**
 * The time of the change that endpoints answer to, by which others measure how long the news took:
 * k8s.io/endpointslice/util TriggerTimeTracker.
 */
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';
import type { MutableObject } from '../machinery/cluster.ts';
import { keyOf } from '../runtime/context.ts';
import { podCondition } from '../runtime/pods.ts';
import type { Pod, Service } from '../runtime/shapes.ts';

export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

interface Known {
  readonly service: number;
  readonly pods: ReadonlyMap<string, number>;
}

export class TriggerTimes {
  readonly #known = new Map<string, Known>();

  /** The earliest change since the last call: of the Service, or of a pod's readiness. Undefined: none has a time. */
  compute(service: Service, pods: readonly Pod[]): string | undefined {
    const key = keyOf(service);
    const before = this.#known.get(key);
    const created = fromTimestamp(service.metadata.creationTimestamp) ?? 0;
    const changes = created > (before?.service ?? 0) ? [created] : [];
    const times = new Map<string, number>();
    for (const pod of pods) {
      const at = fromTimestamp(podCondition(pod, 'Ready')?.lastTransitionTime);
      if (at === undefined) continue;
      times.set(pod.metadata.name, at);
      if (at > (before?.pods.get(pod.metadata.name) ?? 0)) changes.push(at);
    }
    this.#known.set(key, { service: created, pods: times });
    return changes.length === 0 ? undefined : toTimestamp(Math.min(...changes));
  }

  forget(key: string): void {
    this.#known.delete(key);
  }
}

/** A draft with the time, or without one where none is known. */
export function stamped(draft: MutableObject, stamp: string | undefined): MutableObject {
  const { [TRIGGER_TIME]: _, ...others } = draft.metadata.annotations ?? {};
  const annotations = stamp === undefined ? others : { ...others, [TRIGGER_TIME]: stamp };
  if (Object.keys(annotations).length > 0) draft.metadata.annotations = annotations;
  else delete draft.metadata.annotations;
  return draft;
}
