/**
 * The attack: a member of one namespace writes a policy that selects a kind which the operator may not read, and so
 * stops all healing in the cluster.
 * The guards: whether what is seen may be out of date is asked for each policy, by the kinds that it selects
 * (src/operator/world.ts); a kind that may not be read is refused by name, and its watch ends with the last policy that
 * selects it (src/operator/target/watched-kinds.ts); kinds of `deniedKinds` are never watched at all
 * (src/core/target/policy-problems.ts).
 */
import { DEFAULT_NAMESPACE } from '../../src/api/names.ts';
import { describe, expect, it } from 'vitest';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, type RunningOperator, TestCluster } from '../kit/test-cluster.ts';
import { ACTIONS, DEPLOYMENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';

const CLUSTER_ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const SECRETS = { group: '', version: 'v1', resource: 'secrets' };
const WIDGETS = 'ingresses';
const READ = ['get', 'list', 'watch'];

const selecting = (...resources: readonly object[]): KubeObject => ({
  // An action that every kind can have: another one could never be taken on some of them.
  ...policy({ selector: { resources }, actions: [{ name: 'delete', type: 'delete' }] }),
  metadata: { name: 'greedy', namespace: 'evil' },
});

const SECRET = { apiVersion: 'v1', kind: 'Secret' };
const INGRESS = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' };
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };

interface Scene {
  readonly world: TestCluster;
  readonly operator: RunningOperator;
  /** Requests for the collection so far; the key that the operator seals with is its own. */
  readonly asked: (resource: string) => number;
  readonly ready: () => { readonly reason?: string; readonly message?: string; readonly status?: string } | undefined;
}

async function scene(config: { readonly deniedKinds?: readonly string[] } = {}): Promise<Scene> {
  const world = new TestCluster(2, 'on', 'on');
  const operator = world.operator({ token: await world.account(actionRegistry().rules), config });
  world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'evil' } });
  await world.clock.advance(5000);
  const ready = () => {
    const found = world.cluster.get(POLICIES, { namespace: 'evil', name: 'greedy' }) as
      | { readonly status?: { readonly conditions?: readonly { readonly type: string; readonly reason?: string }[] } }
      | undefined;
    return found?.status?.conditions?.find(({ type }) => type === 'Ready');
  };
  const asked = (resource: string) =>
    operator.sent.filter(
      ({ path }) => path.includes(`/${resource}`) && !path.includes(`/namespaces/${DEFAULT_NAMESPACE}/`),
    ).length;
  return { world, operator, asked, ready };
}

/** Another team's Deployment crashes, and is healed. */
async function heals(world: TestCluster, name = 'victim'): Promise<boolean> {
  world.cluster.create(DEPLOYMENTS, deployment(name, CRASHES_UNTIL_RESTARTED));
  if (world.cluster.get(POLICIES, { namespace: 'default', name: 'crash-loops' }) === undefined)
    world.cluster.create(POLICIES, policy());
  const target = () => world.actions().filter(({ spec }) => JSON.stringify(spec).includes(`"${name}"`));
  const phase = () => (target()[0]?.['status'] as { readonly phase?: string } | undefined)?.phase;
  return world.until(() => phase() === 'Succeeded', 600_000);
}

/** An administrator lets the operator read a kind, or no longer. */
function permit(world: TestCluster, to: 'add' | 'remove'): void {
  const metadata = { name: 'read-more', labels: { 'kubeskippy.io/aggregate-to-operator': 'true' } };
  const rules = [{ apiGroups: ['networking.k8s.io'], resources: [WIDGETS], verbs: READ }];
  if (to === 'remove') world.cluster.remove(CLUSTER_ROLES, metadata);
  else
    world.cluster.create(CLUSTER_ROLES, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata,
      rules,
    });
}

describe('a policy that selects a kind which the operator may not read', () => {
  it.each<[string, object, string]>([
    ['because no role allows it', INGRESS, 'resources: ["ingresses"]'],
    ['because configuration denies it', SECRET, 'deniedKinds'],
    ['together with one that it may', { ...INGRESS, excludeNames: ['x'] }, 'ingresses'],
  ])('%s: is refused by name, and the others are healed', async (_title, kind, message) => {
    const { world, ready } = await scene();
    world.cluster.create(POLICIES, selecting(kind, DEPLOYMENT));
    expect(await world.until(() => ready()?.reason === 'Forbidden', 60_000)).toBe(true);
    expect(ready()?.message).toContain(message);
    expect(await heals(world)).toBe(true);
  });

  it('heals what else it selects', async () => {
    const { world } = await scene();
    const own = deployment('own', CRASHES_UNTIL_RESTARTED);
    world.cluster.create(POLICIES, selecting(INGRESS, DEPLOYMENT));
    world.cluster.create(DEPLOYMENTS, { ...own, metadata: { ...own.metadata, namespace: 'evil' } });
    expect(await world.until(() => world.phases().includes('Succeeded'), 600_000)).toBe(true);
  });

  it('leaves nothing behind when it is deleted', async () => {
    const { world, asked, ready } = await scene();
    world.cluster.create(POLICIES, selecting(INGRESS));
    await world.until(() => ready() !== undefined, 60_000);
    world.cluster.remove(POLICIES, { namespace: 'evil', name: 'greedy' });
    await world.clock.advance(1000);
    const before = asked(WIDGETS);
    await world.clock.advance(300_000);
    expect([before > 0, asked(WIDGETS) - before]).toEqual([true, 0]);
    expect(await heals(world)).toBe(true);
  });

  it('is ready as soon as a role allows it', async () => {
    const { world, ready } = await scene();
    world.cluster.create(POLICIES, selecting(INGRESS));
    await world.until(() => ready()?.reason === 'Forbidden', 60_000);
    permit(world, 'add');
    expect(await world.until(() => ready()?.status === 'True', 120_000)).toBe(true);
  });
});

