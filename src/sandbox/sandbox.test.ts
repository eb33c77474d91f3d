// oxlint-disable max-lines -- one embedded cluster's scenarios, side by side
import { afterEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../shapes/kube.ts';
import { VirtualClock } from '../std/clock.ts';
import type { MutableObject } from './machinery/cluster.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './index.ts';
import { SCRIPT_ANNOTATION } from './kubelet/script.ts';
import {
  AUTOSCALERS,
  BUDGETS,
  CLAIMS,
  CONFIG_MAPS,
  CRON_JOBS,
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  EVENTS,
  JOBS,
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  type Resource,
  SERVICES,
  STATEFUL_SETS,
} from './runtime/resources.ts';
import type { DaemonSet, Deployment, Job, Node, Pod, ReplicaSet } from './runtime/shapes.ts';

const open: Sandbox[] = [];
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.close();
});

const SECOND = 1000;
const MINUTE = 60 * SECOND;

class World {
  readonly clock = new VirtualClock();
  readonly sandbox: Sandbox;

  private constructor(options: Partial<SandboxOptions>) {
    this.sandbox = createSandbox({ clock: this.clock, ...options });
    open.push(this.sandbox);
  }

  static async start(options: Partial<SandboxOptions> = {}): Promise<World> {
    const world = new World(options);
    await world.pass(SECOND);
    return world;
  }

  pass(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  create(resource: Resource, object: Partial<KubeObject> & { readonly metadata: KubeObject['metadata'] }): KubeObject {
    const metadata = { namespace: 'default', ...object.metadata };
    return this.sandbox.cluster.create(resource, {
      ...object,
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      metadata,
    });
  }

  get<T extends KubeObject>(resource: Resource<T>, name: string, namespace = 'default'): T {
    const object = this.sandbox.cluster.get(resource, { namespace, name });
    if (object === undefined) throw new Error(`${resource.kind} ${name} is not there`);
    return object as T;
  }

  list<T extends KubeObject>(resource: Resource<T>): readonly T[] {
    return this.sandbox.cluster.list(resource, 'default') as readonly T[];
  }

  pods(app?: string): readonly Pod[] {
    return this.list(PODS).filter((pod) => app === undefined || pod.metadata.labels?.['app'] === app);
  }

  change(resource: Resource, name: string, patch: (draft: MutableObject) => void): void {
    this.sandbox.cluster.modify(resource, { namespace: 'default', name }, (draft) => {
      patch(draft);
      return draft;
    });
  }

  /** `reason ×count: message` of the events about one object, in order of their first writing. */
  events(name: string): readonly string[] {
    const about = this.list(EVENTS).filter((event) => (event['involvedObject'] as { name: string }).name === name);
    return about.map(({ reason, count, message }) => [reason, ' ×', count ?? 1, ': ', message].join(''));
  }
}

interface Shape {
  readonly script?: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly container?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly pod?: Readonly<Record<string, unknown>>;
}

const template = (app: string, { script, image, container, pod }: Shape) => ({
  metadata: { labels: { app }, ...(script === undefined ? {} : { annotations: { [SCRIPT_ANNOTATION]: script } }) },
  spec: { containers: [{ name: 'main', image: image ?? 'app:1', ...container }], ...pod },
});

const workload = (name: string, shape: Shape = {}) => ({
  metadata: { name },
  spec: {
    replicas: shape.replicas ?? 1,
    selector: { matchLabels: { app: name } },
    template: template(name, shape),
    ...shape.spec,
  },
});

const status = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0];
const ascending = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
const names = (objects: readonly KubeObject[]): readonly string[] =>
  objects.map(({ metadata }) => metadata.name).sort(ascending);

