/** Access as admission sees it: nobody grants what they don't have, and policies have their say. */
import { notAdmitted } from '../machinery/admission-errors.ts';
import { asText, at, equalJson } from '../machinery/json.ts';
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

const SIGNERS = { kind: 'resource', group: 'certificates.k8s.io', version: '*', resource: 'signers' } as const;

/**
 * CertificateApproval and CertificateSigning: approving for a signer, and signing, are rights of their own. After
 * k8s.io/kubernetes/plugin/pkg/admission/certificates.
 */
export const signerPlugin = (access: () => AccessControl): AdmissionPlugin => ({
  validate: (attributes) => {
    const { operation, type, subresource, object, old, terms } = attributes;
    if (type.group !== 'certificates.k8s.io' || type.resource !== 'certificatesigningrequests') return;
    const verb = subresource === 'approval' ? 'approve' : subresource === 'status' ? 'sign' : undefined;
    if (operation !== 'UPDATE' || verb === undefined || !old) return;
    const same = (field: string) => equalJson(at(object, 'status', field), at(old, 'status', field));
    if (verb === 'sign' && same('certificate') && same('conditions')) return;
    const signer = asText(at(old, 'spec', 'signerName'));
    const names = [signer, `${signer.split('/')[0] ?? ''}/*`];
    const may = (name: string) =>
      access().decide(terms.user, { ...SIGNERS, verb, name, subresource: '', namespace: '' }).allowed;
    if (!names.some(may))
      throw notAdmitted(attributes, `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`);
  },
});

export const policyPlugin = (access: () => AccessControl): AdmissionPlugin => ({
  validate: (admitted, { session }) => {
    if (!access().hasPolicies) return;
    const { terms, ...attributes } = admitted;
    const { refusal, warnings } = access().judge({
      ...attributes,
      user: terms.user,
      dryRun: terms.dryRun,
      ...(session ? { session } : {}),
    });
    terms.warnings.push(...warnings);
    if (refusal) throw refusal;
  },
});
