import { describe, expect, it } from 'vitest';
import { authenticate, type AuthenticationConfig } from './authentication.ts';
import type { RequestHeaders } from './headers.ts';
import { AccountTokens, parseTokenFile } from './tokens.ts';

const NOW = 1_800_000_000_000;
const accounts = new AccountTokens('secret');
const robot = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'n', name: 'robot', uid: 'u' } };
const config: AuthenticationConfig = {
  objects: (resource, { name }) => (resource === 'serviceaccounts' && name === 'robot' ? robot : undefined),
  users: parseTokenFile('t1,ann,7,"dev, ops"\nt2,bob,8\n'),
  accounts,
  anonymous: 'refused',
};
const bearer = (token: string): RequestHeaders => ({ authorization: `Bearer ${token}` });
const token = (change: { expiresAt?: number } = {}) =>
  accounts.sign({
    account: { namespace: 'n', name: 'robot', uid: 'u' },
    audiences: [accounts.issuer],
    issuedAt: NOW,
    expiresAt: NOW + 1000,
    id: 'j',
    ...change,
  });

describe('who asks', () => {
  it('is told by a token of the file', () => {
    expect(authenticate({ headers: bearer('t1') }, config, NOW)).toEqual({
      name: 'ann',
      uid: '7',
      groups: ['dev', 'ops', 'system:authenticated'],
    });
  });
  it('is told by a token that this server signed, until a minute after it expires', () => {
    expect(authenticate({ headers: bearer(token()) }, config, NOW)).toEqual({
      name: 'system:serviceaccount:n:robot',
      uid: 'u',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j'] },
    });
    expect(() => authenticate({ headers: bearer(token()) }, config, NOW + 61_001)).toThrow('Unauthorized');
  });
  it.each<[string, RequestHeaders]>([
    ['without credentials', {}],
    ['with another scheme', { authorization: 'Basic YTpi' }],
    ['with an unknown token', bearer('nope')],
    [
      'with a token somebody else signed',
      bearer(
        new AccountTokens('other').sign({
          account: { namespace: 'n', name: 'robot', uid: 'u' },
          audiences: [],
          issuedAt: NOW,
          expiresAt: NOW + 1,
          id: 'j',
        }),
      ),
    ],
    ['with a token that was changed', bearer(`${token().slice(0, -4)}AAAA`)],
  ])('is unknown %s', (_, headers) => {
    expect(() => authenticate({ headers }, config, NOW)).toThrow('Unauthorized');
  });
  it('is told by a certificate before a token', () => {
    expect(authenticate({ headers: bearer('t1'), certified: { name: 'carla', groups: ['dev'] } }, config, NOW)).toEqual(
      {
        name: 'carla',
        groups: ['dev', 'system:authenticated'],
      },
    );
  });
  it('is anonymous where that is allowed', () => {
    expect(authenticate({ headers: {} }, { ...config, anonymous: 'allowed' }, NOW)).toEqual({
      name: 'system:anonymous',
      groups: ['system:unauthenticated'],
    });
  });
  it('is read from lines with quotes, and a line without a user is refused', () => {
    expect(parseTokenFile('t,"a ""b""",1,g').get('t')?.name).toBe('a "b"');
    expect(() => parseTokenFile('t,a,1\nlonely')).toThrow(expect.objectContaining({ line: 2 }));
  });
});
