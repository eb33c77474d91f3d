/**
 * The attack: a team writes a policy whose query reads series of another team, and has them copied into labels that the
 * operator shows in evidence, status and Events.
 * The guards: in policies outside `clusterPolicyNamespaces` every selector of a query is bound to the policy's own
 * namespace (src/promql/analysis/confine.ts), and families without a namespace are refused
 * (src/adapters/metrics/provider.ts).
 */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, EVENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';

const asking = (query: string, namespace = 'default'): KubeObject => {
  const metricTrigger = { query, operator: '>', threshold: 0, duration: '0s', target: { aggregate: 'AllSelected' } };
  const asked = policy({
    mode: 'monitor',
    triggers: [{ name: 'spying', type: 'metric', metricTrigger }],
    actions: [{ name: 'restart', type: 'restart' }],
  });
  return { ...asked, metadata: { ...asked.metadata, namespace } };
};

/** Everything that a member of a namespace can read of the operator's words there. */
const said = (world: TestCluster, namespace = 'default'): string =>
  JSON.stringify([world.cluster.list(POLICIES, namespace), world.cluster.list(EVENTS, namespace), world.actions()]);

async function watched(query: string, home = 'default'): Promise<TestCluster> {
  const world = new TestCluster();
  world.operator({ config: { clusterPolicyNamespaces: ['kubeskippy-system', 'platform'] } });
  for (const name of ['team-b', 'platform'])
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const secret = deployment('merger-with-acme');
  world.cluster.create(DEPLOYMENTS, { ...secret, metadata: { ...secret.metadata, namespace: 'team-b' } });
  const own = deployment('own');
  world.cluster.create(DEPLOYMENTS, { ...own, metadata: { ...own.metadata, namespace: home } });
  await world.until(() => world.cluster.list({ group: '', version: 'v1', resource: 'pods' }, 'team-b').length > 0);
  world.cluster.create(POLICIES, asking(query, home));
  await world.clock.advance(120_000);
  return world;
}

const LEAK =
  'sum by (leak) (label_join(topk(1, kube_pod_info{namespace="team-b"}), "leak", "/", "pod", "uid", "node"))';

/** `container` is among the labels that are shown. */
const SHOWN = 'max by (container) (label_replace(kube_pod_info{namespace="team-b"}, "container", "$1", "pod", "(.*)"))';

describe('a query for the series of another team', () => {
  it.each([
    ['copies them into a label of its own', LEAK],
    ['copies them into a label that is shown', SHOWN],
    ['finds them by a pattern', 'count_values by (pod) ("leak", kube_pod_info{namespace=~"team-.*"})'],
    ['asks for whatever is not its own', 'max by (pod, namespace) (kube_pod_info{namespace!="default"})'],
    ['hides them behind a join', 'kube_pod_info * on () group_left (pod) topk(1, kube_pod_info{namespace="team-b"})'],
    ['asks by a pattern of names', 'sum by (pod) ({__name__=~"kube_pod_inf.", namespace="team-b"})'],
    ['looks back in a subquery', 'max by (pod) (max_over_time(kube_pod_info{namespace="team-b"}[1m:15s]))'],
  ])('that %s shows nothing of it', async (_title, query) => {
    expect(said(await watched(query))).not.toContain('merger-with-acme-');
  });

  it('is answered where the operator allows policies to reach into other namespaces', async () => {
    expect(said(await watched(SHOWN, 'platform'), 'platform')).toContain('merger-with-acme-');
  });
});

describe('a query for series of nodes', () => {
  it.each(['kube_node_info', 'max(node_cpu_usage_percent)', 'kube_pod_info * on (node) group_left () kube_node_info'])(
    '%s is refused, and the policy says so',
    async (query) => {
      const world = await watched(query);
      const ready = world.status('crash-loops').conditions?.find(({ type }) => type === 'Ready');
      expect(ready).toMatchObject({ status: 'False', reason: 'QueryNotPermitted' });
    },
  );
});
