/** What an action's status becomes when its requests were carried out. */
import type { ActionStatus } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { type Instant, toMicroTime } from '../../std/clock.ts';
import type { ActionKind } from '../actions/action-kind.ts';
import { DELIVERED } from '../target/oscillation.ts';
import { allOf, type RefusedRequest, withInverses, withoutRefused, withQuote } from './carried-out.ts';
import { finish, withExecuted, withSent } from './ending.ts';
import type { Terms } from './terms.ts';

export interface Effect {
  readonly proof: ActionKind['proof'];
  readonly healthCheckTimeoutMs: number;
  /** What the server answered, for a dry run. */
  readonly answers?: readonly string[];
  /** Requests whose refusal the kind tolerates. */
  readonly refused?: readonly RefusedRequest[];
}

/** Of a type that was switched off since, the proof that asks for most. */
export const effectOf = (
  kind: Pick<ActionKind, 'proof'> | undefined,
  { healthCheckTimeoutMs }: Pick<Terms, 'healthCheckTimeoutMs'>,
): Effect => ({ proof: kind?.proof ?? 'healed', healthCheckTimeoutMs });

/** The requests of the claimed stage were answered well, or were seen to be done. */
export function carriedOut(action: HealingAction, effect: Effect, now: Instant): ActionStatus {
  const done = action.spec.dryRun ? [] : allOf(action.status);
  const status = withInverses(withoutRefused(action.status, effect.refused ?? []), done);
  if (action.status.plan?.continues && !action.spec.dryRun) {
    const message = withQuote(`${action.status.plan.summary ?? 'a stage'}: done; waiting for what it set off`, status);
    const sent = done.length - (effect.refused?.length ?? 0);
    const staged = withSent(status, sent, now);
    return { ...staged, reason: 'InStages', message: message.slice(0, MAX_MESSAGE), stageTime: toMicroTime(now) };
  }
  return effected({ ...action, status }, effect, now);
}

/** Everything was carried out: watching begins, where there is something to watch. */
export function effected(action: HealingAction, effect: Effect, now: Instant): ActionStatus {
  const { stageTime: _staged, nextAttemptTime: _due, ...status } = action.status;
  const conditions = withExecuted(
    status,
    { status: 'True', reason: 'Done', message: 'the planned requests were carried out' },
    now,
  );
  const done = { ...status, effectTime: toMicroTime(now), conditions };
  if (action.spec.dryRun) {
    const first = status.plan?.continues ? ' (the first stage; the others depend on what it would bring about)' : '';
    const message = `dry run: ${status.plan?.summary ?? 'nothing'}; the server accepted it${first}`;
    const answers = effect.answers?.map((answer) => answer.slice(0, MAX_MESSAGE)) ?? [];
    return finish(
      { ...done, result: { ...status.result, success: true, answers } },
      { phase: 'Succeeded', reason: 'DryRun', message },
      now,
    );
  }
  if (effect.proof === 'answer') {
    const message = `${status.plan?.summary ?? 'done'}: delivered`;
    return finish(done, { phase: 'Succeeded', reason: DELIVERED, message }, now);
  }
  return {
    ...done,
    reason: 'Verifying',
    message: `${status.plan?.summary ?? 'done'}; watching whether it helps`.slice(0, MAX_MESSAGE),
    verification: {
      state: 'Waiting',
      startedAt: toMicroTime(now),
      deadline: toMicroTime(now + effect.healthCheckTimeoutMs),
    },
  };
}
