/** One outage, and many policies of one workload each: it is left to people, who are told once what is shared. */
import { describe, expect, it } from 'vitest';
import { notificationReasons } from '../../src/api/endpoint-schema.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import type { Key, MutableObject } from '../../src/sandbox/index.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { DEPLOYMENTS, EVENTS, NAMESPACES, NODES, PODS, POLICIES } from '../kit/resources.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const SERVICES = { group: '', version: 'v1', resource: 'services' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const conditionTrigger = { type: 'Available', status: 'False', duration: '20s' };
const triggers = [{ name: 'down', type: 'condition', conditionTrigger }];
const FAILS = [{ ready: { failsAfter: '60s' } }];

interface Shape {
  readonly count: number;
  readonly namespaces?: readonly string[];
  readonly script?: (index: number) => unknown;
  readonly change?: (spec: MutableObject['spec'], index: number) => void;
}

/** Deployments in four namespaces, each with a policy of its own. */
function teams({ count, namespaces = TEAMS, script = () => FAILS, change = () => undefined }: Shape) {
  const world = new TestCluster(4);
  const told: string[] = [];
  const made: Key[] = [];
  const actions = {
    settings: { ...DEFAULT_ACTION_SETTINGS, channels: ['ops'] },
    endpoints: {
      send: async ({ body }: { readonly body: string }) => {
        told.push(body);
        return { kind: 'answered', status: 200 } as const;
      },
    },
  };
  const notifications = { channels: ['ops'], reasons: [...notificationReasons] };
  const operator = () => world.operator({ actions, config: { notifications } });
  for (const namespace of namespaces)
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (let i = 0; i < count; i++) {
    const [name, namespace] = [`app-${i}`, namespaces[i % namespaces.length] ?? ''];
    const app = deployment(name, script(i)) as MutableObject;
    app.metadata.namespace = namespace;
    const { spec } = app.spec.template;
    spec.containers[0].image = `registry.example/app-${i}:1`;
    change(spec, i);
    world.cluster.create(DEPLOYMENTS, app);
    made.push({ namespace, name });
    const labelSelector = { matchLabels: { app: name } };
    const selector = { labelSelector, resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] };
    world.cluster.create(POLICIES, { ...policy({ selector, triggers }), metadata: { name, namespace } });
  }
  const statuses = () =>
    (world.cluster.list(POLICIES) as readonly MutableObject[]).map(({ status }) => (status ?? {}) as PolicyStatus);
  const news = (reason: string) =>
    (world.cluster.list(EVENTS) as readonly MutableObject[]).filter((event) => event['reason'] === reason);
  const recover = (some: readonly Key[]) => {
    for (const key of some)
      world.cluster.modify(DEPLOYMENTS, key, (draft: MutableObject) => {
        draft.spec.template.metadata.annotations['sandbox.kubeskippy.io/script'] = '[]';
        return draft;
      });
  };
  return { world, operator, told, statuses, news, made, recover };
}
const TEAMS = ['cart', 'search', 'mail', 'pay'];
/** A Service, and a pod behind it that is not ready soon. */
function breaks(world: TestCluster, { namespace, name }: Key, selector: object) {
  const spec = { selector, ports: [{ port: 53 }] };
  world.cluster.create(SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec,
  } as KubeObject);
  const behind = deployment(name, [{ ready: { failsAfter: '50s' } }]) as MutableObject;
  behind.metadata.namespace = namespace;
  behind.spec.selector = { matchLabels: selector };
  behind.spec.template.metadata.labels = selector;
  world.cluster.create(DEPLOYMENTS, behind);
}
const targetsOf = (world: TestCluster): readonly string[] =>
  (world.actions() as readonly MutableObject[]).map(({ spec }) => spec.targetResource.name);
const held = (statuses: readonly PolicyStatus[]) =>
  statuses.filter(({ blocked }) => blocked?.[0]?.reason === 'CommonCause').length;

