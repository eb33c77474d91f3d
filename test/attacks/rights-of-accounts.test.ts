/**
 * The attack: a member of one namespace, who may write policies and little else, has the operator do with its wide
 * rights what that namespace could not do itself.
 * The guards: with `impersonation` configured, reads for plans and all effects, undo included, are made as a
 * ServiceAccount of the namespace that asks (src/core/authority/account.ts, src/operator/action/acting.ts), and the
 * operator's own role can change nothing (src/api/rbac.ts).
 */
import { describe, expect, it } from 'vitest';
import {
  CRASHES,
  CRASHES_UNTIL_RESTARTED,
  deployment,
  policy,
  type RunningOperator,
  TestCluster,
} from '../kit/test-cluster.ts';
import { ACTIONS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { ImpersonationRules } from '../../src/core/authority/account.ts';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { giveHealer } from '../kit/tenancies.ts';

interface Options {
  readonly impersonation?: ImpersonationRules;
  readonly tenancy?: 'single' | 'shared';
  readonly account?: string;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly script?: unknown;
}

interface Scene {
  readonly world: TestCluster;
  readonly operator: RunningOperator;
}

async function scene({ impersonation, tenancy = 'shared', account, spec, script }: Options): Promise<Scene> {
  const world = new TestCluster(2, 'on', 'on');
  const token = await world.account(actionRegistry().rules, { tenancy });
  const operator = world.operator({ token, ...(impersonation !== undefined && { config: { impersonation } }) });
  world.cluster.create(DEPLOYMENTS, deployment('web', script ?? CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy({ ...spec, ...(account !== undefined && { serviceAccountName: account }) }));
  return { world, operator };
}

const ended = (world: TestCluster): Promise<boolean> =>
  world.until(() => world.phases().some((phase) => ['Succeeded', 'Failed', 'Cancelled'].includes(phase)), 900_000);

/** Users as which the operator has written anything, by the headers of its requests. */
const writers = ({ sent }: RunningOperator, to: string): ReadonlySet<string> =>
  new Set(
    sent
      .filter(({ request, path }) => request.method !== 'GET' && path.includes(to))
      .map(({ request }) => request.headers?.['impersonate-user'] ?? 'itself'),
  );

const HEALER = 'system:serviceaccount:default:healer';
const restarted = (world: TestCluster): boolean =>
  JSON.stringify(world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })).includes('restartedAt');

describe('a policy that names an account', () => {
  it('is carried out as this account, which has the rights', async () => {
    const { world, operator } = await scene({ account: 'healer' });
    giveHealer(world, 'default');
    await ended(world);
    expect(world.phases()).toEqual(['Succeeded']);
    expect([...writers(operator, '/deployments/')]).toEqual([HEALER]);
    expect([...writers(operator, '/healingactions/')]).toEqual(['itself']);
  });

  it('does nothing that the account may not, though the operator may: the message names the rule', async () => {
    const { world, operator } = await scene({ account: 'healer', tenancy: 'single' });
    giveHealer(world, 'default', [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }]);
    await ended(world);
    // The role of one team cannot act as others either.
    expect([world.phases()[0], restarted(world)]).toEqual([expect.stringMatching(/^(Failed|Cancelled)$/), false]);
    expect(world.actionStatus().message).toContain('kubeskippy install --tenancy shared');
    expect(writers(operator, '/deployments/').has('itself')).toBe(false);
  });

  it.each<[string, readonly string[], string]>([
    ['may read and not write', ['get', 'list'], 'verbs: ["patch"]'],
    ['may not even read', [], 'verbs: ["get"]'],
  ])('fails when the account %s, and names account, verb, resource and the rule', async (_title, verbs, rule) => {
    const { world } = await scene({ account: 'healer' });
    giveHealer(world, 'default', [
      { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['get', 'list'] },
      ...(verbs.length === 0 ? [] : [{ apiGroups: ['apps'], resources: ['deployments'], verbs }]),
    ]);
    await ended(world);
    const { message } = world.actionStatus();
    expect([world.phases()[0], restarted(world)]).toEqual([expect.stringMatching(/^(Failed|Cancelled)$/), false]);
    for (const part of [HEALER, '"deployments"', rule, 'ServiceAccount default/healer'])
      expect(message).toContain(part);
  });

  it('never reaches an account of another namespace', async () => {
    const { world, operator } = await scene({ account: 'healer' });
    giveHealer(world, 'kube-system');
    await ended(world);
    expect([world.phases()[0], restarted(world)]).toEqual([expect.stringMatching(/^(Failed|Cancelled)$/), false]);
    expect(writers(operator, '/deployments/').has('system:serviceaccount:kube-system:healer')).toBe(false);
  });

  it('is refused by the schema when the name is no name of an account', async () => {
    const { world } = await scene({});
    const odd = policy({ serviceAccountName: 'kube-system:admin' });
    expect(() => world.cluster.create(POLICIES, { ...odd, metadata: { ...odd.metadata, name: 'odd' } })).toThrow(
      /serviceAccountName/,
    );
  });
});

describe('an undo', () => {
  it('is made as the account, too', async () => {
    const spec = {
      actions: [{ name: 'up', type: 'scale', scaleAction: { direction: 'up', replicas: 2 } }],
      safetyRules: { requireHealthCheck: true, healthCheckTimeout: '1m', undoOnFailure: true },
    };
    const { world, operator } = await scene({ account: 'healer', spec, script: CRASHES });
    giveHealer(world, 'default');
    const undone = () => world.actionStatus().undo?.state === 'Done';
    expect(await world.until(undone, 900_000)).toBe(true);
    const patches = operator.sent.filter(({ request, path }) => request.method === 'PATCH' && path.endsWith('/scale'));
    expect(patches.length).toBeGreaterThan(1);
    expect([...writers(operator, '/scale')]).toEqual([HEALER]);
  });
});

describe('where an account is required', () => {
  const impersonation = { required: true };

  it('a policy without one is not ready, and does nothing', async () => {
    const { world, operator } = await scene({ impersonation, tenancy: 'single' });
    await world.clock.advance(300_000);
    const ready = world.status('crash-loops').conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason: 'AccountRequired' });
    expect([world.actions(), writers(operator, '/deployments/').size]).toEqual([[], 0]);
  });

  it('the default of the configuration stands in for it', async () => {
    const { world, operator } = await scene({ impersonation: { required: true, defaultServiceAccount: 'healer' } });
    giveHealer(world, 'default');
    await ended(world);
    expect(world.phases()).toEqual(['Succeeded']);
    expect([...writers(operator, '/deployments/')]).toEqual([HEALER]);
  });

  it('an action that a person makes without one sends nothing', async () => {
    const { world, operator } = await scene({ impersonation, tenancy: 'single' });
    const target = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' });
    const byHand: KubeObject = {
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingAction',
      metadata: { namespace: 'default', name: 'by-hand' },
      spec: {
        targetResource: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: 'web',
          namespace: 'default',
          uid: target?.metadata.uid,
        },
        action: { name: 'gone', type: 'delete', deleteAction: {} },
      },
    };
    world.cluster.create(ACTIONS, byHand);
    await world.clock.advance(300_000);
    const status = world.cluster.get(ACTIONS, byHand.metadata)?.['status'] as ActionStatus | undefined;
    expect(status?.phase).not.toBe('Succeeded');
    expect(writers(operator, '/deployments/').size).toBe(0);
    expect(world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })).toBeDefined();
  });
});
