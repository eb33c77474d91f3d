import { describe, expect, it } from 'vitest';
import { withMissingRule } from './forbidden.ts';

const refusal = (user: string, verb: string, where = 'in the namespace "shop"'): string =>
  `deployments.apps "web" is forbidden: User "${user}" cannot ${verb} resource "deployments" in API group "apps" ${where}`;
const OWN = 'system:serviceaccount:shop:own';

describe('a refusal of the API server', () => {
  it.each([
    [
      'of an account in a namespace',
      refusal(OWN, 'patch'),
      'add {apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"]} to a Role of namespace shop that is bound to ServiceAccount shop/own',
    ],
    [
      'of an account in the whole cluster',
      refusal(OWN, 'list', 'at the cluster scope'),
      'verbs: ["list"]} to a ClusterRole that is bound to ServiceAccount shop/own',
    ],
    ['of a user', refusal('ann', 'get'), 'that is bound to user ann'],
    ['to act as another', refusal(OWN, 'impersonate-on:serviceaccount:get'), 'kubeskippy install --tenancy shared'],
  ])('%s names the rule that is missing', (_title, message, rule) => {
    expect(withMissingRule(message)).toContain(`${message}; `);
    expect(withMissingRule(message)).toContain(rule);
  });

  it('of another kind stays as it is', () => {
    const message = 'pods "web" is forbidden: exceeded quota: compute';
    expect(withMissingRule(message)).toBe(message);
  });
});
