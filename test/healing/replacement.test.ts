/** Nothing is taken away whose successor would not start. */
import { describe, expect, it } from 'vitest';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { OptIn } from '../../src/api/rbac.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import type { Sent } from '../kit/faulty-transport.ts';
import { DEPLOYMENTS, NAMESPACES, POLICIES, SECRETS } from '../kit/resources.ts';
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