describe('workloads', () => {
  test('a Deployment becomes available and spreads over the nodes', async () => {
    const world = await World.start();
    world.create(DEPLOYMENTS, workload('web', { replicas: 3 }));
    await world.pass(5 * SECOND);
    expect(world.get(DEPLOYMENTS, 'web').status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3 });
    expect(world.pods('web').map((pod) => pod.spec.nodeName)).toHaveLength(3);
    expect(new Set(world.pods('web').map((pod) => pod.spec.nodeName)).size).toBe(3);
  });

  test('a Deployment rolls over without ever having fewer available pods than allowed', async () => {
    const world = await World.start();
    const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    world.create(DEPLOYMENTS, workload('web', { replicas: 3, script: '{start: {after: 2s}}', spec: { strategy } }));
    await world.pass(10 * SECOND);
    let [fewest, most] = [3, 3];
    world.sandbox.cluster.subscribe(PODS, () => {
      const pods = world.pods('web').filter((pod) => pod.metadata.deletionTimestamp === undefined);
      fewest = Math.min(
        fewest,
        pods.filter((pod) => pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')).length,
      );
      most = Math.max(most, pods.length);
    });
    world.change(DEPLOYMENTS, 'web', (draft) => {
      draft['spec'].template.spec.containers[0].image = 'app:2';
    });
    await world.pass(30 * SECOND);
    expect({ fewest, most }).toEqual({ fewest: 3, most: 4 });
    expect(world.pods('web').map((pod) => pod.spec.containers[0]?.image)).toEqual(['app:2', 'app:2', 'app:2']);
    expect(
      world
        .list(REPLICA_SETS)
        .map((set: ReplicaSet) => set.spec.replicas)
        .sort((a, b) => a - b),
    ).toEqual([0, 3]);
    expect(world.get(DEPLOYMENTS, 'web').metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
  });

  test('a rollout that gets nowhere is reported after its deadline', async () => {
    const world = await World.start();
    world.create(
      DEPLOYMENTS,
      workload('web', { script: '{pull: {fails: not-found}}', spec: { progressDeadlineSeconds: 60 } }),
    );
    await world.pass(50 * SECOND);
    const progressing = () =>
      world.get<Deployment>(DEPLOYMENTS, 'web').status?.conditions?.find((c) => c.type === 'Progressing');
    expect(progressing()).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
    await world.pass(20 * SECOND);
    expect(progressing()).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  });

  test('a StatefulSet starts its pods in order, with claims of their own, and updates them from the last', async () => {
    const world = await World.start();
    const volumeClaimTemplates = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ];
    world.create(
      STATEFUL_SETS,
      workload('db', {
        replicas: 3,
        script: '{start: {after: 5s}}',
        spec: { serviceName: 'db', volumeClaimTemplates },
      }),
    );
    await world.pass(2 * SECOND);
    expect(names(world.pods('db'))).toEqual(['db-0']);
    await world.pass(20 * SECOND);
    expect(names(world.pods('db'))).toEqual(['db-0', 'db-1', 'db-2']);
    expect(names(world.list(CLAIMS))).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    world.change(STATEFUL_SETS, 'db', (draft) => {
      draft['spec'].template.spec.containers[0].image = 'app:2';
    });
    await world.pass(4 * SECOND);
    const images = () => world.pods('db').map((pod) => pod.spec.containers[0]?.image);
    expect(images()).toEqual(['app:1', 'app:1', 'app:2']);
    await world.pass(20 * SECOND);
    expect(images()).toEqual(['app:2', 'app:2', 'app:2']);
  });

  test('a DaemonSet runs once on every node, on new ones too, and replaces one at a time', async () => {
    const world = await World.start();
    world.create(DAEMON_SETS, {
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent', {}) },
    });
    await world.pass(5 * SECOND);
    expect(
      world
        .pods('agent')
        .map((pod) => pod.spec.nodeName ?? '')
        .sort((a, b) => a.localeCompare(b)),
    ).toEqual(['node-1', 'node-2', 'node-3']);
    world.sandbox.cluster.create(NODES, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'late', annotations: { 'sandbox.kubeskippy.io/kubelet': 'running' } },
    });
    await world.pass(5 * SECOND);
    expect(world.get<DaemonSet>(DAEMON_SETS, 'agent').status).toMatchObject({
      desiredNumberScheduled: 4,
      numberReady: 4,
    });
    world.change(DAEMON_SETS, 'agent', (draft) => {
      draft['spec'].template.spec.containers[0].image = 'app:2';
    });
    await world.pass(30 * SECOND);
    expect(world.pods('agent').map((pod) => pod.spec.containers[0]?.image)).toEqual([
      'app:2',
      'app:2',
      'app:2',
      'app:2',
    ]);
  });

  test('a Job runs to its completions and is removed after its time to live', async () => {
    const world = await World.start();
    const spec = {
      completions: 3,
      parallelism: 2,
      ttlSecondsAfterFinished: 60,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'job:1' }] } },
    };
    world.create(JOBS, { metadata: { name: 'sum' }, spec });
    await world.pass(10 * SECOND);
    expect(world.get<Job>(JOBS, 'sum').status).toMatchObject({ succeeded: 3, completionTime: expect.any(String) });
    await world.pass(60 * SECOND);
    expect(world.list(JOBS)).toEqual([]);
    expect(world.pods()).toEqual([]);
  });

  test('a Job that fails waits 10 s, then 20 s, then gives up', async () => {
    const world = await World.start();
    const podSpec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'job:1' }] };
    const annotations = { [SCRIPT_ANNOTATION]: '{exit: {after: 1s, code: 1}}' };
    world.create(JOBS, {
      metadata: { name: 'sum' },
      spec: { backoffLimit: 2, template: { metadata: { annotations }, spec: podSpec } },
    });
    await world.pass(5 * SECOND);
    expect(world.pods()).toHaveLength(1);
    await world.pass(10 * SECOND);
    expect(world.pods()).toHaveLength(2);
    await world.pass(10 * SECOND);
    expect(world.pods()).toHaveLength(2);
    await world.pass(20 * SECOND);
    expect(world.get<Job>(JOBS, 'sum').status).toMatchObject({
      failed: 3,
      conditions: [{ type: 'FailureTarget' }, { type: 'Failed', reason: 'BackoffLimitExceeded' }],
    });
  });

  test('a Job ends at once by its failure policy, index by index, or when enough of it succeeded', async () => {
    const world = await World.start({ kubelet: 'off', scheduler: 'off' });
    const job = (name: string, spec: object) =>
      world.create(JOBS, {
        metadata: { name },
        spec: { template: { spec: { ...template(name, {}).spec, restartPolicy: 'Never' } }, ...spec },
      });
    const end = (pod: Pod | undefined, phase: 'Failed' | 'Succeeded', exitCode: number) =>
      world.sandbox.cluster.modify(
        PODS,
        pod?.metadata ?? { name: '' },
        (draft) => ({
          ...draft,
          status: { phase, containerStatuses: [{ name: 'main', state: { terminated: { exitCode } } }] },
        }),
        'status',
      );
    const of = (name: string) => world.list(PODS).filter((pod) => pod.metadata.labels?.['job-name'] === name);
    const reasons = (name: string) =>
      world.get<Job>(JOBS, name).status?.conditions?.map(({ type, reason }) => `${type} ${reason}`);

    job('fatal', {
      podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] },
    });
    job('indexed', { completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 0 });
    job('enough', {
      completions: 3,
      parallelism: 3,
      completionMode: 'Indexed',
      successPolicy: { rules: [{ succeededCount: 1 }] },
    });
    job('theirs', { managedBy: 'example.com/controller' });
    await world.pass(SECOND);
    expect(of('theirs')).toEqual([]);
    end(of('fatal')[0], 'Failed', 42);
    end(of('indexed')[0], 'Failed', 1);
    for (const pod of of('indexed').slice(1)) end(pod, 'Succeeded', 0);
    end(of('enough')[1], 'Succeeded', 0);
    await world.pass(5 * SECOND);
    expect(reasons('fatal')).toEqual(['FailureTarget PodFailurePolicy', 'Failed PodFailurePolicy']);
    expect(world.events('fatal').at(-1)).toMatch(
      /PodFailurePolicy ×1: Container main for pod .* exit code 42 matching FailJob rule at index 0$/,
    );
    expect(reasons('indexed')).toEqual(['FailureTarget FailedIndexes', 'Failed FailedIndexes']);
    expect(world.get<Job>(JOBS, 'indexed').status).toMatchObject({
      completedIndexes: '1,2',
      failedIndexes: '0',
      failed: 1,
    });
    expect(reasons('enough')).toEqual(['SuccessCriteriaMet SuccessPolicy', 'Complete SuccessPolicy']);
  });

  test('claims of a StatefulSet go with the pods that are scaled away, and the others with the set', async () => {
    const world = await World.start();
    const claims = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ];
    const policy = { whenScaled: 'Delete', whenDeleted: 'Delete' };
    const spec = { volumeClaimTemplates: claims, persistentVolumeClaimRetentionPolicy: policy };
    world.create(STATEFUL_SETS, workload('db', { replicas: 2, spec }));
    await world.pass(MINUTE);
    expect(names(world.list(CLAIMS))).toEqual(['data-db-0', 'data-db-1']);
    world.change(STATEFUL_SETS, 'db', (draft) => {
      Object.assign(draft['spec'] as object, { replicas: 1 });
    });
    await world.pass(2 * MINUTE);
    expect(names(world.list(CLAIMS))).toEqual(['data-db-0']);
    world.sandbox.cluster.remove(STATEFUL_SETS, { namespace: 'default', name: 'db' });
    await world.pass(2 * MINUTE);
    expect(world.list(CLAIMS)).toEqual([]);
  });

  test('a CronJob starts a Job every minute and keeps the last three', async () => {
    const world = await World.start();
    const podSpec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'job:1' }] };
    world.create(CRON_JOBS, {
      metadata: { name: 'tick' },
      spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: podSpec } } } },
    });
    await world.pass(5 * MINUTE + 30 * SECOND);
    expect(world.list(JOBS)).toHaveLength(3);
    expect(world.events('tick').filter((event) => event.startsWith('SuccessfulCreate'))).toHaveLength(5);
  });

  test('deleting a Deployment takes its ReplicaSet and pods with it; an orphaned one leaves them', async () => {
    const world = await World.start();
    world.create(DEPLOYMENTS, workload('gone', { replicas: 2 }));
    world.create(DEPLOYMENTS, workload('kept', { replicas: 2 }));
    await world.pass(5 * SECOND);
    world.sandbox.cluster.remove(
      DEPLOYMENTS,
      { namespace: 'default', name: 'gone' },
      { propagationPolicy: 'Background' },
    );
    world.sandbox.cluster.remove(DEPLOYMENTS, { namespace: 'default', name: 'kept' }, { propagationPolicy: 'Orphan' });
    await world.pass(40 * SECOND);
    expect(world.list(DEPLOYMENTS)).toEqual([]);
    expect(world.pods('gone')).toEqual([]);
    expect(world.pods('kept')).toHaveLength(2);
  });
});

