import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { createSandbox, type Sandbox } from '../index.ts';
import { NODES, PODS, SECRETS, SERVICE_ACCOUNTS } from '../runtime/resources.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const key = { namespace: 'default', name: 'robot' };

interface Review {
  readonly authenticated?: boolean;
  readonly user: { readonly username?: string; readonly extra?: object };
  readonly audiences?: readonly string[];
  readonly error?: string;
}

describe('a token of a service account', () => {
  let sandbox: Sandbox;
  let clock: VirtualClock;
  afterEach(() => sandbox.close());

  async function start(): Promise<void> {
    clock = new VirtualClock();
    sandbox = createSandbox({
      clock,
      scheduler: 'off',
      kubelet: 'off',
      access: { mode: 'on', users: new Map([['file', { name: 'ann', groups: [] }]]), anonymous: 'refused' },
    });
    sandbox.cluster.create(SERVICE_ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: key });
    sandbox.cluster.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...key, finalizers: ['example.com/held'] },
      spec: { serviceAccountName: 'robot', containers: [{ name: 'main', image: 'app:1' }] },
    });
    await clock.advance(1000);
  }

  async function post(path: string, object: object): Promise<Record<string, unknown>> {
    const response = await sandbox.transport({ name: 'root', groups: ['system:masters'] }).send({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(object),
    });
    if (response.body.form !== 'bytes') return JSON.parse(JSON.stringify(response.body)).value;
    const parts: Uint8Array[] = [];
    for await (const part of response.body.chunks) parts.push(part);
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  }

  async function tokenFor(spec: object): Promise<string> {
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    const answer = await post('/api/v1/namespaces/default/serviceaccounts/robot/token', request);
    return (answer['status'] as { readonly token: string }).token;
  }

  async function review(token: string, audiences?: readonly string[]): Promise<Review> {
    const spec = { token, ...(audiences && { audiences }) };
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec };
    return (await post('/apis/authentication.k8s.io/v1/tokenreviews', asked))['status'] as Review;
  }

  async function statusOf(token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` };
    const { status } = await sandbox.transport().send({ method: 'GET', path: '/api/v1/pods', headers });
    return status;
  }

  it('is for the audiences that it names, and for no other', async () => {
    await start();
    const vault = await tokenFor({ audiences: ['vault', ISSUER] });
    expect((await review(vault, ['vault', 'other'])).audiences).toEqual(['vault']);
    expect((await review(vault)).audiences).toEqual([ISSUER]);
    const foreign = await tokenFor({ audiences: ['vault'] });
    expect(await review(foreign)).toEqual({
      user: {},
      error: `[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["${ISSUER}"]]`,
    });
    expect(await statusOf(foreign)).toBe(401);
    expect(await statusOf(vault)).toBe(403);
  });

  it('of the file is for the API server alone', async () => {
    await start();
    expect((await review('file', [ISSUER, 'vault'])).audiences).toEqual([ISSUER]);
    expect(await review('file', ['vault'])).toEqual({ user: {}, error: 'invalid bearer token' });
  });

  it('says nothing a minute after its time, and what the server remembers', async () => {
    await start();
    const token = await tokenFor({ expirationSeconds: 600 });
    await clock.advance(649_000);
    expect((await review(token)).authenticated).toBe(true);
    await clock.advance(13_000);
    expect(await review(token)).toEqual({
      user: {},
      error: '[invalid bearer token, service account token has expired]',
    });
  });

  it('ends with its account, and another account of that name does not bring it back', async () => {
    await start();
    const token = await tokenFor({});
    expect((await review(token)).authenticated).toBe(true);
    const { uid } = sandbox.cluster.get(SERVICE_ACCOUNTS, key)?.metadata ?? {};
    sandbox.cluster.remove(SERVICE_ACCOUNTS, key);
    // The server remembers a token that it took.
    await clock.advance(9_999);
    expect((await review(token)).authenticated).toBe(true);
    await clock.advance(1);
    expect(await review(token)).toEqual({
      user: {},
      error: '[invalid bearer token, serviceaccounts "robot" not found]',
    });
    const again = sandbox.cluster.create(SERVICE_ACCOUNTS, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: key,
    });
    expect((await review(token)).error).toBe(
      `[invalid bearer token, service account UID (${again.metadata.uid}) does not match claim (${uid})]`,
    );
    expect(await statusOf(token)).toBe(401);
  });

  it('ends a minute after the pod that it is bound to was deleted', async () => {
    await start();
    const token = await tokenFor({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'robot' } });
    sandbox.cluster.remove(PODS, key, { gracePeriodSeconds: 0 });
    await clock.advance(49_000);
    expect((await review(token)).authenticated).toBe(true);
    await clock.advance(13_000);
    expect((await review(token)).error).toBe('[invalid bearer token, service account token has been invalidated]');
  });

  it('ends with the Node or the Secret that it is bound to', async () => {
    await start();
    sandbox.cluster.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
    sandbox.cluster.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { ...key, name: 's' } });
    const node = await tokenFor({ boundObjectRef: { apiVersion: 'v1', kind: 'Node', name: 'n1' } });
    const secret = await tokenFor({ boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 's' } });
    expect([(await review(node)).authenticated, (await review(secret)).authenticated]).toEqual([true, true]);
    sandbox.cluster.remove(NODES, { name: 'n1' });
    sandbox.cluster.remove(SECRETS, { ...key, name: 's' });
    await clock.advance(10_000);
    const ended = '[invalid bearer token, service account token has been invalidated]';
    expect([(await review(node)).error, (await review(secret)).error]).toEqual([ended, ended]);
  });
});
