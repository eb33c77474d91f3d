/**
 * Taking back what was done. Each change records its inverse beside it: the request, what the change set (`guard`) and
 * what was there before (`restores`). It is carried out only on a live object that still has what we set; whatever
 * somebody else made of it since is theirs (I7).
 */
import { type ActionStatus, type Inverse, MAX_REQUESTS, type PlannedRequest } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, type Instant, toMicroTime } from '../../std/clock.ts';
import { formatDuration } from '../../std/duration.ts';
import { fingerprint, segmentsOf, valueAt } from '../../std/json.ts';
import { reversal } from '../actions/requests.ts';
import type { Verdict } from '../gates/proposal.ts';
import { type VerdictReason, wordOf } from '../reasons/index.ts';
import { finish } from './ending.ts';

export type UndoStep =
  | { readonly kind: 'request'; readonly request: PlannedRequest }
  /** It is as it was before: nothing to do, or done already. */
  | { readonly kind: 'restored' }
  | { readonly kind: 'impossible'; readonly message: string };

/** What to do about one inverse, given the live object at its path. */
export function planUndo(inverse: Inverse, live: KubeObject | undefined): UndoStep {
  if (live === undefined) return { kind: 'impossible', message: `${inverse.description}: the object is gone` };
  const is = (wanted: Readonly<Record<string, string>>) =>
    Object.entries(wanted).every(([pointer, value]) => fingerprint(valueAt(live, segmentsOf(pointer))) === value);
  if (is(inverse.restores)) return { kind: 'restored' };
  const changed = Object.entries(inverse.guard).find(
    ([pointer, value]) => fingerprint(valueAt(live, segmentsOf(pointer))) !== value,
  );
  if (changed !== undefined) {
    return {
      kind: 'impossible',
      message: `${inverse.description}: somebody else has changed ${changed[0]} since; it is left as it is`,
    };
  }
  return { kind: 'request', request: reversal(inverse, live) };
}

/** What was found out about one inverse. */
export interface UndoSeen {
  readonly inverse: Inverse;
  readonly step: UndoStep;
}

export type NextUndo =
  | { readonly do: 'send'; readonly inverse: Inverse; readonly request: PlannedRequest }
  | { readonly do: 'commit'; readonly status: ActionStatus };

/**
 * `seen`: the inverses in their order, up to the first that has to be carried out. The first change that still stands
 * as we made it is reversed; when none is left, the undo is over.
 */
export function nextUndo(action: HealingAction, seen: readonly UndoSeen[], now: Instant): NextUndo {
  for (const { inverse, step } of seen)
    if (step.kind === 'request') return { do: 'send', inverse, request: step.request };
  const impossible = seen.flatMap(({ step }) => (step.kind === 'impossible' ? [step.message] : []));
  if (impossible.length > 0)
    return { do: 'commit', status: undone(action, { state: 'Failed', message: impossible.join('; ') }, now) };
  const restored = seen.map(({ inverse }) => inverse.description);
  return { do: 'commit', status: undone(action, { state: 'Done', message: restored.join('; ') }, now) };
}

/**
 * A change that was refused three times, and for two minutes, needs a person. A pause in between does not use up the
 * tries.
 */
export const UNDO_MS = 120_000;
export const UNDO_TRIES = 3;

/** A request that was refused is sent again after 2 s, 4 s, … up to half a minute: nine of them fit into `UNDO_MS`. */
const UNDO_RETRY_MS = 2000;
const MAX_UNDO_RETRY_MS = 30_000;

/** Of the requests in the status those that take back this change. */
const triesOf = ({ status }: HealingAction, { description }: Inverse): number =>
  (status.undo?.requests ?? []).filter((request) => request.description === description).length;

/** When the change may be tried again: the status that was written for the last try wakes the lap, too early for it. */
export function undoDueAt(action: HealingAction, inverse: Inverse, now: Instant): Instant {
  const tries = triesOf(action, inverse);
  const last = fromTimestamp(action.status.undo?.triedAt);
  // A time to come was written by another clock: it must not hold the way back for as long as the clocks differ.
  if (tries === 0 || last === undefined || last > now) return 0;
  return last + Math.min(UNDO_RETRY_MS * 2 ** (tries - 1), MAX_UNDO_RETRY_MS);
}

/** Healing is paused, or another process has the action. */
const WAITED_FOR: ReadonlySet<VerdictReason> = new Set(['Suspended', 'ClaimLost']);

/** Whether the request is sent, by the gates and by how often it was tried. `hold`: healing is paused. */
export function tryUndo(
  action: HealingAction,
  { inverse, verdict }: { readonly inverse: Inverse; readonly verdict: Verdict },
  now: Instant,
): { readonly do: 'send' | 'hold' } | { readonly do: 'commit'; readonly status: ActionStatus } {
  const giveUp = (why: string) => {
    const message = `${inverse.description}: ${why}`;
    return { do: 'commit', status: undone(action, { state: 'Failed', message }, now) } as const;
  };
  if (!verdict.allow) return WAITED_FOR.has(verdict.reason) ? { do: 'hold' } : giveUp(verdict.message);
  const { at } = action.status.undo ?? {};
  const late = triesOf(action, inverse) >= UNDO_TRIES && now - (fromTimestamp(at) ?? now) > UNDO_MS;
  return late ? giveUp(`it was refused for ${formatDuration(UNDO_MS)}`) : { do: 'send' };
}

/** The request that takes a change back, in status before it leaves (law 2). */
export const undoPlanned = ({ status }: HealingAction, request: PlannedRequest, now: Instant): ActionStatus => ({
  ...status,
  undo: {
    state: 'InProgress',
    ...status.undo,
    requests: [...(status.undo?.requests ?? []), request].slice(-MAX_REQUESTS),
    triedAt: toMicroTime(now),
  },
});

/** Taking back is over, well or not; the action fails for the reason for which it was begun. */
export function undone(
  { status }: HealingAction,
  outcome: { readonly state: 'Done' | 'Failed'; readonly message: string },
  now: Instant,
): ActionStatus {
  const { reason: why = 'NotVerified', message = '' } = status.undo ?? {};
  const reason = wordOf(why);
  const text = outcome.message.slice(0, MAX_MESSAGE);
  const tail = outcome.state === 'Done' ? `taken back: ${outcome.message}` : `NOT taken back: ${outcome.message}`;
  const undo = { ...status.undo, state: outcome.state, at: toMicroTime(now), message: text };
  return finish(
    { ...status, undo },
    { phase: 'Failed', reason, message: `${message.slice(0, MAX_MESSAGE / 2)}; ${tail}` },
    now,
  );
}
