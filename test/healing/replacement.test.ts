/** Nothing is taken away whose successor would not start. */
import { describe, expect, it } from 'vitest';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { OptIn } from '../../src/api/rbac.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import type { Sent } from '../kit/faulty-transport.ts';
import { DEPLOYMENTS, NAMESPACES, NODES, POLICIES, SECRETS } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const SECRET = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'default' } };

/** Deployment `web` crashes until it is restarted, and takes its password from Secret `db`. */
function crashingWithSecret(): MutableObject {
  const web = deployment('web', CRASHES_UNTIL_RESTARTED) as MutableObject;
  web.spec.template.spec.containers[0].envFrom = [{ secretRef: { name: 'db' } }];
  return web;
}

async function playing(safetyRules: object = {}): Promise<TestCluster> {
  const world = new TestCluster();
  world.operator();
  world.cluster.create(SECRETS, SECRET);
  world.cluster.create(DEPLOYMENTS, crashingWithSecret());
  await world.clock.advance(10_000);
  world.cluster.remove(SECRETS, SECRET.metadata, { gracePeriodSeconds: 0, propagationPolicy: 'Background' });
  world.cluster.create(POLICIES, policy({ safetyRules }));
  return world;
}

describe('the pod that would come next', () => {
  it('is looked at before a restart: one whose Secret is gone is left alone, and healed when it is there again', async () => {
    const world = await playing();
    expect(await world.until(() => world.phases()[0] === 'Cancelled')).toBe(true);
    const { reason, message } = world.actionStatus();
    expect([reason, message]).toEqual([
      'ReplacementImpossible',
      'the next pod of Deployment default/web would not start: Secret db, which the environment of container main names, is not there',
    ]);
    world.cluster.create(SECRETS, SECRET);
    expect(await world.until(() => world.phases().includes('Succeeded'), 900_000)).toBe(true);
  });

  it('is not asked for where the policy says so', async () => {
    const world = await playing({ replacement: 'ignore' });
    expect(await world.until(() => world.actionStatus().startTime !== undefined)).toBe(true);
    expect(world.phases()[0]).toBe('InProgress');
  });
});

