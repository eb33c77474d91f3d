/** How the operator is at this moment, for those who look from outside. Counted when it is asked for. */
import type { PolicyStatus } from '../api/policy-status.ts';
import type { CacheHealth, CacheSet } from '../kube/cache-set.ts';
import type { WorkQueue } from '../kube/queue.ts';
import { keptIn } from './kept-nodes.ts';
import type { Vitals } from './ports.ts';
import type { Wakes } from './roles.ts';
import type { World } from './world.ts';

export interface VitalParts {
  readonly wakes: Readonly<Record<keyof Wakes, Pick<WorkQueue, 'length' | 'delayed' | 'processing' | 'oldestMs'>>>;
  readonly sets: readonly Pick<CacheSet, 'health'>[];
  readonly world: Pick<World, 'ofKind'> & { readonly policies: Pick<World['policies'], 'values'> };
}

export function vitalsOf({ wakes, sets, world }: VitalParts): Vitals {
  const queues = { targets: wakes.targetQueue, policies: wakes.policyQueue, actions: wakes.actionQueue };
  const reasons: Record<string, number> = {};
  const targets = { matched: 0, unhealthy: 0, unknown: 0 };
  let [firing, withoutMetrics] = [0, 0];
  for (const policy of world.policies.values()) {
    // Statuses of another version may be anything: what is no number counts as none.
    const status = (policy['status'] ?? {}) as PolicyStatus;
    const conditionOf = (type: string) => status.conditions?.find((condition) => condition.type === type);
    const reason = conditionOf('Ready')?.reason ?? '-';
    reasons[reason] = (reasons[reason] ?? 0) + 1;
    if (conditionOf('MetricsAvailable')?.status === 'False') withoutMetrics++;
    firing += status.firing ?? 0;
    for (const count of ['matched', 'unhealthy', 'unknown'] as const) targets[count] += status.targets?.[count] ?? 0;
  }
  return {
    queues: Object.entries(queues).map(([queue, { length, delayed, processing, oldestMs }]) => ({
      queue,
      waiting: length,
      delayed,
      running: processing,
      oldestSeconds: oldestMs / 1000,
    })),
    caches: byResource(sets.flatMap((caches) => caches.health())),
    policies: reasons,
    targets,
    firing,
    withoutMetrics,
    keptNodes: keptIn(world).length,
  };
}

/** A kind that is watched in several namespaces is one: objects together, and the longest silence. */
function byResource(caches: readonly CacheHealth[]): Vitals['caches'] {
  const all = new Map<string, { resource: string; objects: number; deafSeconds: number }>();
  for (const { resource, objects, deafMs } of caches) {
    const one = all.get(resource) ?? { resource, objects: 0, deafSeconds: 0 };
    one.objects += objects;
    one.deafSeconds = Math.max(one.deafSeconds, deafMs / 1000);
    all.set(resource, one);
  }
  return [...all.values()];
}
