/**
 * Of each action with `healthyFor` the trigger and the action that take its cordon back. They are a part of the policy
 * like those that people write: the same episodes, gates and limits hold for them, and after a crash they go on.
 */
import { milliseconds } from './compile-trigger.ts';
import { MAX_NAME } from './fields.ts';
import { type ActionTemplate, actionTemplateSchema } from './action-template.ts';
import type { Action, CordonedTrigger, WrittenTrigger } from './policy.ts';

export interface Uncordon {
  readonly trigger: CordonedTrigger;
  /** Not yet compiled. */
  readonly template: ActionTemplate;
}

const healthyForOf = ({ cordonAction, drainAction }: ActionTemplate): string | undefined =>
  (cordonAction ?? drainAction)?.healthyFor;

/** None for an action without `healthyFor`. */
export function uncordonOf({ name, template }: Action): Uncordon | undefined {
  const healthyFor = healthyForOf(template);
  if (healthyFor === undefined) return undefined;
  const own = name.slice(0, MAX_NAME - LONGEST);
  const trigger: CordonedTrigger = {
    name: `${own}${WELL}`,
    type: 'cordoned',
    action: name,
    durationMs: milliseconds(healthyFor),
    // It has waited for `healthyFor` already.
    cooldownMs: 0,
  };
  const { priority, requiresApproval } = template;
  return {
    trigger,
    template: actionTemplateSchema.parse({
      name: `${own}${UNCORDON}`,
      type: 'uncordon',
      description: `takes back the cordon of action ${name}`,
      priority,
      requiresApproval,
      triggers: [trigger.name],
      kinds: ['Node'],
    }),
  };
}

const WELL = '-well-again';
const UNCORDON = '-uncordon';
const LONGEST = Math.max(WELL.length, UNCORDON.length);

/**
 * An action that names no trigger answers all that are written. That a node is well again is nothing that a restart, a
 * drain or a message answers.
 */
export const answeringWritten = (action: Action, written: readonly WrittenTrigger[]): Action =>
  action.triggers.length > 0 ? action : { ...action, triggers: written.map(({ name }) => name) };
