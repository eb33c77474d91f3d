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
};
const WHERE = { namespace: 'default', name: 'web' };
/** Never ready before it crashes: an ordered StatefulSet gets no further than its first pod. */
const crash = (revision: string | number) => ({
  when: { revision },
  ready: { failsAfter: '0s' },
  exit: { after: '2s', code: 1 },
});
const image = (object: MutableObject): string => object['spec'].template.spec.containers[0].image as string;

function workloadOf(kind: string, script: unknown): KubeObject {
  const web = deployment('web', script);
  const { replicas: _count, ...spec } = web['spec'] as Record<string, unknown>;
  const own = {
    Deployment: { replicas: 2, progressDeadlineSeconds: 30 },
    StatefulSet: { replicas: 2, serviceName: 'web' },
    DaemonSet: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } } },
  }[kind];
  return { ...web, kind, spec: { ...spec, ...own } };
}

interface Case {
  readonly kind: string;
  readonly script: unknown;
  readonly rollbackAction?: object;
  readonly mode?: string;
  readonly fault?: (world: TestCluster) => Script;
}

/** A workload whose first release is well, and which is then updated. */
async function released({ kind, script, rollbackAction = {}, mode = 'automatic', fault }: Case) {
  const gvr = GVRS[kind] as Gvr;
  const world = new TestCluster();
  const operator = world.operator({ faults: fault === undefined ? [] : [fault(world)] });
  world.cluster.create(gvr, workloadOf(kind, script));
  const live = () => world.cluster.get(gvr, WHERE) as MutableObject;
  const ready = () => (live()['status']?.readyReplicas ?? live()['status']?.numberReady) as number | undefined;
  expect(await world.until(() => ready() === 2)).toBe(true);
  const update = (to: string) =>
    world.cluster.modify(gvr, WHERE, (draft) => {
      draft['spec'].template.spec.containers[0].image = to;
      return draft;
    });
  update('registry.example/app:2');
  const actions = [{ name: 'rollback', type: 'rollback', rollbackAction }];
  const selector = { resources: [{ apiVersion: 'apps/v1', kind }] };
  world.cluster.create(
    POLICIES,
    policy({ mode, selector, actions, safetyRules: { requireHealthCheck: true, healthCheckTimeout: '2m' } }),
  );
  const status = () => world.actionStatus();
  return { world, operator, live, ready, update, status };
}

describe('rollback', () => {
  it.each(['Deployment', 'StatefulSet', 'DaemonSet'])(
    'brings the release of a %s back that was well, on every pod',
    async (kind) => {
      const { world, live, ready, status } = await released({ kind, script: [crash(2)] });
      expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
      expect([image(live()), ready()]).toEqual(['registry.example/app:1', 2]);
      const pods = world.cluster.list(PODS, 'default') as readonly MutableObject[];
      expect(pods.map((pod) => pod['spec'].containers[0].image as string)).toEqual([
        'registry.example/app:1',
        'registry.example/app:1',
      ]);
      expect(status().result?.changes?.[0]).toMatchObject({
        oldValue: 'registry.example/app:2',
        newValue: 'registry.example/app:1',
      });
      expect(live().metadata.annotations['kubeskippy.io/failed-revisions']).toMatch(/^web-/);
    },
  );

  it('evicts the broken pods that an ordered StatefulSet would wait for, and no others', async () => {
    const { world, operator, status } = await released({ kind: 'StatefulSet', script: [crash(2)] });
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    const paths = operator.audit.filter(({ entry }) => entry === 'intent').map(({ path }) => path);
    expect(paths).toEqual([
      '/apis/apps/v1/namespaces/default/statefulsets/web',
      '/api/v1/namespaces/default/pods/web-1/eviction',
    ]);
  });

  it.each(['Deployment', 'StatefulSet', 'DaemonSet'])(
    'of a %s that does not help is taken back, its mark too',
    async (kind) => {
      const { world, live, status } = await released({
        kind,
        script: [{ when: { restarts: '>0' }, exit: { after: '2s', code: 1 } }, crash('>=2')],
      });
      const before = structuredClone(live()['spec']) as unknown;
      expect(await world.until(() => status().phase === 'Failed')).toBe(true);
      expect(status()).toMatchObject({ undo: { state: 'Done' } });
      expect(live()['spec']).toEqual(before);
      expect(live().metadata.annotations['kubeskippy.io/failed-revisions']).toBeUndefined();
    },
  );

  it('never lands on an object that took the place of its target (I8)', async () => {
    const { world, operator, live, status } = await released({
      kind: 'Deployment',
      script: [crash(2)],
      fault: (other) => beforeWrite(DEPLOYMENTS, WHERE, () => other.replace(DEPLOYMENTS, deployment('web'))),
    });
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(status().reason).toBe('TargetGone');
    expect(operator.audit.map(({ result }) => result)).toEqual([undefined, '409']);
    expect(live().metadata.generation).toBe(1);
  });

  it('in mode dryrun changes nothing', async () => {
    const { world, live, status } = await released({ kind: 'Deployment', script: [crash(2)], mode: 'dryrun' });
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(image(live())).toBe('registry.example/app:2');
  });

  it('does not interrupt the rollout of a Deployment before its progress deadline (I23)', async () => {
    const { world, status, live } = await released({ kind: 'Deployment', script: [crash(2)] });
    world.cluster.modify(DEPLOYMENTS, WHERE, (draft) => {
      draft['spec'].progressDeadlineSeconds = 600;
      return draft;
    });
    expect(
      await world.until(() =>
        (world.status('crash-loops').blocked ?? []).some(({ reason }) => reason === 'RolloutInProgress'),
      ),
    ).toBe(true);
    expect([status().phase, image(live())]).toEqual([undefined, 'registry.example/app:2']);
  });

  it('refuses a revision that is not kept', async () => {
    const { world, status, live } = await released({
      kind: 'StatefulSet',
      script: [crash(2)],
      rollbackAction: { toRevision: 9 },
    });
    expect(await world.until(() => status().phase === 'Cancelled')).toBe(true);
    expect(status()).toMatchObject({ reason: 'RevisionUnknown', message: expect.stringContaining('it keeps 1, 2') });
    expect(image(live())).toBe('registry.example/app:2');
  });
});
