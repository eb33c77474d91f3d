/**
 * How many replicas each ReplicaSet of a Deployment should have.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#proportional-scaling
 */
import { fromTimestamp } from '../../std/clock.ts';
import { scaled } from '../runtime/amounts.ts';
import type { Deployment, ReplicaSet } from '../runtime/shapes.ts';

export const DESIRED_ANNOTATION = 'deployment.kubernetes.io/desired-replicas';
export const MAX_ANNOTATION = 'deployment.kubernetes.io/max-replicas';

const isRolling = (d: Deployment): boolean => d.spec.strategy.type === 'RollingUpdate';

/**
 * Surge rounds up, unavailability down; when both come to nothing, one pod may be missing, or the update would never
 * move.
 */
function fences(d: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { rollingUpdate } = d.spec.strategy;
  const surge = scaled(rollingUpdate?.maxSurge, d.spec.replicas, 'up');
  const unavailable = scaled(rollingUpdate?.maxUnavailable, d.spec.replicas, 'down');
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

export const maxSurge = (d: Deployment): number => (isRolling(d) ? fences(d).surge : 0);

export const maxUnavailable = (d: Deployment): number =>
  isRolling(d) && d.spec.replicas > 0 ? Math.min(d.spec.replicas, fences(d).unavailable) : 0;

export const replicasOf = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + set.spec.replicas, 0);
export const availableOf = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);
export const active = (sets: readonly ReplicaSet[]): readonly ReplicaSet[] =>
  sets.filter((set) => set.spec.replicas > 0);

const createdAt = (set: ReplicaSet): number => fromTimestamp(set.metadata.creationTimestamp) ?? 0;
export const byAge = (a: ReplicaSet, b: ReplicaSet): number =>
  createdAt(a) - createdAt(b) || (a.metadata.name < b.metadata.name ? -1 : 1);

/** Replicas of the newest ReplicaSet at this stage of the rollout. */
export function newReplicas(d: Deployment, all: readonly ReplicaSet[], current: number): number {
  if (!isRolling(d)) return d.spec.replicas;
  const room = d.spec.replicas + maxSurge(d) - replicasOf(all);
  return room <= 0 ? current : current + Math.min(room, d.spec.replicas - current);
}

/** A new size for a ReplicaSet. */
export interface Resize {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

/** What of the old ReplicaSets can go now: first what is unhealthy anyway, then as many as the new one makes up for. */
export function shrinkOld(d: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): readonly Resize[] {
  const all = [newest, ...old];
  const minimum = d.spec.replicas - maxUnavailable(d);
  const newUnavailable = newest.spec.replicas - (newest.status?.availableReplicas ?? 0);
  const allowed = replicasOf(all) - minimum - newUnavailable;
  if (replicasOf(old) === 0 || allowed <= 0) return [];
  const sizes = new Map<ReplicaSet, number>();
  const ordered = [...old].sort(byAge);
  let removed = 0;
  for (const set of ordered) {
    const unhealthy = set.spec.replicas - (set.status?.availableReplicas ?? 0);
    const cut = Math.min(allowed - removed, unhealthy);
    if (set.spec.replicas === 0 || cut <= 0) continue;
    sizes.set(set, set.spec.replicas - cut);
    removed += cut;
  }
  let spare = availableOf(all) - minimum;
  for (const set of ordered) {
    const size = sizes.get(set) ?? set.spec.replicas;
    const cut = Math.min(spare, size);
    if (cut <= 0) continue;
    sizes.set(set, size - cut);
    spare -= cut;
  }
  return [...sizes].map(([set, replicas]) => ({ set, replicas }));
}

/** All replicas of the newest are there: what is left of the others can go. */
function isSaturated(d: Deployment, set: ReplicaSet | undefined): boolean {
  if (set === undefined) return false;
  const desired = Number(set.metadata.annotations?.[DESIRED_ANNOTATION]);
  return (
    set.spec.replicas === d.spec.replicas &&
    desired === d.spec.replicas &&
    (set.status?.availableReplicas ?? 0) === d.spec.replicas
  );
}

/**
 * After `spec.replicas` changed: the one active ReplicaSet takes it all, several share it in proportion to their size.
 */
export function proportionalSizes(
  d: Deployment,
  newest: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): readonly Resize[] {
  const oldActive = active(old);
  const all = [...(newest === undefined ? [] : [newest]), ...old];
  const allActive = active(all);
  if (allActive.length <= 1) {
    const only = allActive[0] ?? newest ?? [...old].sort(byAge).at(-1);
    return only === undefined || only.spec.replicas === d.spec.replicas
      ? []
      : [{ set: only, replicas: d.spec.replicas }];
  }
  if (isSaturated(d, newest)) return oldActive.map((set) => ({ set, replicas: 0 }));
  if (!isRolling(d)) return [];
  const allowed = d.spec.replicas > 0 ? d.spec.replicas + maxSurge(d) : 0;
  const toAdd = allowed - replicasOf(allActive);
  const growing = (a: ReplicaSet, b: ReplicaSet): number => b.spec.replicas - a.spec.replicas || -byAge(a, b);
  const shrinking = (a: ReplicaSet, b: ReplicaSet): number => b.spec.replicas - a.spec.replicas || byAge(a, b);
  const ordered = [...allActive].sort(toAdd > 0 ? growing : shrinking);
  let added = 0;
  const sizes = ordered.map((set) => {
    const share = toAdd === 0 ? 0 : proportion(fraction(d, set), toAdd, added);
    added += share;
    return { set, replicas: set.spec.replicas + share };
  });
  return sizes.map(({ set, replicas }, index) => ({
    set,
    replicas: index === 0 ? Math.max(0, replicas + toAdd - added) : replicas,
  }));
}

function proportion(share: number, toAdd: number, added: number): number {
  const allowed = toAdd - added;
  return toAdd > 0 ? Math.min(share, allowed) : Math.max(share, allowed);
}

function fraction(d: Deployment, set: ReplicaSet): number {
  if (d.spec.replicas === 0) return -set.spec.replicas;
  const total = d.spec.replicas + maxSurge(d);
  const annotated = Number(set.metadata.annotations?.[MAX_ANNOTATION]);
  const before = annotated > 0 ? annotated : (d.status?.replicas ?? 0);
  return before === 0 ? 0 : Math.round((set.spec.replicas * total) / before) - set.spec.replicas;
}