describe('a common cause', () => {
  it('of forty policies of one Deployment each, the DNS, is left to people, who hear its name once', async () => {
    const { world, operator, told, statuses, news } = teams({ count: 40 });
    breaks(world, { namespace: 'kube-system', name: 'kube-dns' }, { 'k8s-app': 'kube-dns' });
    operator();
    await world.clock.advance(150_000);
    expect([world.actions().length, held(statuses())]).toEqual([0, 40]);
    expect(news('CommonCauseFound')).toHaveLength(1);
    expect(told).toHaveLength(1);
    const named =
      'all of them: they need Service kube-system/kube-dns, which has no pod that is ready: look at that first';
    expect(told[0]).toContain(named);
    expect(statuses()[0]?.blocked?.[0]?.message).toContain(named);
  }, 60_000);

  it('goes on over a restart of the operator, of which people hear nothing new, until fewer than half fail', async () => {
    const { world, operator, told, statuses, news, made, recover } = teams({ count: 40 });
    const first = operator();
    await world.clock.advance(90_000);
    expect([held(statuses()), told.length]).toEqual([40, 0]);
    // The next process tells people, since this one had no time to.
    first.kill();
    const second = operator();
    await world.clock.advance(120_000);
    const began = statuses()[0]?.commonCause;
    expect([began?.scope, began?.told, told.length]).toEqual(['Cluster', true, 1]);
    second.kill();
    // Eight of forty are too few for a stop to begin, and enough for one to go on.
    recover(made.slice(0, 32));
    await world.clock.advance(30_000);
    operator();
    await world.clock.advance(120_000);
    expect([world.actions(), held(statuses()), statuses()[0]?.commonCause]).toEqual([[], 8, began]);
    expect([told.length, news('CommonCauseFound').length]).toEqual([1, 1]);
    recover(made.slice(32, 36));
    expect(await world.until(() => world.actions().length > 0, 300_000)).toBe(true);
    expect(news('CommonCauseOver')).toHaveLength(1);
  }, 60_000);

  it('of a database that some of a large cluster name in their variables holds these back, and nobody else', async () => {
    const { world, operator, told, statuses } = teams({
      count: 60,
      script: (i) => (i < 12 || i === 51 ? FAILS : []),
      change: (spec, i) => {
        if (i < 12) spec.containers[0].env = [{ name: 'DB_HOST', value: 'db.pay.svc.cluster.local' }];
      },
    });
    breaks(world, { namespace: 'pay', name: 'db' }, { app: 'db' });
    operator();
    await world.clock.advance(150_000);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('they need Service pay/db, which has no pod that is ready');
    expect([held(statuses()), targetsOf(world)]).toEqual([12, ['app-51']]);
  }, 60_000);

  it('of a database goes on over a restart, of which people hear nothing new', async () => {
    const { world, operator, told, statuses, news } = teams({
      count: 60,
      script: (i) => (i < 12 ? FAILS : []),
      change: (spec, i) => {
        if (i < 12) spec.containers[0].env = [{ name: 'DB_HOST', value: 'db.pay.svc.cluster.local' }];
      },
    });
    breaks(world, { namespace: 'pay', name: 'db' }, { app: 'db' });
    const first = operator();
    await world.clock.advance(150_000);
    expect([held(statuses()), told.length]).toEqual([12, 1]);
    first.kill();
    operator();
    await world.clock.advance(150_000);
    expect([targetsOf(world), held(statuses())]).toEqual([[], 12]);
    expect([told.length, news('CommonCauseOver').length]).toEqual([1, 0]);
  }, 60_000);

  it('of a zone names the zone', async () => {
    const { world, operator, statuses } = teams({
      count: 24,
      script: (i) => (i < 12 ? FAILS : []),
      change: (spec, i) => {
        spec.nodeName = `node-${i < 12 ? 1 + (i % 2) : 3 + (i % 2)}`;
      },
    });
    for (const [index, name] of ['node-1', 'node-2', 'node-3', 'node-4'].entries())
      world.cluster.modify(NODES, { name }, (draft: MutableObject) => {
        draft.metadata.labels['topology.kubernetes.io/zone'] = index < 2 ? 'north' : 'south';
        return draft;
      });
    operator();
    await world.clock.advance(150_000);
    expect([world.actions().length, held(statuses())]).toEqual([0, 12]);
    expect(statuses()[0]?.blocked?.[0]?.message).toContain('they have pods in zone north that are not ready');
  }, 60_000);

  it('of a registry that does not answer names the registry, and what comes from others is healed', async () => {
    const { world, operator, statuses } = teams({
      count: 60,
      script: (i) => (i < 12 ? [{ pull: { fails: 'unreachable' } }] : i === 51 ? FAILS : []),
      change: (spec, i) => {
        if (i < 12) spec.containers[0].image = `away.example/app-${i}:1`;
      },
    });
    operator();
    await world.clock.advance(150_000);
    expect([held(statuses()), targetsOf(world)]).toEqual([12, ['app-51']]);
    const said = statuses().flatMap(({ blocked = [] }) => blocked.flatMap(({ message }) => message ?? []));
    expect(said[0]).toContain('their images come from registry away.example: look whether it answers');
  }, 60_000);

  it('of a node names the node', async () => {
    const { world, operator, statuses } = teams({
      count: 24,
      script: () => [{ when: { node: 'node-2' }, ready: { failsAfter: '60s' } }],
      change: (spec, i) => {
        if (i < 12) spec.nodeName = 'node-2';
        else spec.nodeName = 'node-1';
      },
    });
    operator();
    await world.clock.advance(150_000);
    expect([world.actions().length, held(statuses())]).toEqual([0, 12]);
    expect(statuses()[0]?.blocked?.[0]?.message).toContain(
      'all of them: they have pods on node node-2 that are not ready',
    );
    expect(world.cluster.list(NODES).length + world.cluster.list(PODS).length).toBe(28);
  }, 60_000);

  it('of a ConfigMap that few of a large cluster read holds these back, and nobody else', async () => {
    const { world, operator, told, statuses } = teams({
      count: 60,
      namespaces: ['cart'],
      // One of the others fails for a reason of its own.
      script: (i) => (i % 5 === 0 || i === 51 ? FAILS : []),
      change: (spec, i) => {
        if (i % 5 === 0) spec.containers[0].envFrom = [{ configMapRef: { name: 'settings' } }];
      },
    });
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'cart' },
      data: {},
    };
    world.cluster.create(CONFIG_MAPS, settings);
    operator();
    await world.clock.advance(150_000);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('they read ConfigMap cart/settings: look at its last change first');
    expect(held(statuses())).toBe(12);
    expect(targetsOf(world)).toEqual(['app-51']);
  }, 60_000);
});