describe('the kubelet', () => {
  test('a crash loop backs off 10 s, 20 s, 40 s … to five minutes', async () => {
    const world = await World.start();
    const starts: number[] = [];
    let restarts = -1;
    world.sandbox.cluster.subscribe(PODS, ({ object }) => {
      const now = status(object as Pod);
      if (now?.state?.running !== undefined && now.restartCount > restarts) {
        restarts = now.restartCount;
        starts.push(world.clock.now());
      }
    });
    world.create(DEPLOYMENTS, workload('bad', { script: '{exit: {after: 1s, code: 3}}' }));
    await world.pass(30 * MINUTE);
    const gaps = starts.slice(1).map((at, i) => Math.round((at - (starts[i] ?? 0)) / 1000) - 1);
    expect(gaps.slice(0, 8)).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
    const pod = world.pods('bad')[0];
    expect(status(pod)).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    });
    expect(status(pod)?.state?.waiting?.message).toBe(
      `back-off 5m0s restarting failed container=main pod=${pod?.metadata.name}_default(${pod?.metadata.uid})`,
    );
  });

  test('after ten minutes without a crash the back-off begins anew', async () => {
    const world = await World.start();
    world.create(DEPLOYMENTS, workload('rare', { script: '{exit: {after: 11m, code: 1}}' }));
    await world.pass(34 * MINUTE);
    expect(status(world.pods('rare')[0])).toMatchObject({ restartCount: 3, state: { running: {} } });
  });

  test('an image that cannot be pulled alternates between ErrImagePull and ImagePullBackOff', async () => {
    const world = await World.start();
    world.create(
      DEPLOYMENTS,
      workload('bad', { image: 'registry.example/no:1', script: '{pull: {fails: not-found}}' }),
    );
    await world.pass(500);
    expect(status(world.pods('bad')[0])?.state?.waiting?.reason).toBe('ErrImagePull');
    await world.pass(2 * SECOND);
    expect(status(world.pods('bad')[0])?.state?.waiting?.reason).toBe('ImagePullBackOff');
    await world.pass(60 * SECOND);
    const events = world.events(world.pods('bad')[0]?.metadata.name ?? '');
    expect(events.find((event) => event.startsWith('Pulling'))).toBe(
      'Pulling ×3: Pulling image "registry.example/no:1"',
    );
    expect(
      events.some(
        (event) => event.startsWith('BackOff') && event.endsWith('Back-off pulling image "registry.example/no:1"'),
      ),
    ).toBe(true);
  });

  test('init containers run one after the other, again when they fail, and only then the others start', async () => {
    const world = await World.start();
    const initContainers = ['first', 'second'].map((name) => ({ name, image: 'init:1' }));
    const script =
      '[{when: {container: second, restarts: "<1"}, exit: {after: 2s, code: 1}}, {when: {container: first}, exit: {after: 5s}}]';
    world.create(DEPLOYMENTS, workload('web', { script, pod: { initContainers } }));
    const pod = () => world.pods('web')[0];
    const init = () => pod()?.status?.initContainerStatuses?.map(({ state }) => Object.keys(state ?? {})[0]);
    await world.pass(3 * SECOND);
    expect(init()).toEqual(['running', 'waiting']);
    expect(status(pod())?.state?.waiting?.reason).toBe('PodInitializing');
    await world.pass(3 * SECOND);
    expect(init()).toEqual(['terminated', 'running']);
    expect(pod()?.status?.phase).toBe('Pending');
    await world.pass(5 * SECOND);
    expect(pod()?.status).toMatchObject({
      phase: 'Running',
      initContainerStatuses: [{ restartCount: 0 }, { restartCount: 1 }],
    });
    expect(status(pod())?.state?.running).toBeDefined();
  });

  test('a cordoned node gets no pods until it is uncordoned', async () => {
    const world = await World.start({ nodes: 1 });
    world.change(NODES, 'node-1', (draft) => {
      draft['spec'] = { ...draft['spec'], unschedulable: true };
    });
    world.create(DEPLOYMENTS, workload('web'));
    await world.pass(10 * SECOND);
    const name = world.pods('web')[0]?.metadata.name ?? '';
    expect(world.get(NODES, 'node-1').spec?.taints).toMatchObject([
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
    ]);
    expect(
      world
        .events(name)
        .some((event) => event.startsWith('FailedScheduling') && event.includes('1 node(s) were unschedulable')),
    ).toBe(true);
    world.change(NODES, 'node-1', (draft) => {
      delete draft['spec'].unschedulable;
    });
    await world.pass(10 * SECOND);
    expect(world.pods('web')[0]?.spec.nodeName).toBe('node-1');
  });

  test('a memory leak ends in an OOM kill at the limit', async () => {
    const world = await World.start();
    const container = { resources: { limits: { memory: '100Mi' } } };
    world.create(DEPLOYMENTS, workload('leak', { container, script: '{memory: {from: 40Mi, growth: 10Mi}}' }));
    await world.pass(5 * SECOND);
    expect(status(world.pods('leak')[0])?.restartCount).toBe(0);
    await world.pass(2 * SECOND);
    expect(status(world.pods('leak')[0])).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
    });
  });

  test('a failing readiness probe takes the pod out of service, and back when it recovers', async () => {
    const world = await World.start();
    const readinessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 5, failureThreshold: 2 };
    const script = '{ready: {failsAfter: 20s, recoversAfter: 60s}}';
    world.create(DEPLOYMENTS, workload('web', { container: { readinessProbe }, script }));
    world.create(SERVICES, { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
    const ready = (): boolean | undefined => {
      const slice = world.list(ENDPOINT_SLICES).find((candidate) => candidate.metadata.generateName === 'web-');
      return (slice?.['endpoints'] as { conditions: { ready: boolean } }[] | undefined)?.[0]?.conditions.ready;
    };
    await world.pass(10 * SECOND);
    expect(ready()).toBe(true);
    await world.pass(20 * SECOND);
    expect(ready()).toBe(false);
    expect(world.events(world.pods('web')[0]?.metadata.name ?? '').at(-1)).toBe(
      'Unhealthy ×2: Readiness probe failed: HTTP probe failed with statuscode: 503',
    );
    await world.pass(60 * SECOND);
    expect(ready()).toBe(true);
  });

  test('a failing liveness probe restarts the container', async () => {
    const world = await World.start();
    const livenessProbe = { tcpSocket: { port: 80 }, periodSeconds: 10, failureThreshold: 3 };
    world.create(
      DEPLOYMENTS,
      workload('web', { container: { livenessProbe }, script: '{when: {restarts: 0}, live: {failsAfter: 15s}}' }),
    );
    await world.pass(2 * MINUTE);
    expect(status(world.pods('web')[0])).toMatchObject({ restartCount: 1, ready: true });
    const events = world.events(world.pods('web')[0]?.metadata.name ?? '');
    expect(events).toContain('Killing ×1: Container main failed liveness probe, will be restarted');
  });

  test('a slow start holds the other probes back, and one that never ends restarts the container', async () => {
    const world = await World.start();
    const probes = {
      startupProbe: { httpGet: { port: 80 }, periodSeconds: 5, failureThreshold: 6 },
      livenessProbe: { httpGet: { port: 80 }, periodSeconds: 5, failureThreshold: 1 },
      readinessProbe: { httpGet: { port: 80 }, periodSeconds: 5 },
    };
    world.create(DEPLOYMENTS, workload('slow', { container: probes, script: '{start: {after: 20s}}' }));
    world.create(DEPLOYMENTS, workload('never', { container: probes, script: '{start: {after: 1h}}' }));
    await world.pass(15 * SECOND);
    expect(status(world.pods('slow')[0])).toMatchObject({ started: false, ready: false, restartCount: 0 });
    await world.pass(15 * SECOND);
    expect(status(world.pods('slow')[0])).toMatchObject({ started: true, ready: true, restartCount: 0 });
    await world.pass(15 * SECOND);
    expect(status(world.pods('never')[0])).toMatchObject({ ready: false, restartCount: 1 });
    expect(world.events(world.pods('never')[0]?.metadata.name ?? '')).toContain(
      'Killing ×1: Container main failed startup probe, will be restarted',
    );
  });

  test('only the first pod of a workload misbehaves, and its replacement is healthy', async () => {
    const world = await World.start();
    world.create(DEPLOYMENTS, workload('web', { replicas: 3, script: '{when: {pod: 1}, ready: {failsAfter: 5s}}' }));
    await world.pass(20 * SECOND);
    const unready = world.pods('web').filter((pod) => status(pod)?.ready === false);
    expect(unready).toHaveLength(1);
    world.sandbox.cluster.remove(PODS, { namespace: 'default', name: unready[0]?.metadata.name ?? '' });
    await world.pass(20 * SECOND);
    expect(world.pods('web').map((pod) => status(pod)?.ready)).toEqual([true, true, true]);
  });

  test('a container recovers after three restarts', async () => {
    const world = await World.start();
    world.create(DEPLOYMENTS, workload('web', { script: '{when: {restarts: "<3"}, exit: {after: 1s, code: 1}}' }));
    await world.pass(2 * MINUTE);
    expect(status(world.pods('web')[0])).toMatchObject({ restartCount: 3, ready: true });
  });

  test('a container that ignores SIGTERM is killed when its grace is over', async () => {
    const world = await World.start();
    const annotations = { [SCRIPT_ANNOTATION]: '{stop: {takes: never}}' };
    world.create(PODS, { metadata: { name: 'deaf', annotations }, spec: template('deaf', {}).spec });
    await world.pass(5 * SECOND);
    world.sandbox.cluster.remove(PODS, { namespace: 'default', name: 'deaf' });
    await world.pass(29 * SECOND);
    expect(names(world.pods())).toEqual(['deaf']);
    await world.pass(2 * SECOND);
    expect(world.pods()).toEqual([]);
  });

  test('a script with a mistake shows where it is', async () => {
    const world = await World.start();
    world.create(DEPLOYMENTS, workload('web', { script: '- exit: {afterwards: 1s}' }));
    await world.pass(2 * SECOND);
    expect(status(world.pods('web')[0])?.state?.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'script[0].exit.afterwards: unknown, expected one of after, code, reason, message',
    });
  });
});

