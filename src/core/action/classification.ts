/** After a crash or a lost reply: what became of the last attempt, and what follows from it (I3). */
import type { ActionStatus } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { Instant } from '../../std/clock.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { ActionKind, Answer, Outcome } from '../actions/action-kind.ts';
import { allOf } from './carried-out.ts';
import { marker } from './claim.ts';
import { carriedOut, type Effect } from './effect.ts';
import { attemptFailed, type Failure } from './failure.ts';
import { targetOf } from './refs.ts';

/** Reason of an action whose last answer leaves open what came of it. */
const UNCLEAR = 'AnswerUnclear';

/**
 * What is known of a request whose answer leaves open whether it was carried out. The live object tells more where the
 * request went to the API server; an endpoint cannot be asked.
 */
export const unclear = ({ status }: HealingAction, message: string): ActionStatus => ({
  ...status,
  reason: UNCLEAR,
  message: message.slice(0, MAX_MESSAGE),
});

/** By the live object, and by the answers to what else the kind of action has to see. */
export function outcomeOf(
  kind: Pick<ActionKind, 'classify'>,
  action: HealingAction,
  seen: { readonly target: KubeObject | undefined; readonly answers?: Readonly<Record<string, Answer>> },
): Outcome {
  const { target, answers = {} } = seen;
  const { kind: targetKind, uid } = targetOf(action);
  return kind.classify({
    answers,
    target,
    kind: targetKind,
    uid,
    marker: marker(action, action.status.attempts ?? 0),
    template: action.spec.action,
    requests: action.status.plan?.requests ?? [],
  });
}

/** After a crash or a lost reply: what the live object says of the last attempt. */
export function classified(
  action: HealingAction,
  seen: {
    readonly outcome: Outcome;
    readonly effect: Effect;
    readonly random: number;
    readonly undo: 'wanted' | 'unwanted';
  },
  now: Instant,
): ActionStatus {
  const { outcome, random, undo } = seen;
  if (outcome === 'done') return carriedOut(action, seen.effect, now);
  if (outcome === 'not done') {
    const message =
      action.status.reason === UNCLEAR
        ? `the last attempt changed nothing; the server said: ${action.status.message}`
        : 'the last attempt was interrupted before it changed anything';
    return attemptFailed(action, { reason: 'Interrupted', message, retry: 'later', executed: 'no', random, undo }, now);
  }
  const { reason, message }: Pick<Failure, 'reason' | 'message'> =
    outcome === 'superseded'
      ? { reason: 'Superseded', message: 'somebody else changed the target since it was planned' }
      : {
          reason: 'OutcomeUnknown',
          message: `${action.status.reason === UNCLEAR ? (action.status.message ?? '') : 'the answer was lost'}; whether it was carried out cannot be told, so it is not repeated: look before you do it again`,
        };
  // What cannot be told counts as done: limits, cool-downs and the breaker must not be blind to it.
  const done = allOf(action.status);
  return attemptFailed(action, { reason, message, retry: 'never', executed: 'yes', done, random, undo }, now);
}
