/**
 * The attack: somebody who may write `healingactions/status` writes there what the operator would carry out: a phase, a
 * plan's way back through another namespace or an endpoint, an older status of the operator's own. Somebody who may
 * write `healingpolicies/status` invents an episode.
 * The guard: the operator believes a status only with its own seal (src/core/authority/seal.ts).
 */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { type RunningOperator, CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { wordOn } from '../kit/people.ts';
import { ACTIONS, APPROVALS, DEPLOYMENTS, EVENTS, NAMESPACES, POLICIES, SECRETS } from '../kit/resources.ts';

type Status = Readonly<Record<string, unknown>>;
const statusOf = (object: KubeObject | undefined): Status => (object?.['status'] ?? {}) as Status;

/** An approval needs no proof of its author here: these tests are not about that. */
const UNPROVEN = { config: { approvals: { unproven: 'accept' } } } as const;

const COREDNS = '/apis/apps/v1/namespaces/kube-system/deployments/coredns';

/** An action that waits for approval, beside a Deployment of a protected namespace. */
async function waiting(mode: 'manual' | 'automatic' = 'manual') {
  const world = new TestCluster();
  const operator = world.operator(UNPROVEN);
  if (world.cluster.get(NAMESPACES, { name: 'kube-system' }) === undefined)
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } });
  const coredns = deployment('coredns');
  world.cluster.create(DEPLOYMENTS, { ...coredns, metadata: { ...coredns.metadata, namespace: 'kube-system' } });
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
  world.cluster.create(POLICIES, policy({ mode, safetyRules: { maxConcurrent: 5, maxUnhealthy: '100%' } }));
  const reason = mode === 'manual' ? 'AwaitingApproval' : 'Verifying';
  expect(await world.until(() => statusOf(world.actions()[0])['reason'] === reason)).toBe(true);
  const { name = '', namespace = '' } = world.actions()[0]?.metadata ?? {};
  const write = (change: (status: Status) => Status) =>
    world.cluster.modify(
      ACTIONS,
      { namespace, name },
      (draft) => ({ ...draft, status: change(statusOf(draft)) }),
      'status',
    );
  const ended = () => world.until(() => statusOf(world.actions()[0])['completionTime'] !== undefined, 60_000);
  return { world, operator, write, ended, status: () => statusOf(world.actions()[0]) };
}

/** What left for objects that are not the operator's own. */
const foreign = ({ audit }: RunningOperator): readonly string[] => audit.map(({ method, path }) => `${method} ${path}`);

const undo = (inverse: object): Status => ({
  phase: 'InProgress',
  attempts: 1,
  undo: { state: 'InProgress', reason: 'NotVerified' },
  inverses: [{ method: 'PATCH', description: 'restores it', guard: {}, restores: {}, ...inverse }],
});

describe('a status that somebody else has written', () => {
  it.each<[string, (status: Status) => Status]>([
    ['says that it is approved', (status) => ({ ...status, phase: 'Approved' })],
    [
      'holds the approval of a person',
      ({ approval, ...rest }) => ({
        ...rest,
        approval: { ...(approval as Status), approved: true, approvedBy: 'ada' },
      }),
    ],
    ['says so without a seal', () => ({ phase: 'Approved' })],
    [
      'has a way back into kube-system',
      () => undo({ path: COREDNS, contentType: 'application/merge-patch+json', body: '{"spec":{"replicas":0}}' }),
    ],
    ['has a way back through an endpoint', () => undo({ path: '', endpoint: 'pager', body: '{"all":"clear"}' })],
    [
      'has the seal of the real one and another plan',
      (status) => ({ ...undo({ path: COREDNS, body: '{}' }), seal: status['seal'] }),
    ],
    [
      'moves the end of the approval',
      ({ approval, ...rest }) => ({
        ...rest,
        approval: { ...(approval as Status), expiresAt: '2099-01-01T00:00:00Z' },
      }),
    ],
  ])('%s: nothing is sent, and people are told', async (_title, forge) => {
    const { world, operator, write, ended, status } = await waiting();
    write(forge);
    expect(await ended()).toBe(true);
    expect(status()).toMatchObject({ phase: 'Failed', reason: 'StatusTampered' });
    await world.clock.advance(60_000);
    expect(foreign(operator)).toEqual([]);
    const told = world.cluster.list(EVENTS).map((event) => event['reason']);
    expect(told).toContain('StatusTampered');
  });

  it('is one of another action: nothing is sent', async () => {
    const { world, operator, write } = await waiting();
    world.cluster.create(DEPLOYMENTS, deployment('api', CRASHES));
    const of = (name: string) => statusOf(world.actions().find(({ metadata }) => metadata.name.startsWith(name)));
    expect(await world.until(() => of('api')['reason'] === 'AwaitingApproval')).toBe(true);
    write(() => of('api'));
    await world.clock.advance(60_000);
    expect([of('web')['reason'], of('api')['reason']]).toEqual(['StatusTampered', 'AwaitingApproval']);
    expect(foreign(operator)).toEqual([]);
  });

  it('is an older one of its own, put back: the attempt is not made again', async () => {
    const { world, operator, write, ended, status } = await waiting('automatic');
    let approved: Status = {};
    for (const { object } of world.sandbox.commits())
      if (object.kind === 'HealingAction' && statusOf(object)['phase'] === 'Approved') approved = statusOf(object);
    expect(operator.audit).toHaveLength(2);
    write(() => approved);
    expect(await ended()).toBe(true);
    expect(status()).toMatchObject({ phase: 'Failed', reason: 'StatusTampered' });
    expect(operator.audit).toHaveLength(2);
  });

  it('was taken away: what has begun does not begin again', async () => {
    const { operator, write, ended, status } = await waiting('automatic');
    expect(operator.audit).toHaveLength(2);
    write(() => ({}));
    expect(await ended()).toBe(true);
    expect([status()['reason'], operator.audit.length]).toEqual(['StatusTampered', 2]);
  });
});

