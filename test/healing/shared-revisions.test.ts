/** A ConfigMap that many read is changed, and those that take the change up fail: none of them is at fault. */
import { describe, expect, it } from 'vitest';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { DEPLOYMENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const FAILING = 4;
const ALL = 16;
const conditionTrigger = { type: 'Available', status: 'False', duration: '20s' };
const triggers = [{ name: 'down', type: 'condition', conditionTrigger }];

/** Sixteen Deployments that read one ConfigMap. Four of them fail after 13 minutes, half a minute after the change. */
async function release(change: 'changed' | 'as it was', others: 'go on' | 'begin anew' = 'go on') {
  const world = new TestCluster(4);
  const { clock, cluster } = world;
  cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const send = (method: 'POST' | 'PATCH', path: string, body: object) =>
    world.sandbox.transport().send({
      method,
      path: `/api/v1/namespaces/shop/configmaps${path}?fieldManager=helm`,
      headers: { 'content-type': method === 'POST' ? 'application/json' : 'application/merge-patch+json' },
      body: Buffer.from(JSON.stringify(body)),
    });
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { host: 'db' } };
  expect((await send('POST', '', settings)).status).toBe(201);
  for (let i = 0; i < ALL; i++) {
    const name = `app-${i}`;
    const app = deployment(name, i < FAILING ? [{ ready: { failsAfter: '13m' } }] : []) as MutableObject;
    app.metadata.namespace = 'shop';
    app.spec.template.spec.containers[0].image = `registry.example/${name}:1`;
    app.spec.template.spec.containers[0].envFrom = [{ configMapRef: { name: 'settings' } }];
    cluster.create(DEPLOYMENTS, app);
    const selector = {
      labelSelector: { matchLabels: { app: name } },
      resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }],
    };
    cluster.create(POLICIES, { ...policy({ selector, triggers }), metadata: { name, namespace: 'shop' } });
  }
  // A quarter of them is no outage of the namespace.
  world.operator({ config: { commonCause: { minWorkloads: 4, sharePercent: 50 } } });
  await clock.advance(12.5 * MINUTE);
  if (change === 'changed')
    expect((await send('PATCH', '/settings', { data: { host: 'no-such-host' } })).status).toBe(200);
  if (others === 'begin anew')
    for (let i = FAILING; i < ALL; i++)
      cluster.modify(DEPLOYMENTS, { namespace: 'shop', name: `app-${i}` }, (draft: MutableObject) => {
        draft.spec.template.metadata.annotations = { ...draft.spec.template.metadata.annotations, again: 'yes' };
        return draft;
      });
  await clock.advance(3 * MINUTE);
  const blocked = (cluster.list(POLICIES) as readonly MutableObject[]).flatMap(
    ({ status }) => ((status ?? {}) as PolicyStatus).blocked ?? [],
  );
  return { actions: world.actions().length, blocked };
}

describe('a change of a ConfigMap that many read', () => {
  it('holds back those that fail right after it, and is named with its time', async () => {
    const { actions, blocked } = await release('changed');
    expect(actions).toBe(0);
    expect(blocked.map(({ reason }) => reason)).toEqual(Array.from({ length: FAILING }, () => 'CommonCause'));
    expect(blocked[0]?.message).toMatch(
      /they read ConfigMap shop\/settings, which was changed at 2026-01-01T00:12:\d\dZ, minutes before they failed/,
    );
  }, 120_000);

  it.each<[string, Parameters<typeof release>]>([
    ['that was not changed holds nobody back: most of those that read it are well', ['as it was']],
    ['that most have taken up and are well with is not what ails the others', ['changed', 'begin anew']],
  ])(
    '%s',
    async (_title, given) => {
      const { actions, blocked } = await release(...given);
      expect(actions).toBeGreaterThan(0);
      expect(blocked.map(({ reason }) => reason)).not.toContain('CommonCause');
    },
    120_000,
  );
});
