/** What people have said to an action, and whether the admission policies of ours were in force when they said it. */
import { ACTIONS_POLICY, APPROVALS_POLICY, provingPolicies, type ProvingPolicy } from '../../api/admission/index.ts';
import { parseApproval } from '../../api/healing-approval.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { actionOf, type ApprovalScene } from '../../core/authority/approval.ts';
import { type Guard, guardOf } from '../../core/authority/guard.ts';
import type { AuthorScene } from '../../core/authority/hand-made.ts';
import { planDigest, specDigest } from '../../core/authority/plan-digest.ts';
import { isKubeError } from '../../kube/errors.ts';
import { ADMISSION_BINDINGS, ADMISSION_POLICIES } from '../../kube/well-known.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import { OWN_KINDS } from '../definitions.ts';
import type { OperatorConfig } from '../ports.ts';
import type { LiveReads, Seeing } from '../roles.ts';

type Sources = Pick<Seeing, 'config'> & { readonly live: LiveReads };

/** Undefined while the action has not asked. The policy is read only where there is something that it could prove. */
export async function cachedApproval(
  { world, config }: Pick<Seeing, 'world' | 'config'>,
  live: LiveReads,
  action: HealingAction,
): Promise<ApprovalScene | undefined> {
  return approvalScene({ config, live }, action, world.approvalsOf(action));
}

/** Nothing of it comes from a cache. */
export async function liveApproval(sources: Sources, action: HealingAction): Promise<ApprovalScene | undefined> {
  const { namespace, name } = action;
  const { items } = await sources.live.client.list(OWN_KINDS.approvals, { namespace });
  return approvalScene(
    sources,
    action,
    items.filter((one) => actionOf(one) === name),
  );
}

async function approvalScene(
  { config, live }: Sources,
  action: HealingAction,
  objects: readonly KubeObject[],
): Promise<ApprovalScene | undefined> {
  const { spec, status } = action;
  const until = fromTimestamp(status.approval?.expiresAt);
  if (!spec.approvalRequired || until === undefined) return undefined;
  const kept = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  // One that was taken back is none, whatever finalizer keeps it there.
  const approvals = kept.map(parseApproval).filter((one) => one !== undefined);
  const guard: Guard =
    approvals.length === 0
      ? { state: 'missing', why: 'was not looked for' }
      : await readGuard(live, { config, name: APPROVALS_POLICY });
  return {
    approvals,
    specHash: specDigest(action),
    ...given({ planHash: ifGiven(status.plan, planDigest) }),
    until,
    guard,
    unproven: config.approvals.unproven,
  };
}

/** Of an action made by hand; undefined of another. */
export async function authorScene({ config, live }: Sources, action: HealingAction): Promise<AuthorScene | undefined> {
  if (action.spec.policyRef !== undefined) return undefined;
  return {
    ...given({ name: action.metadata.annotations?.[ANNOTATIONS.author] }),
    guard: await readGuard(live, { config, name: ACTIONS_POLICY }),
    unproven: config.handMade.unproven,
  };
}

/** @throws KubeError when the server does not say whether the policy is there. */
async function readGuard(
  { client }: LiveReads,
  { config, name }: { readonly config: Pick<OperatorConfig, 'namespace'>; readonly name: ProvingPolicy },
): Promise<Guard> {
  const expected = provingPolicies(config)[name];
  try {
    const [policy, binding] = await Promise.all([
      client.find(ADMISSION_POLICIES, { name }),
      client.find(ADMISSION_BINDINGS, { name }),
    ]);
    return guardOf(expected, given({ policy, binding }));
  } catch (error) {
    if (!isKubeError(error, 'Forbidden')) throw error;
    return { state: 'missing', why: 'may not be read by this operator; run `kubeskippy install` again' };
  }
}