describe('controllers of other kinds', () => {
  test('an autoscaler adds pods while they are busy, and takes them away five minutes after they are not', async () => {
    const world = await World.start();
    const container = { resources: { requests: { cpu: '100m' } } };
    const script = '{cpu: {from: "0.2", growth: "-0.0002"}}';
    world.create(DEPLOYMENTS, workload('web', { container, script }));
    const metrics = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
    ];
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    world.create(AUTOSCALERS, {
      metadata: { name: 'web' },
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 4, metrics },
    });
    await world.pass(MINUTE);
    expect(world.get<Deployment>(DEPLOYMENTS, 'web').spec.replicas).toBe(4);
    await world.pass(30 * MINUTE);
    expect(world.get<Deployment>(DEPLOYMENTS, 'web').spec.replicas).toBe(1);
  });

  test('a budget allows as many disruptions as there are healthy pods to spare', async () => {
    const world = await World.start();
    world.create(DEPLOYMENTS, workload('web', { replicas: 3 }));
    world.create(BUDGETS, {
      metadata: { name: 'web' },
      spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
    });
    await world.pass(5 * SECOND);
    expect(world.get(BUDGETS, 'web').status).toMatchObject({
      currentHealthy: 3,
      desiredHealthy: 2,
      disruptionsAllowed: 1,
    });
    world.change(DEPLOYMENTS, 'web', (draft) => {
      draft['spec'].replicas = 2;
    });
    await world.pass(40 * SECOND);
    expect(world.get(BUDGETS, 'web').status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 });
  });
});

