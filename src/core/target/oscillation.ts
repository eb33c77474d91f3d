/**
 * Healing that goes in circles: two actions that undo each other (one scales up, another down again), or one that helps
 * for a while, again and again. What has not cured the cause by then will not; it is stopped, and a person told.
 */
import type { Instant } from '../../std/clock.ts';
import { HOUR_MS, isOnWorkload, lastEffectAt, type PastAction, type WorkloadRef } from '../history.ts';

/** One action this many times in a row, with the same result. Once may be chance, twice bad luck. */
const IDENTICAL = 3;
/** A → B → A → B: the shortest sequence in which each of two actions was answered by the other, and did it again. */
const ALTERNATING = 4;

/** Reason of what was said to somebody and heals nothing: saying it again is no circle. */
export const DELIVERED = 'Delivered';

export type Oscillation =
  | { readonly kind: 'identical'; readonly template: string; readonly outcomes: readonly PastAction[] }
  | {
      readonly kind: 'alternating';
      readonly templates: readonly [string, string];
      readonly outcomes: readonly PastAction[];
    };

/**
 * How far back outcomes belong together: four of them take as many cool-downs, and triggers and verification about as
 * long again.
 */
export const oscillationWindow = (cooldownMs: number): number => Math.max(HOUR_MS, 2 * ALTERNATING * cooldownMs);

export interface Circled extends WorkloadRef {
  /** When the target was made. */
  readonly createdAt?: Instant;
  /** Outcomes after this belong together. */
  readonly since: Instant;
}

/** Timestamps of the API server have whole seconds. */
const TIMESTAMP_MS = 1000;

/**
 * What was done to the target, or to what it came in the place of: an evicted pod comes back as another one. Oldest
 * first.
 */
export function outcomesOn(
  history: readonly PastAction[],
  { createdAt, since, ...workload }: Circled,
): readonly PastAction[] {
  return history
    .filter((action) => {
      const { completedAt = since, phase } = action;
      if (!action.executed || (phase !== 'Succeeded' && phase !== 'Failed') || action.ended === DELIVERED) return false;
      if (completedAt <= since) return false;
      if (action.targetUid === workload.targetUid) return true;
      const bornAt = createdAt ?? Number.NEGATIVE_INFINITY;
      return isOnWorkload(action, workload) && (lastEffectAt(action) ?? completedAt) < bornAt + TIMESTAMP_MS;
    })
    .toSorted((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0) || (a.uid < b.uid ? -1 : 1));
}

/**
 * Whether the newest outcomes go in a circle in which the next action would go on. Whosever policy: two of them may
 * undo each other.
 */
export function oscillationOf(
  outcomes: readonly PastAction[],
  next: { readonly policyUid: string; readonly template: string },
): Oscillation | undefined {
  const nextId = templateId(next);
  const same = outcomes.slice(-IDENTICAL);
  if (same.length === IDENTICAL && same.every((one) => templateId(one) === nextId && one.phase === same[0]?.phase))
    return { kind: 'identical', template: next.template, outcomes: same };
  const [a, b, c, d] = outcomes.slice(-ALTERNATING);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  const [x, y] = [templateId(a), templateId(b)];
  if (x === y || templateId(c) !== x || templateId(d) !== y || (nextId !== x && nextId !== y)) return undefined;
  return { kind: 'alternating', templates: [a.template, b.template], outcomes: [a, b, c, d] };
}

const templateId = ({ policyUid = '', template }: { readonly policyUid?: string; readonly template: string }): string =>
  `${policyUid}/${template}`;