describe('an operator with the rights of its installation', () => {
  /** Deployment `web` runs with the network of its node, which its namespace has forbidden since. */
  async function installed(allow: readonly OptIn[]) {
    const world = new TestCluster(2, 'on', 'on');
    const token = await world.account(actionRegistry().rules, { allow });
    const web = deployment('web', CRASHES_UNTIL_RESTARTED) as MutableObject;
    web.spec.template.spec.hostNetwork = true;
    world.cluster.create(DEPLOYMENTS, web);
    await world.clock.advance(10_000);
    world.cluster.modify(NAMESPACES, { name: 'default' }, (draft) => ({
      ...draft,
      metadata: { ...draft.metadata, labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
    }));
    const operator = world.operator({ token });
    world.cluster.create(POLICIES, policy());
    return { world, operator };
  }
  const isTried = ({ path, request }: Sent): boolean => request.method === 'POST' && path.endsWith('/pods');

  it('asks for nothing that it may not see, and says so in its plan', async () => {
    const { world, operator } = await installed([]);
    expect(await world.until(() => world.actionStatus().plan !== undefined)).toBe(true);
    expect([operator.forbidden, operator.sent.filter(isTried)]).toEqual([[], []]);
    expect(world.actionStatus().plan?.summary).toBe(
      'restart Deployment default/web by a rolling update; whether the next pod would start was not looked at in full: admission (the account may not create pods, even as a dry run), room on the nodes (nodes may not be read)',
    );
  });

  it('with `pod-dry-runs` tries the pod on the server, and leaves alone what would be refused', async () => {
    const { world, operator } = await installed(['pod-dry-runs']);
    expect(await world.until(() => world.phases()[0] === 'Cancelled')).toBe(true);
    expect(operator.sent.filter(isTried).map(({ query }) => query.get('dryRun'))).toEqual(['All']);
    expect(world.actionStatus().message).toContain('violates PodSecurity "baseline:latest": host namespaces');
    expect(world.actionStatus().reason).toBe('ReplacementImpossible');
  });
});

describe('a drain', () => {
  const DRAIN = { name: 'drain', type: 'drain', drainAction: { signals: 1 } };
  const BROKEN = { type: 'Broken', status: 'True', duration: '5s' };

  /** Of three nodes with 8 processors each node-1 breaks: its pods ask for these, those of the others for those. */
  async function draining(here: readonly string[], there: readonly string[], safetyRules: object = {}) {
    const world = new TestCluster(3);
    const { audit } = world.operator({ config: { clusterPolicyNamespaces: ['default'] } });
    const asking = (name: string, cpu: string): MutableObject => {
      const app = deployment(name) as MutableObject;
      app.spec.template.spec.containers[0].resources = { requests: { cpu } };
      return app;
    };
    const cordoned = (unschedulable: boolean) => {
      for (const name of ['node-2', 'node-3'])
        world.cluster.modify(NODES, { name }, (draft: MutableObject) => {
          draft.spec.unschedulable = unschedulable;
          return draft;
        });
    };
    cordoned(true);
    for (const [index, cpu] of here.entries()) world.cluster.create(DEPLOYMENTS, asking(`here-${index}`, cpu));
    await world.clock.advance(10_000);
    cordoned(false);
    for (const [index, cpu] of there.entries()) {
      const app = asking(`there-${index}`, cpu);
      app.spec.template.spec.nodeSelector = { 'kubernetes.io/hostname': `node-${2 + index}` };
      world.cluster.create(DEPLOYMENTS, app);
    }
    await world.clock.advance(10_000);
    const selector = { resources: [{ apiVersion: 'v1', kind: 'Node' }] };
    const triggers = [{ name: 'broken', type: 'condition', conditionTrigger: BROKEN }];
    world.cluster.create(POLICIES, policy({ selector, triggers, actions: [DRAIN], safetyRules }));
    world.cluster.modify(
      NODES,
      { name: 'node-1' },
      (draft: MutableObject) => {
        draft['status'].conditions.push({ type: 'Broken', status: 'True', reason: 'Test', message: 'as told' });
        return draft;
      },
      'status',
    );
    const ended = ['Succeeded', 'Cancelled', 'Failed'];
    expect(await world.until(() => ended.includes(world.phases()[0] ?? ''), 900_000)).toBe(true);
    const { phase, reason, message } = world.actionStatus();
    return {
      ended: [phase, reason],
      message,
      evictions: audit.filter(({ path }) => path.endsWith('/eviction')).length,
    };
  }

  it.each<[string, readonly string[], RegExp]>([
    [
      'that fit on no other node',
      ['1', '2'],
      /here-1-\w+ would not start: it asks for cpu 2, and none of 2 of 2 nodes/,
    ],
    [
      'of which each would fit alone, and not all',
      ['1', '1', '1'],
      /with the others on their way, no other node has room for default\/here-/,
    ],
  ])('of a node with pods %s does not begin', async (_title, here, why) => {
    const { ended, message, evictions } = await draining(here, ['6500m', '6500m']);
    expect([ended, evictions]).toEqual([['Cancelled', 'ReplacementImpossible'], 0]);
    expect(message).toMatch(why);
  });

  it('of a node whose pods have room elsewhere is carried out', async () => {
    const { ended, evictions } = await draining(['1', '1'], ['6500m', '6500m']);
    expect([ended[0], evictions > 0]).toEqual(['Succeeded', true]);
  });

  it('is carried out all the same where the policy says so', async () => {
    const { evictions } = await draining(['2'], ['6500m', '6500m'], { replacement: 'ignore' });
    expect(evictions).toBeGreaterThan(0);
  });
});
