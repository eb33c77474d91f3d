/** Access as admission sees it: nobody grants what they don't have, and policies have their say. */
import type { AdmissionPlugin } from '../machinery/machinery.ts';
import { type AccessControl, grantAttempt } from './access-control.ts';

/** Belongs behind the plugins that change objects: it judges what is going to be stored. */
export const escalationPlugin = (access: () => AccessControl): AdmissionPlugin => ({
  admit: ({ type, subresource, namespace, name, object, old, terms }) => {
    if (object === undefined || subresource !== '') return;
    const attempt = grantAttempt(type, { user: terms.user, object, namespace, name, ...(old ? { old } : {}) });
    if (attempt) access().checkGrant(attempt);
  },
});

export const policyPlugin = (access: () => AccessControl): AdmissionPlugin => ({
  validate: ({ terms, ...attributes }) => {
    const { refusal, warnings } = access().judge({ ...attributes, user: terms.user, dryRun: terms.dryRun });
    terms.warnings.push(...warnings);
    if (refusal) throw refusal;
  },
});