describe('nodes', () => {
  test('a node dies and its pods move after five minutes', async () => {
    const world = await World.start();
    world.create(DEPLOYMENTS, workload('web', { replicas: 3 }));
    await world.pass(5 * SECOND);
    world.sandbox.cluster.modify(NODES, { name: 'node-1' }, (draft) => {
      draft.metadata.annotations['sandbox.kubeskippy.io/kubelet'] = 'stopped';
      return draft;
    });
    await world.pass(MINUTE);
    const node = world.sandbox.cluster.get(NODES, { name: 'node-1' }) as Node;
    expect(node.status?.conditions?.find((c) => c.type === 'Ready')).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
    });
    expect(node.spec?.taints?.map((taint) => `${taint.key}:${taint.effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    expect(world.pods('web')).toHaveLength(3);
    await world.pass(6 * MINUTE);
    const running = world.pods('web').filter((pod) => pod.metadata.deletionTimestamp === undefined);
    expect(running.map((pod) => pod.spec.nodeName === 'node-1')).toEqual([false, false, false]);
    expect(world.get(DEPLOYMENTS, 'web').status).toMatchObject({ availableReplicas: 3 });
  });

  test('what a node says of itself becomes a taint, and goes with it', async () => {
    const world = await World.start({ nodes: 0 });
    const cluster = world.sandbox.cluster;
    cluster.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
    const report = (...conditions: readonly (readonly [type: string, status: string])[]) =>
      cluster.modify(
        NODES,
        { name: 'n' },
        (draft) => ({
          ...draft,
          status: { ...Object(draft['status']), conditions: conditions.map(([type, status]) => ({ type, status })) },
        }),
        'status',
      );
    const taints = () => {
      const node: Node | undefined = cluster.get(NODES, { name: 'n' });
      return (node?.spec?.taints ?? [])
        .map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`)
        .sort(ascending);
    };
    report(
      ['Ready', 'True'],
      ['DiskPressure', 'True'],
      ['MemoryPressure', 'True'],
      ['PIDPressure', 'True'],
      ['NetworkUnavailable', 'True'],
    );
    await world.pass(SECOND);
    expect(taints()).toEqual([
      'disk-pressure:NoSchedule',
      'memory-pressure:NoSchedule',
      'network-unavailable:NoSchedule',
      'pid-pressure:NoSchedule',
    ]);
    report(['Ready', 'False'], ['DiskPressure', 'False']);
    await world.pass(10 * SECOND);
    expect(taints()).toEqual(['not-ready:NoExecute', 'not-ready:NoSchedule']);
    report(['Ready', 'True']);
    await world.pass(10 * SECOND);
    expect(taints()).toEqual([]);
  });

  test('a pod that asks for too much says why it is pending, and starts when there is room', async () => {
    const world = await World.start({ nodes: 2, nodeShape: { cpu: '2', memory: '4Gi', pods: '110' } });
    const container = { resources: { requests: { cpu: '1500m' } } };
    world.create(DEPLOYMENTS, workload('big', { replicas: 3, container }));
    await world.pass(5 * SECOND);
    const pending = world.pods('big').find((pod) => pod.spec.nodeName === undefined);
    expect(pending?.status?.conditions?.[0]).toMatchObject({
      type: 'PodScheduled',
      reason: 'Unschedulable',
      message:
        '0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    });
    world.change(DEPLOYMENTS, 'big', (draft) => {
      draft['spec'].replicas = 2;
    });
    await world.pass(5 * SECOND);
    expect(world.get(DEPLOYMENTS, 'big').status).toMatchObject({ availableReplicas: 2 });
  });
});

