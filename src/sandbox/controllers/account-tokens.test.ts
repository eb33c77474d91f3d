import { expect, test } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { createSandbox } from '../index.ts';
import { SECRETS, SERVICE_ACCOUNTS } from '../runtime/resources.ts';

const REMEMBERED_MS = 10_000;

const secret = (name: string, account: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/service-account-token',
  metadata: { namespace: 'default', name, annotations: { 'kubernetes.io/service-account.name': account } },
});

test('a Secret gets a token that works as long as the Secret has it, and goes with its account', async () => {
  const clock = new VirtualClock();
  const sandbox = createSandbox({
    clock,
    nodes: 0,
    rootCa: 'PEM',
    access: { mode: 'on', users: new Map(), anonymous: 'refused' },
  });
  const { cluster } = sandbox;
  const account = cluster.create(SERVICE_ACCOUNTS, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace: 'default', name: 'robot' },
  });
  cluster.create(SECRETS, secret('token', 'robot'));
  cluster.create(SECRETS, secret('orphan', 'nobody'));
  await clock.advance(1000);
  const key = { namespace: 'default', name: 'token' };
  const filled = cluster.get(SECRETS, key);
  const data = filled?.['data'] as Record<string, string>;
  const text = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString('utf8');
  expect([text('ca.crt'), text('namespace')]).toEqual(['PEM', 'default']);
  expect(filled?.metadata.annotations).toEqual({
    'kubernetes.io/service-account.name': 'robot',
    'kubernetes.io/service-account.uid': account.metadata.uid,
  });
  expect(cluster.get(SECRETS, { ...key, name: 'orphan' })).toBeUndefined();

  const statusOf = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await sandbox.transport().send({ method: 'GET', path: '/api/v1/namespaces/default/pods', headers })).status;
  };
  const token = text('token');
  expect(await statusOf(token)).toBe(403);
  cluster.modify(SECRETS, key, (draft) => ({ ...draft, data: { ...draft['data'], token: 'b3RoZXI=' } }));
  // The server remembers for ten seconds that it took the token.
  expect(await statusOf(token)).toBe(403);
  await clock.advance(REMEMBERED_MS);
  expect(await statusOf(token)).toBe(401);
  cluster.modify(SECRETS, key, (draft) => ({ ...draft, data: {} }));
  await clock.advance(1000);
  // The account and the Secret are the same, so the token is, too.
  expect(await statusOf(token)).toBe(403);

  cluster.remove(SERVICE_ACCOUNTS, { namespace: 'default', name: 'robot' });
  await clock.advance(REMEMBERED_MS);
  expect(await statusOf(token)).toBe(401);
  expect(cluster.get(SECRETS, key)).toBeUndefined();
  await sandbox.close();
});
