/**
 * What an action of a policy has from that policy: the template, whether a person is asked, as whom and for how long.
 * It is derived when the action is made, and again from the live policy right before it acts: what the action says by
 * then is compared, and not believed.
 */
import type { ActionTemplate } from '../../api/action-template.ts';
import { milliseconds } from '../../api/compile-trigger.ts';
import { type ActionSpec, DEFAULT_TIMEOUT } from '../../api/healing-action.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { Action, HealingPolicy } from '../../api/policy.ts';
import { given } from '../../std/given.ts';
import { canonicalJson } from '../../std/json.ts';
import { traitsOf } from '../actions/index.ts';

type Asking = Pick<HealingPolicy, 'mode' | 'serviceAccountName'>;

export type DerivedSpec = Pick<ActionSpec, 'action' | 'approvalRequired' | 'serviceAccountName'> &
  Partial<Pick<ActionSpec, 'timeout'>>;

export const needsApproval = (policy: Pick<HealingPolicy, 'mode'>, action: Pick<Action, 'requiresApproval'>): boolean =>
  policy.mode === 'manual' || action.requiresApproval;

export const derivedSpec = (policy: Asking, action: Action): DerivedSpec => ({
  action: action.template,
  approvalRequired: needsApproval(policy, action),
  ...longTimeout(action.template),
  ...given({ serviceAccountName: policy.serviceAccountName }),
});

/** The time of the whole action makes room for a block that asks for more of it than actions have by default. */
function longTimeout(template: ActionTemplate): Partial<Pick<ActionSpec, 'timeout'>> {
  const timeout = traitsOf(template.type).timeout?.(template);
  return timeout !== undefined && milliseconds(timeout) > milliseconds(DEFAULT_TIMEOUT) ? { timeout } : {};
}

/** What the policy would have the action be now, and it is not; undefined when it is as it would be made now. */
export function deviationOf(
  { spec, action: own }: Pick<HealingAction, 'spec' | 'action'>,
  policy: Asking & Pick<HealingPolicy, 'actions'>,
): string | undefined {
  const found = policy.actions.find(({ name }) => name === own.name);
  if (found === undefined) return `has no action ${own.name} any more`;
  // A dry run is less than what the policy allows.
  if (policy.mode === 'monitor' || (policy.mode === 'dryrun' && !spec.dryRun)) return `is in mode ${policy.mode}`;
  const now = derivedSpec(policy, found);
  if (canonicalJson(own.template) !== canonicalJson(now.action)) return `has another template ${own.name} now`;
  if (spec.approvalRequired !== now.approvalRequired)
    return `${now.approvalRequired ? 'asks' : 'does not ask'} a person about ${own.name} now`;
  if (spec.serviceAccountName !== now.serviceAccountName)
    return `names ${now.serviceAccountName === undefined ? 'no account' : `account ${now.serviceAccountName}`} now`;
  return spec.timeout === (now.timeout ?? DEFAULT_TIMEOUT) ? undefined : `gives ${own.name} another time now`;
}
