/** Failures with one cause, over many policies. */
import { expect } from 'vitest';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { DEPLOYMENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { inWords } from './node-cluster.ts';
import { disaster } from './story.ts';

disaster(
  {
    title: 'the database of everybody is slow, and every team restarts what is its own',
    report: 'https://github.com/mozmeao/infra/issues/660',
    others:
      'Checks that asked the database failed everywhere at once. What was slow was restarted, and the failure cascaded.',
    why: 'Failures are counted over all policies and namespaces: ten that begin together have a common cause.',
  },
  async () => {
    const world = new TestCluster();
    world.operator();
    const teams = ['cart', 'search', 'mail'];
    const made: { readonly namespace: string; readonly name: string }[] = [];
    for (const namespace of teams) {
      world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      for (let i = 0; i < 4; i++) {
        const name = `${namespace}-${i}`;
        const web = deployment(name, [{ ready: { failsAfter: '30s' } }]) as MutableObject;
        web.metadata.namespace = namespace;
        world.cluster.create(DEPLOYMENTS, web);
        const conditionTrigger = { type: 'Available', status: 'False', duration: '20s' };
        const triggers = [{ name: 'down', type: 'condition', conditionTrigger }];
        const labelSelector = { matchLabels: { app: name } };
        const selector = { labelSelector, resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] };
        world.cluster.create(POLICIES, { ...policy({ selector, triggers }), metadata: { name, namespace } });
        made.push({ namespace, name });
      }
    }
    await world.clock.advance(180_000);
    const status = (of: { readonly namespace: string; readonly name: string }): PolicyStatus =>
      (world.cluster.get(POLICIES, of) as { readonly status?: PolicyStatus } | undefined)?.status ?? {};
    expect(world.actions()).toEqual([]);
    const reasons = made.map((of) => status(of).blocked?.[0]?.reason);
    expect(new Set(reasons)).toEqual(new Set(['CommonCause']));
    const said = made.map((of) => status(of).conditions?.find(({ type }) => type === 'RemediationAllowed')?.reason);
    expect(new Set(said)).toEqual(new Set(['CommonCause']));
    const words = inWords(status({ namespace: 'cart', name: 'cart-0' }).blocked?.[0] ?? {});
    // The database is there again for most: the others are healed, each for its own reason.
    const afterwards = async () => {
      for (const of of made.slice(0, 8))
        world.cluster.modify(DEPLOYMENTS, of, (draft: MutableObject) => {
          draft.spec.template.metadata.annotations['sandbox.kubeskippy.io/script'] = '[]';
          return draft;
        });
      expect(await world.until(() => world.actions().length > 0, 300_000)).toBe(true);
    };
    return { ours: words, world, asked: { namespace: 'mail', kind: 'Deployment', name: 'mail-3' }, afterwards };
  },
);
