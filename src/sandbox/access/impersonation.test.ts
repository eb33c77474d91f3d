import { describe, expect, it } from 'vitest';
import { isApiError } from '../machinery/errors.ts';
import { ALLOW_ALL, type Attributes, type Authorizer } from './attributes.ts';
import type { RequestHeaders } from './headers.ts';
import { Impersonation } from './impersonation.ts';

const ann = { name: 'ann', groups: [] };
const LIST: Attributes = {
  kind: 'resource',
  verb: 'list',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'n',
  name: '',
};
/** Whoever has the right `verb resource` of each part. */
const only = (...rights: readonly string[]): Authorizer => ({
  authorize: (_, attributes) => ({
    allowed: attributes.kind === 'resource' && rights.includes(`${attributes.verb} ${attributes.resource}`),
    reason: '',
  }),
});
const act = (headers: RequestHeaders, authorizer: Authorizer = ALLOW_ALL, impersonation = new Impersonation()) =>
  impersonation.user(headers, { requester: ann, attributes: LIST, authorizer });

describe('impersonation', () => {
  it('takes user, groups, uid and extras', () => {
    const headers = {
      'impersonate-user': 'x',
      'impersonate-group': 'a, b',
      'impersonate-uid': 'u',
      'impersonate-extra-some.key%2fpart': 'v',
    };
    expect(act(headers)).toEqual({
      name: 'x',
      uid: 'u',
      groups: ['a', 'b', 'system:authenticated'],
      extra: { 'some.key/part': ['v'] },
    });
  });

  it.each([
    [
      'a service account',
      'system:serviceaccount:n:r',
      ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'],
    ],
    ['a node', 'system:node:a', ['system:nodes', 'system:authenticated']],
    ['nobody', 'system:anonymous', ['system:unauthenticated']],
  ])('knows the groups of %s', (_, name, groups) => {
    expect(act({ 'impersonate-user': name }).groups).toEqual(groups);
  });

  it('needs the right for each part', () => {
    const users = only('impersonate users');
    expect(act({ 'impersonate-user': 'x' }, users).name).toBe('x');
    const impersonation = new Impersonation();
    act({ 'impersonate-user': 'x' }, users, impersonation);
    expect(() => act({ 'impersonate-user': 'x', 'impersonate-group': 'g' }, users, impersonation)).toThrow(
      'groups "g" is forbidden: User "ann" cannot impersonate resource "groups" in API group "" at the cluster scope',
    );
  });

  it.each([
    ['x', 'user-info'],
    ['system:serviceaccount:n:r', 'serviceaccount'],
    ['system:node:a', 'arbitrary-node'],
  ])('of %s tells whoever may nothing of the narrowest right first', (name, mode) => {
    expect(() => act({ 'impersonate-user': name }, only())).toThrow(
      `pods is forbidden: User "ann" cannot impersonate-on:${mode}:list resource "pods" in API group "" in the namespace "n"`,
    );
  });

  it('may be narrowed to what is done', () => {
    const narrow = only('impersonate-on:user-info:list pods', 'impersonate:user-info users');
    expect(act({ 'impersonate-user': 'x' }, narrow).name).toBe('x');
  });

  it('of groups alone is a bad request', () => {
    try {
      act({ 'impersonate-group': 'g' });
      expect.unreachable();
    } catch (error) {
      expect(isApiError(error, 'BadRequest') && error.status.message).toBe(
        'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"g"}, Extra:map[string][]string(nil)} without impersonating a user name',
      );
    }
  });
});
