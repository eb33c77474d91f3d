/**
 * The trigger that an action answers, asked again: while the action waits, and right before its effect on live reads
 * (I42). The same evaluation as the one that began its episode.
 */
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { TriggerNow } from '../gates/proposal.ts';
import type { Observation } from '../observation.ts';
import type { TriggerState } from '../target/episode.ts';
import { type WatchedTrigger, watchTriggers } from '../target/watched-triggers.ts';

/** What is seen of the target, and how its triggers stood when they were evaluated last. */
export interface TriggerLook {
  readonly observation: Observation;
  /** By name; triggers that were inactive are left out. */
  readonly before: Readonly<Record<string, TriggerState>>;
}

/** `unseen`: the evidence that would tell is missing. */
export type TriggerAnswer = TriggerNow | { readonly name: string; readonly state: 'unseen'; readonly detail: string };

/** Undefined when the action answers no trigger of the policy. */
export function triggerNow(
  { spec }: Pick<HealingAction, 'spec'>,
  { policy, look }: { readonly policy: HealingPolicy; readonly look: TriggerLook },
  now: Instant,
): TriggerAnswer | undefined {
  const answered = policy.actions.find(({ name }) => name === spec.action.name)?.triggers ?? [];
  const fired = ({ name }: { readonly name: string }): boolean =>
    name === spec.trigger ||
    (look.before[name]?.state === 'firing' && (answered.length === 0 || answered.includes(name)));
  const triggers = policy.triggers.filter(fired);
  if (triggers.length === 0) return undefined;
  // Whether a node is well, all triggers say together.
  const asked = triggers.some(({ type }) => type === 'cordoned') ? policy.triggers : triggers;
  const watched = watchTriggers({ triggers: asked, ...look }, now).filter(({ trigger }) => triggers.includes(trigger));
  const answers = watched.map((one) => answerOf(one, look.before));
  const say = (state: TriggerAnswer['state']) => answers.find((answer) => answer.state === state);
  return say('holds') ?? say('unseen') ?? say('clearing') ?? say('over');
}

function answerOf({ trigger, firing, step }: WatchedTrigger, before: TriggerLook['before']): TriggerAnswer {
  const { name } = trigger;
  const { detail } = firing;
  // It had cleared and holds anew, but not yet for its duration: the episode that the action answers has ended.
  const anew = before[name]?.state === 'pending';
  if (firing.holds === 'unknown') return { name, state: 'unseen', detail };
  if (firing.holds === 'true') return { name, state: anew && step.next.state === 'pending' ? 'over' : 'holds', detail };
  return step.next.state === 'firing'
    ? { name, state: 'clearing', detail, ...given({ until: step.wakeAt }) }
    : { name, state: 'over', detail };
}
