/** A cluster whose nodes break, and a policy that takes them away. */
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { DEPLOYMENTS, NAMESPACES, NODES, PODS, POLICIES } from '../kit/resources.ts';
import { deployment, TestCluster } from '../kit/test-cluster.ts';

interface Shape {
  readonly nodes?: number;
  readonly actions: readonly object[];
  readonly safetyRules?: object;
  readonly condition?: { readonly type: string; readonly status: string };
  readonly cooldownPeriod?: string;
  /** Of Deployment `web`. */
  readonly replicas?: number;
  readonly pod?: { readonly annotations?: Readonly<Record<string, string>>; readonly spec?: object };
}

const named = { namespace: 'kubeskippy-system', name: 'nodes' };

export async function nodeCluster({ nodes = 4, actions, safetyRules = {}, replicas = 4, pod = {}, ...shape }: Shape) {
  const { condition = { type: 'Broken', status: 'True' }, cooldownPeriod = '10s' } = shape;
  const world = new TestCluster(nodes);
  const { cluster } = world;
  cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: named.namespace } });
  const running = world.operator({ config: { approvals: { unproven: 'accept' } } });
  const { audit, logs } = running;
  const web = deployment('web') as MutableObject;
  web.spec.replicas = replicas;
  const { template } = web.spec;
  template.metadata.annotations = { ...template.metadata.annotations, ...pod.annotations };
  template.spec = { ...template.spec, ...pod.spec };
  cluster.create(DEPLOYMENTS, web);
  await world.clock.advance(20_000);
  cluster.create(POLICIES, {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: named,
    spec: {
      mode: 'automatic',
      selector: { resources: [{ apiVersion: 'v1', kind: 'Node' }] },
      triggers: [
        { name: 'broken', type: 'condition', conditionTrigger: { ...condition, duration: '10s' }, cooldownPeriod },
      ],
      actions,
      safetyRules,
    },
  });
  await world.clock.advance(2000);
  return { world, audit, logs, kill: () => running.kill(), ...lookingAt(world) };
}

function lookingAt(world: TestCluster) {
  const { cluster } = world;
  const pods = () =>
    (cluster.list(PODS) as readonly MutableObject[]).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const change = (name: string, make: (draft: MutableObject) => void, subresource?: 'status') =>
    cluster.modify(
      NODES,
      { name },
      (draft) => {
        make(draft);
        return draft;
      },
      subresource,
    );
  return {
    on: (name: string) =>
      pods().flatMap(({ metadata, spec }) => (spec.nodeName === name ? [metadata.name as string] : [])),
    nodeOf: (prefix: string) =>
      pods().find(({ metadata }) => metadata.name.startsWith(prefix))?.['spec'].nodeName as string,
    cordoned: () =>
      (cluster.list(NODES) as readonly MutableObject[]).flatMap(({ metadata, spec }) =>
        spec?.unschedulable === true ? [metadata.name as string] : [],
      ),
    reports: (name: string, status: 'True' | 'False') =>
      change(
        name,
        (draft) => {
          const others = draft['status'].conditions.filter(({ type }: { type: string }) => type !== 'Broken');
          draft['status'].conditions = [...others, { type: 'Broken', status, reason: 'Test', message: 'as told' }];
        },
        'status',
      ),
    uncordon: (name: string) => change(name, (draft) => void delete draft['spec'].unschedulable),
    statuses: () => world.actions().map((one) => (one['status'] ?? {}) as ActionStatus),
    blocked: () =>
      (cluster.get(POLICIES, named) as { readonly status?: PolicyStatus } | undefined)?.status?.blocked ?? [],
  };
}

/** What is said of why a target is left alone. */
export const inWords = (entry: {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}): string => `${entry.reason}: ${entry.message}`;