describe('namespaces', () => {
  test('a new namespace gets its default account and root certificate; a deleted one is emptied', async () => {
    const world = await World.start();
    world.sandbox.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    await world.pass(SECOND);
    expect(names(world.sandbox.cluster.list(CONFIG_MAPS, 'team'))).toEqual(['kube-root-ca.crt']);
    world.create(DEPLOYMENTS, { ...workload('web'), metadata: { name: 'web', namespace: 'team' } });
    await world.pass(5 * SECOND);
    world.sandbox.cluster.remove(NAMESPACES, { name: 'team' });
    await world.pass(40 * SECOND);
    expect(world.sandbox.cluster.get(NAMESPACES, { name: 'team' })).toBeUndefined();
    expect(world.sandbox.cluster.list(PODS, 'team')).toEqual([]);
  });
});

test('the same seed and the same requests give the same history', async () => {
  const history = async (): Promise<string> => {
    const world = await World.start();
    world.create(
      DEPLOYMENTS,
      workload('web', { replicas: 3, script: '{when: {restarts: "<2"}, exit: {after: 3s, code: 1}}' }),
    );
    await world.pass(2 * MINUTE);
    return JSON.stringify([world.list(PODS), world.list(EVENTS)]);
  };
  expect(await history()).toBe(await history());
});

test('events expire an hour after they were last written', async () => {
  const world = await World.start({ heartbeats: 'off' });
  world.create(DEPLOYMENTS, workload('web'));
  await world.pass(59 * MINUTE);
  expect(world.events('web')).not.toEqual([]);
  await world.pass(2 * MINUTE);
  expect(world.events('web')).toEqual([]);
});
