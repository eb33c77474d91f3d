/** What a person decides on an action that waits: which one, what it would do, and the approval that says so. */
import type { ApprovalSpec } from '../../api/healing-approval.ts';
import { API_VERSION, HEALING_ACTION, HEALING_APPROVAL } from '../../api/names.ts';
import { type HealingAction, parseAction } from '../../api/parse-action.ts';
import type { Plan } from '../../api/action-status.ts';
import { planDigest, specDigest } from '../../core/authority/plan-digest.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { CliError } from '../cli-error.ts';
import type { ShownPlan } from '../plan/plan-text.ts';

/** What a person is asked about. */
export interface Question {
  readonly action: HealingAction;
  readonly plan: Plan;
  /** Made anew from what is shown; the operator has to have made the same. */
  readonly specHash: string;
  readonly planHash: string;
}

export interface Word {
  readonly decision: ApprovalSpec['decision'];
  readonly approvedBy: string;
  readonly reason?: string;
}

/** @throws CliError that says why there is nothing to decide. */
export function questionOf(object: KubeObject, decision: ApprovalSpec['decision']): Question {
  const { action, problems } = parseAction(object);
  if (action === undefined) throw new CliError(problems.map(({ path, message }) => `${path} ${message}`).join('; '));
  const { namespace, name, phase, spec, status } = action;
  const refuse = (why: string): never => {
    throw new CliError(`${HEALING_ACTION.kind} ${namespace}/${name} ${why}`);
  };
  const { plan, approval, reason = 'no reason' } = status;
  if (phase === 'Approved' && decision === 'Approve') return refuse(`was approved by ${approval?.approvedBy}`);
  if (phase !== 'Pending' && phase !== 'Approved') return refuse(`waits for nobody: it is ${phase} (${reason})`);
  if (!spec.approvalRequired) return refuse('waits for nobody: it needs no approval');
  if (plan === undefined || approval === undefined)
    return refuse(`has no plan yet (${reason}); the operator makes it within seconds, while it runs`);
  const made = { specHash: specDigest(action), planHash: planDigest(plan) };
  if (made.specHash !== approval.specHash || made.planHash !== approval.planHash)
    return refuse(
      'shows another spec or plan than the one that the operator asks about; another version of this program, or somebody who wrote its status, may be why',
    );
  return { action, plan, ...made };
}

export const shownPlan = ({ summary = '', requests, continues = false }: Plan): ShownPlan => ({
  summary,
  requests,
  next: continues ? 'plan again' : 'verify',
});

/** The server gives it a name: a person may have to say the same again, when the first word did not count. */
export function approvalObject({ action, specHash, planHash }: Question, word: Word): KubeObject {
  const { decision, approvedBy, reason } = word;
  return {
    apiVersion: API_VERSION,
    kind: HEALING_APPROVAL.kind,
    metadata: { name: '', generateName: `${action.name}-`, namespace: action.namespace },
    spec: {
      action: action.name,
      decision,
      approvedBy,
      specHash,
      // A rejection holds for any plan.
      ...given({ planHash: decision === 'Approve' ? planHash : undefined, reason }),
    },
  };
}
