import { describe, expect, it } from 'vitest';
import { beforeWrite } from '../kit/fault-scripts.ts';
import type { Script } from '../kit/faulty-transport.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { Gvr, MutableObject } from '../../src/sandbox/index.ts';
import { DEPLOYMENTS, PODS, POLICIES } from '../kit/resources.ts';

const GVRS: Readonly<Record<string, Gvr>> = {
  Deployment: DEPLOYMENTS,
  StatefulSet: { group: 'apps', version: 'v1', resource: 'statefulsets' },
  DaemonSet: { group: 'apps', version: 'v1', resource: 'daemonsets' },
  Pod: PODS,
};
const WHERE = { namespace: 'default', name: 'web' };
/** Grows to 100 MiB and stays there. */
const HUNGRY = [{ memory: { from: '24Mi', growth: '20Mi', max: '100Mi' } }];
const GREEDY = [{ memory: { from: '24Mi', growth: '200Mi' } }];
const resources = { requests: { memory: '32Mi' }, limits: { memory: '64Mi' } };
const killed = {
  name: 'killed',
  type: 'condition',
  conditionTrigger: { type: 'OOMKilled', status: 'True', duration: '10s' },
};

const containersOf = (object: MutableObject | undefined) =>
  object?.['spec'].template?.spec.containers ?? object?.['spec'].containers;
const limitOf = (object: MutableObject | undefined): unknown => containersOf(object)[0].resources.limits.memory;

function workloadOf(kind: string, script: unknown): KubeObject {
  const web = deployment('web', script);
  const { replicas: _count, template, ...spec } = web['spec'] as { replicas: number; template: object };
  const containers = [{ name: 'main', image: 'registry.example/app:1', resources }];
  const own = {
    Deployment: { replicas: 1 },
    StatefulSet: { replicas: 1, serviceName: 'web', podManagementPolicy: 'Parallel' },
  }[kind];
  return { ...web, kind, spec: { ...spec, ...own, template: { ...template, spec: { containers } } } };
}

interface Case {
  readonly kind: string;
  readonly script?: unknown;
  readonly resizeAction?: object;
  readonly fault?: (world: TestCluster) => Script;
}

/** A policy over objects of `kind`; a pod belongs to a Deployment. */
function resizing({ kind, script = HUNGRY, resizeAction = { memory: { factor: 4, max: '1Gi' } }, fault }: Case) {
  const owner = kind === 'Pod' ? 'Deployment' : kind;
  const world = new TestCluster();
  const operator = world.operator({ faults: fault === undefined ? [] : [fault(world)] });
  world.cluster.create(GVRS[owner] as Gvr, workloadOf(owner, script));
  const actions = [{ name: 'resize', type: 'resize', resizeAction }];
  const selector = { resources: [{ apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1', kind }] };
  const safetyRules = { requireHealthCheck: true, healthCheckTimeout: '2m' };
  world.cluster.create(POLICIES, policy({ selector, actions, safetyRules, triggers: [killed] }));
  const live = () => world.cluster.get(GVRS[owner] as Gvr, WHERE) as MutableObject;
  const pods = () => world.cluster.list(PODS, 'default') as readonly MutableObject[];
  const status = () => world.actionStatus();
  return { world, operator, live, pods, status };
}

describe('resize', () => {
  it.each(['Deployment', 'StatefulSet', 'DaemonSet'])('gives a %s the memory that its pods need', async (kind) => {
    const { world, live, pods, status } = resizing({ kind });
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect([limitOf(live()), ...pods().map(limitOf)]).toEqual(['256Mi', ...pods().map(() => '256Mi')]);
    expect(containersOf(live())[0].resources.requests).toEqual({ memory: '128Mi' });
    expect(status().result?.changes).toMatchObject([{ newValue: '128Mi' }, { newValue: '256Mi' }]);
  });

  it('resizes a pod where it runs: the same pod, and its workload as it was', async () => {
    const { world, live, pods, status } = resizing({ kind: 'Pod' });
    expect(await world.until(() => pods()[0] !== undefined)).toBe(true);
    const uid = pods()[0]?.metadata.uid as unknown;
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(pods().map((pod) => [pod.metadata.uid as unknown, limitOf(pod)])).toEqual([[uid, '256Mi']]);
    expect([limitOf(live()), live().metadata.generation]).toEqual(['64Mi', 1]);
  });

  it.each(['Deployment', 'Pod'])('of a %s that does not help is taken back', async (kind) => {
    const { world, live, pods, status } = resizing({ kind, script: GREEDY });
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(status()).toMatchObject({ reason: 'NotVerified', undo: { state: 'Done' } });
    expect([limitOf(live()), containersOf(kind === 'Pod' ? pods()[0] : live())[0].resources]).toEqual([
      '64Mi',
      resources,
    ]);
  });

  it('stops at its cap, and says so', async () => {
    const { world, operator, status } = resizing({
      kind: 'Deployment',
      resizeAction: { memory: { factor: 2, max: '32Mi' } },
    });
    expect(await world.until(() => status().phase === 'Cancelled')).toBe(true);
    expect(status()).toMatchObject({
      reason: 'NothingToDo',
      message: expect.stringContaining('"limits":{"memory":"64Mi"}'),
    });
    expect(operator.audit).toEqual([]);
  });

  it('never lands on an object that took the place of its target (I8)', async () => {
    const { world, operator, live, status } = resizing({
      kind: 'Deployment',
      fault: (other) => beforeWrite(DEPLOYMENTS, WHERE, () => other.replace(DEPLOYMENTS, deployment('web'))),
    });
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(status().reason).toBe('TargetGone');
    expect(operator.audit.map(({ result }) => result)).toEqual([undefined, '422']);
    expect(live().metadata.generation).toBe(1);
  });
});