describe('the key', () => {
  const SEAL = { namespace: 'kubeskippy-system', name: 'kubeskippy-seal' };
  const rotate = (world: TestCluster, change: (data: Status) => Status) =>
    world.cluster.modify(SECRETS, SEAL, (draft) => ({ ...draft, data: change(draft['data'] as Status) }));
  const NEW = { 29990101: Buffer.alloc(32, 1).toString('base64') };

  it('is rotated: what waits is still believed, and new writes have the new key', async () => {
    const { world, status } = await waiting();
    rotate(world, (data) => ({ ...data, ...NEW }));
    world.cluster.create(APPROVALS, wordOn(world.actions()[0]));
    expect(await world.until(() => status()['phase'] === 'InProgress', 60_000)).toBe(true);
    expect(status()['seal']).toMatch(/^29990101\./);
  });

  it('is lost while the operator is away: nothing of an action that waits is believed any more', async () => {
    const { world, operator, ended, status } = await waiting();
    operator.kill();
    rotate(world, () => NEW);
    world.cluster.create(APPROVALS, wordOn(world.actions()[0]));
    const next = world.operator(UNPROVEN);
    expect(await ended()).toBe(true);
    expect([status()['reason'], foreign(next)]).toEqual(['StatusTampered', []]);
  });

  it('is put back when somebody deletes it', async () => {
    const { world } = await waiting();
    const before = world.cluster.get(SECRETS, SEAL)?.['data'];
    world.cluster.remove(SECRETS, SEAL);
    await world.clock.advance(1000);
    expect(world.cluster.get(SECRETS, SEAL)?.['data']).toEqual(before);
  });

  it('is unusable: the operator waits, and says for what', async () => {
    const world = new TestCluster();
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SEAL.namespace } });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: SEAL, data: { short: 'AAAA' } };
    world.cluster.create(SECRETS, secret);
    const { logs } = world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy());
    await world.clock.advance(120_000);
    expect(world.actions()).toEqual([]);
    expect(logs.join('\n')).toContain('kubeskippy-seal');
    rotate(world, () => NEW);
    expect(await world.until(() => world.actions().length === 1)).toBe(true);
  });
});

describe('the status of a policy that somebody else has written', () => {
  const conditions = (world: TestCluster) => world.status('crash-loops').conditions ?? [];
  const doubt = (world: TestCluster) => conditions(world).find(({ type }) => type === 'StatusTrusted');
  const forge = (world: TestCluster) =>
    world.cluster.modify(
      POLICIES,
      { namespace: 'default', name: 'crash-loops' },
      (draft) => {
        const { episodes = [], ...rest } = statusOf(draft) as { readonly episodes?: readonly Status[] };
        const since = '1970-01-01T00:00:00Z';
        const held = episodes.map((one) => ({
          ...one,
          state: 'Firing',
          triggers: [{ name: 'looping', state: 'Firing', pendingSince: since, firingSince: since }],
        }));
        return { ...draft, status: { ...rest, episodes: held } };
      },
      'status',
    );

  async function pending() {
    const world = new TestCluster();
    const operator = world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    const looping = { type: 'CrashLoopBackOff', status: 'True', duration: '10m' };
    world.cluster.create(
      POLICIES,
      policy({ triggers: [{ name: 'looping', type: 'condition', conditionTrigger: looping }] }),
    );
    expect(await world.until(() => (world.status('crash-loops').episodes ?? []).length === 1)).toBe(true);
    return { world, operator };
  }

  it('begins no episode in an operator that starts, and is written anew', async () => {
    const { world, operator } = await pending();
    operator.kill();
    forge(world);
    world.operator();
    await world.clock.advance(60_000);
    expect(world.actions()).toEqual([]);
    expect(doubt(world)).toMatchObject({ status: 'False', reason: 'StatusTampered' });
    expect(world.cluster.list(EVENTS).map((event) => event['reason'])).toContain('StatusTampered');
    expect(world.status('crash-loops').episodes?.[0]?.state).toBe('Pending');
  });

  it('is written anew by an operator that runs, whose memory it does not change', async () => {
    const { world } = await pending();
    forge(world);
    await world.clock.advance(1000);
    expect(world.status('crash-loops').episodes?.[0]?.state).toBe('Pending');
    expect(doubt(world)?.reason).toBe('StatusTampered');
  });

  it('is believed after a restart when nobody has touched it', async () => {
    const { world, operator } = await pending();
    operator.kill();
    world.operator();
    await world.clock.advance(60_000);
    expect(doubt(world)).toBeUndefined();
  });
});
