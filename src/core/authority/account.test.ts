import { describe, expect, it } from 'vitest';
import { authorityOf, authorityOfAction, type ImpersonationRules, userOf } from './account.ts';

const account = (namespace: string, name: string) => ({ kind: 'account', account: { namespace, name } });

describe('the account of a policy', () => {
  it.each<[string, string | undefined, ImpersonationRules, object]>([
    ['is the one that it names', 'own', { required: false }, account('shop', 'own')],
    ['is that one before the default', 'own', { required: true, defaultServiceAccount: 'd' }, account('shop', 'own')],
    ['is else the default', undefined, { required: false, defaultServiceAccount: 'd' }, account('shop', 'd')],
    ['is else none: the operator acts itself', undefined, { required: false }, { kind: 'operator' }],
    ['has to be there where it is required', undefined, { required: true }, { kind: 'none' }],
  ])('%s', (_title, serviceAccountName, rules, authority) => {
    const asking = { namespace: 'shop', ...(serviceAccountName !== undefined && { serviceAccountName }) };
    expect(authorityOf(asking, rules)).toMatchObject(authority);
  });
});

describe('the account of an action', () => {
  it.each<[string, object, string]>([
    ['of a policy lies in the namespace of the policy', { policyRef: { namespace: 'platform' } }, 'platform'],
    ['made by hand lies in its own namespace', {}, 'shop'],
  ])('%s', (_title, spec, namespace) => {
    const action = { namespace: 'shop', spec: { serviceAccountName: 'own', ...spec } };
    expect(authorityOfAction(action, { required: true })).toEqual(account(namespace, 'own'));
  });
});

it('has the user name of its ServiceAccount', () => {
  expect(userOf({ namespace: 'shop', name: 'own' })).toBe('system:serviceaccount:shop:own');
});
