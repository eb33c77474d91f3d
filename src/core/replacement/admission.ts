/** What the API server said to a dry run of the pod that would come next. */
import { isMissingRight } from '../authority/forbidden.ts';

/** The answer to `POST pods?dryRun=All`. */
export interface DryRunAnswer {
  readonly status: number;
  readonly message: string;
}

export type Admission =
  | { readonly admitted: 'yes' }
  | { readonly admitted: 'no'; readonly why: string }
  /** A quota counts the pod that has not gone yet: its figures tell, and not this answer. */
  | { readonly admitted: 'by its quota' }
  | { readonly admitted: 'unknown'; readonly why: string };

const unknown = (why: string): Admission => ({ admitted: 'unknown', why });

/** `guard`: name of the admission policy on the operator's own account, which says nothing of other accounts. */
export function admissionOf({ status, message }: DryRunAnswer, guard: string): Admission {
  if (status < 300) return { admitted: 'yes' };
  if (status === 403 && isMissingRight(message)) return unknown('the account may not create pods, even as a dry run');
  if (message.includes('exceeded quota')) return { admitted: 'by its quota' };
  if (message.includes(guard)) return unknown('the operator itself is kept from trying it');
  // https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#side-effects
  if (message.includes('does not support dry run')) return unknown('an admission webhook takes no dry run');
  if (status === 400 || status === 401 || status === 429) return unknown(`the server answered ${status}: ${message}`);
  if (status < 500 || message.includes('webhook'))
    return { admitted: 'no', why: `the API server refuses it: ${message}` };
  return unknown(`the server answered ${status}: ${message}`);
}
