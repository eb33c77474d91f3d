import { saysInLog } from './log.ts';

/** https://github.com/kubernetes/apiserver/blob/v0.33.0/pkg/endpoints/handlers/responsewriters/errors.go (forbiddenMessage) */
export const apiAccessForbidden = saysInLog({
  family: 'runtime',
  pattern:
    /is forbidden: User \\?"system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)\\?" cannot ([a-z]+) resource \\?"([a-z./]+)/,
  means: 'The program asks the API server for what its ServiceAccount has no right to.',
  todo: 'Give the ServiceAccount a Role with this verb and resource, or correct serviceAccountName in the template.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: [], pointless: ['restart', 'delete', 'scale', 'resize'], harmful: [] },
  text: (name, [namespace, account, verb, resource]) =>
    `${name} may not ${verb} ${resource}: ServiceAccount ${namespace}/${account} has no right to it.`,
});