describe('a kind that configuration denies', () => {
  it('is not watched, even where a role would allow it', async () => {
    const { world, asked, ready } = await scene();
    world.cluster.create(POLICIES, selecting(SECRET));
    expect(await world.until(() => ready() !== undefined, 60_000)).toBe(true);
    expect(asked('secrets')).toBe(0);
  });

  it('is watched where configuration allows it: the API server then has the last word', async () => {
    const { world, asked, ready } = await scene({ deniedKinds: [] });
    world.cluster.create(POLICIES, selecting(SECRET));
    expect(await world.until(() => ready()?.reason === 'Forbidden', 60_000)).toBe(true);
    expect(asked('secrets')).toBeGreaterThan(0);
    expect(await heals(world)).toBe(true);
  });

  it('is no target of an action that a person makes either', async () => {
    const { world } = await scene();
    world.cluster.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'evil', name: 'keys' } });
    world.cluster.create(ACTIONS, {
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingAction',
      metadata: { namespace: 'evil', name: 'by-hand' },
      spec: {
        targetResource: { ...SECRET, name: 'keys', namespace: 'evil' },
        action: { name: 'gone', type: 'delete', deleteAction: {} },
      },
    });
    await world.clock.advance(120_000);
    expect(world.cluster.get(SECRETS, { namespace: 'evil', name: 'keys' })).toBeDefined();
    expect(await heals(world)).toBe(true);
  });
});

describe('a kind that becomes forbidden later', () => {
  it('holds back the policies that select it, and no others; and these until it may be read again', async () => {
    const { world, ready } = await scene();
    permit(world, 'add');
    await world.clock.advance(1000);
    world.cluster.create(POLICIES, selecting(INGRESS, DEPLOYMENT));
    expect(await world.until(() => ready()?.status === 'True', 120_000)).toBe(true);
    permit(world, 'remove');
    // Servers end watches after five to ten minutes; only then is the right asked for again.
    expect(await world.until(() => ready()?.reason === 'Forbidden', 900_000)).toBe(true);
    const own = deployment('own', CRASHES_UNTIL_RESTARTED);
    world.cluster.create(DEPLOYMENTS, { ...own, metadata: { ...own.metadata, namespace: 'evil' } });
    expect(await heals(world)).toBe(true);
    const blocked = JSON.stringify(world.cluster.get(POLICIES, { namespace: 'evil', name: 'greedy' }));
    expect(blocked).toContain('StaleObservation');
    expect(world.phases()).toEqual(['Succeeded']);
    permit(world, 'add');
    expect(await world.until(() => world.phases().filter((phase) => phase === 'Succeeded').length === 2)).toBe(true);
  });
});

describe('a kind that no server serves', () => {
  it('is refused by name, and the others are healed', async () => {
    const { world, ready } = await scene();
    world.cluster.create(POLICIES, selecting({ apiVersion: 'evil.example/v1', kind: 'Nothing' }));
    expect(await world.until(() => ready()?.reason === 'UnknownKind', 60_000)).toBe(true);
    expect(await heals(world)).toBe(true);
  });
});

describe('a kind that an action type has to read and may not', () => {
  it('refuses that action by the name of the kind, and holds no other back', async () => {
    const { world } = await scene();
    const mine = world.cluster.get(CLUSTER_ROLES, { name: 'kubeskippy-operator' }) as unknown as {
      readonly rules: readonly { readonly apiGroups: readonly string[] }[];
    };
    const rules = mine.rules.filter(({ apiGroups }) => !apiGroups.includes('autoscaling'));
    world.cluster.update(CLUSTER_ROLES, { ...(mine as unknown as KubeObject), rules });
    const scaling = policy({
      selector: { resources: [DEPLOYMENT], labelSelector: { matchLabels: { app: 'greedy' } } },
      actions: [{ name: 'up', type: 'scale', scaleAction: { direction: 'up', replicas: 1, maxReplicas: 5 } }],
    });
    const metadata = { name: 'greedy', namespace: 'evil' };
    world.cluster.create(POLICIES, { ...scaling, metadata });
    const own = deployment('greedy', CRASHES_UNTIL_RESTARTED);
    world.cluster.create(DEPLOYMENTS, { ...own, metadata: { ...own.metadata, namespace: 'evil' } });
    expect(await heals(world)).toBe(true);
    const scaled = world.actions().find(({ metadata: { namespace } }) => namespace === 'evil');
    expect(JSON.stringify(scaled?.['status'])).toContain('horizontalpodautoscalers');
    expect(JSON.stringify(scaled?.['status'])).not.toContain('Succeeded');
  });
});
