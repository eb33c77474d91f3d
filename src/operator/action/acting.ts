/**
 * As whom the requests of an action go out: reads for its plan, to know what became of it and for its undo, and all
 * that it changes. What the operator reads for gates and for proofs stays its own.
 */
import type { HealingAction } from '../../api/parse-action.ts';
import { authorityOfAction, type ImpersonationRules, type NoAccount, userOf } from '../../core/authority/account.ts';
import { KubeError } from '../../kube/errors.ts';
import { withMissingRule } from '../../core/authority/forbidden.ts';
import type { Inverse } from '../../api/action-status.ts';
import type { UndoStep } from '../../core/action/undo.ts';
import type { ActAs, LiveReads } from '../roles.ts';

export interface Acting {
  readonly rules: ImpersonationRules;
  /** The operator's own. */
  readonly client: LiveReads['client'];
  readonly actAs: ActAs;
}

export function clientFor({ rules, client, actAs }: Acting, action: HealingAction): LiveReads['client'] {
  const authority = authorityOfAction(action, rules);
  switch (authority.kind) {
    case 'operator':
      return client;
    case 'account':
      return actAs(userOf(authority.account));
    case 'none': {
      const refuse = () => Promise.reject(nobody(authority));
      return { find: refuse, get: refuse, list: refuse, listPage: refuse, request: refuse };
    }
  }
}

/** An account that may not read what it has changed cannot take it back: another try would end the same. */
export async function orForbidden({ description }: Inverse, look: () => Promise<UndoStep>): Promise<UndoStep> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 403) throw error;
    return { kind: 'impossible', message: `${description}: ${withMissingRule(error.message)}` };
  }
}

const nobody = ({ reason, message }: { readonly reason: NoAccount; readonly message: string }) =>
  new KubeError(message, { code: reason, delivered: 'no', status: 403 });
