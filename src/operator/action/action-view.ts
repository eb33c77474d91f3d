/** Gathers the input that the next step of an action is decided on, from the caches. */
import { termsOf } from '../../core/action/terms.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import { policyOf } from '../policy-store.ts';
import type { LiveReads, Seeing, Stores, Voice } from '../roles.ts';
import type { Gathered } from './action-lap.ts';
import { cachedGates } from './gate-scenes.ts';
import { RECHECK_MS } from './lap-input.ts';
import { given } from '../../std/given.ts';

export interface ActionViewRoles {
  readonly seeing: Seeing;
  readonly live: LiveReads;
  readonly stores: Pick<Stores, 'actions'>;
  readonly voice: Pick<Voice, 'logger'>;
  /** False after the lease's renew deadline (I33). */
  readonly mayAct: () => boolean;
}

/** The cache shows this process's own last write within milliseconds, or the watch has broken. */
const OWN_WRITE_MS = 50;

export async function gatherAction(roles: ActionViewRoles, key: string): Promise<Gathered | ReconcileResult> {
  const { seeing, live, stores, voice } = roles;
  const now = seeing.clock.now();
  if (!stores.actions.visible(key)) return { wakeAt: now + OWN_WRITE_MS };
  const parsed = stores.actions.get(key);
  if (parsed === undefined) return {};
  const { action, problems } = parsed;
  if (action === undefined) {
    voice.logger.warn({ action: key, problems }, 'this HealingAction cannot be read and is left alone');
    return {};
  }
  const { policyRef } = action.spec;
  const { policyNamespace } = seeing.config;
  if (policyNamespace !== undefined && policyRef?.namespace !== policyNamespace) return {};
  if (!roles.mayAct()) return { wakeAt: now + RECHECK_MS };
  const policy = policyOf(seeing.policies, policyRef);
  const terms = termsOf(policy);
  const kind = seeing.registry.find(action.spec.action);
  const gates = action.phase === 'Approved' ? await cachedGates(seeing, live, action) : undefined;
  const paused = seeing.world.paused();
  const { approvalTimeoutMs, undo } = terms;
  return {
    input: { action, policy, terms, kind: 'whyNot' in kind ? undefined : kind.value },
    seen: { action, approvalTimeoutMs, undo, ...given({ gates, paused }) },
  };
}
