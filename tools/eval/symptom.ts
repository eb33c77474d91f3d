/** The object that a model is asked about: what a person, or a trigger, sees first. It is chosen without the answer. */
import { isUnwell } from '../../src/core/analysis/causes/facts.ts';
import { type ObjectRef, refKey } from '../../src/core/analysis/evidence.ts';
import type { Snapshot } from '../../src/core/analysis/snapshot.ts';

/** The workload with the most pods that are unwell; without one the namespace that has the most objects. */
export function symptomOf(snapshot: Snapshot): ObjectRef {
  const unwell = snapshot.all('Pod').filter((pod) => isUnwell(pod, snapshot.at));
  const roots = unwell.map((pod) => snapshot.rootOf(pod)).filter((ref) => snapshot.find(ref.kind as 'Pod', ref));
  const most = mostOf(roots.map((ref) => [refKey(ref), ref]));
  if (most !== undefined) return most;
  const namespaces = snapshot.objects.flatMap(({ metadata }) => metadata.namespace ?? []);
  return { kind: 'Namespace', name: mostOf(namespaces.map((name) => [name, name])) ?? 'default' };
}

function mostOf<T>(items: readonly (readonly [string, T])[]): T | undefined {
  const counts = new Map<string, { readonly value: T; count: number }>();
  for (const [key, value] of items) {
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { value, count: 1 });
    else known.count++;
  }
  return [...counts].toSorted(([a, { count: x }], [b, { count: y }]) => y - x || (a < b ? -1 : 1))[0]?.[1].value;
}
