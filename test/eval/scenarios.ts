/**
 * The scenarios of `make eval`: each fault alone, each fault among what does not matter, faults of which the telling
 * part may not be read, and clusters in which nothing is wrong.
 */
import type { ObjectRef } from '../../src/core/analysis/evidence.ts';
import type { PodSpec } from '../../src/core/analysis/objects.ts';
import { Snapshot } from '../../src/core/analysis/snapshot.ts';
import { gather } from '../../src/cli/diagnose/gather.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { Discovery } from '../../src/kube/discovery.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { Expected } from '../../tools/eval/score.ts';
import { toTimestamp } from '../../src/std/clock.ts';
import { EVENTS, NODES, PODS } from '../kit/resources.ts';
import { TestCluster } from '../kit/test-cluster.ts';
import { app, type Fault, make, service } from './fault-makers.ts';
import { FAULTS } from './faults.ts';

export interface Scenario {
  readonly name: string;
  readonly fault: Fault;
  readonly beside?: readonly KubeObject[];
  /** Kinds that may not be read. */
  readonly hidden?: readonly ('Event' | 'Service')[];
}

/** What is in every cluster, and is no cause: another app that is well, and one that crashed once. */
const DISTRACTORS: readonly KubeObject[] = [
  app('zebra', {
    container: {
      env: [
        { name: 'LOG_LEVEL', value: 'info' },
        { name: 'SELF_ADDR', value: 'zebra:80' },
      ],
    },
  }),
  service('zebra'),
  app('once', { script: [{ when: { restarts: '<1' }, exit: { after: '2s', code: 1 } }] }),
  make('ConfigMap', 'unrelated', { data: { a: 'b' } }),
  make('Service', 'outside', { spec: { type: 'ExternalName', externalName: 'db.example.com' } }),
];

const NEED: Readonly<Record<string, 'Event' | 'Service'>> = {
  DependencyMissing: 'Service',
  DependencyAddressWrong: 'Service',
  IngressBackendWrong: 'Service',
  ReadinessPortWrong: 'Event',
  ReadinessProtocolWrong: 'Event',
  ReadinessFails: 'Event',
};

const QUIET: Omit<Fault, 'name' | 'objects'> = { family: 'healthy', causes: [], root: ['', ''], fits: [] };
const well = (name: string, objects: readonly KubeObject[], more: Partial<Fault> = {}): Scenario => ({
  name,
  fault: { name, objects, ...QUIET, ...more },
});

const HEALTHY: readonly Scenario[] = [
  well('an app and its Service', [app('web'), service('web')]),
  well('nothing at all', []),
  well('a caller and what it calls', [
    app('api'),
    service('api'),
    app('front', { container: { env: [{ name: 'API', value: 'http://api:80/v1' }] } }),
  ]),
  well('a call to the outside', [
    app('web', { container: { env: [{ name: 'DB_HOST', value: 'db.example.com:5432' }] } }),
    service('web'),
  ]),
  well('a crash that is long over', [
    app('web', { script: [{ when: { restarts: '<2' }, exit: { after: '2s', code: 1 } }] }),
    service('web'),
  ]),
  well('scaled to zero without a Service', [app('web', { deployment: { replicas: 0 } })]),
  well('a finished rollout', [app('web'), service('web')], {
    later: [app('web', { container: { image: 'registry.example/team/app:2' } })],
  }),
  well('a headless Service', [app('web'), service('web', { clusterIP: 'None' })]),
  well('a Service without a selector', [make('Service', 'db', { spec: { ports: [{ port: 5432 }] } })]),
  well('a policy that lets the callers in', [
    app('api'),
    service('api'),
    app('front', { container: { env: [{ name: 'API', value: 'api:80' }] } }),
    make('NetworkPolicy', 'p', {
      spec: {
        podSelector: { matchLabels: { app: 'api' } },
        policyTypes: ['Ingress'],
        ingress: [{ ports: [{ port: 8080 }] }],
      },
    }),
  ]),
];

/** Of these the telling part is an event, or the list of Services: without it no cause may be made up. */
const HIDDEN: readonly Scenario[] = FAULTS.filter(({ causes: [cause = ''] }) => NEED[cause] !== undefined).map(
  (one) => {
    const hidden = NEED[one.causes[0] ?? ''] ?? 'Event';
    const told = hidden === 'Service' ? {} : { causes: ['NoReadyEndpoints' as const], root: one.root };
    return { name: `${one.name}, not seen`, fault: { ...one, ...QUIET, ...told }, hidden: [hidden] };
  },
);

export const SCENARIOS: readonly Scenario[] = [
  ...FAULTS.map((one) => ({ name: one.name, fault: one })),
  ...FAULTS.map((one) => ({ name: `${one.name}, among others`, fault: one, beside: DISTRACTORS })),
  ...HIDDEN,
  ...HEALTHY,
];

/** Long enough for back-off, leaks and deadlines to show; short of the hour after which events are gone. */
const MINUTES = 25;

export async function play({ fault, beside = [], hidden = [] }: Scenario, namespace = 'default'): Promise<Snapshot> {
  const world = new TestCluster(2);
  try {
    const client = new KubeClient({ transport: world.sandbox.transport(), clock: world.clock, fieldManager: 'eval' });
    const types = new Discovery(client);
    const apply = async (object: KubeObject): Promise<void> => {
      const type = await types.resolve(object.apiVersion, object.kind);
      if (type === undefined) throw new Error(`no kind ${object.kind}`);
      await client.patch(type, object.metadata, { type: 'apply', body: object, force: 'TakeOwnership' });
    };
    await world.clock.advance(5_000);
    for (const object of beside) await apply(object);
    if (beside.length > 0) await world.clock.advance(60_000);
    const taint = fault.taintAll === true ? { taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] } : undefined;
    const spec = fault.cordonAll === true ? { unschedulable: true } : taint;
    if (spec !== undefined)
      for (const node of world.cluster.list(NODES))
        await apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: node.metadata.name }, spec });
    for (const object of fault.objects)
      await apply(fault.refusedBy === undefined && fault.mountOf === undefined ? object : unscheduled(object));
    await world.clock.advance(60_000);
    for (const object of fault.later ?? []) await apply(object);
    await world.clock.advance(MINUTES * 60_000);
    if (fault.refusedBy !== undefined) refuse(world, fault.refusedBy);
    if (fault.mountOf !== undefined) failMount(world, fault.mountOf);
    const snapshot = await gather({
      clock: client.clock,
      client,
      namespace,
      logs: 'read',
      say: () => undefined,
      signal: new AbortController().signal,
    });
    return hidden.length === 0 ? snapshot : without(snapshot, hidden);
  } finally {
    await world.end();
  }
}

/** Of another scheduler, which is this script. */
function unscheduled(object: KubeObject): KubeObject {
  const spec = object['spec'] as { readonly template?: { readonly spec?: object } } | undefined;
  if (spec?.template?.spec === undefined) return object;
  const { template } = spec;
  return {
    ...object,
    spec: { ...spec, template: { ...template, spec: { ...template.spec, schedulerName: 'script' } } },
  };
}

const isOurs = (pod: KubeObject): boolean =>
  (pod['spec'] as { readonly schedulerName?: string }).schedulerName === 'script';

interface Word {
  readonly reason: string;
  readonly message: string;
  readonly status: object;
}

function say({ cluster, clock }: TestCluster, pod: KubeObject, { reason, message, status }: Word): void {
  const { namespace = 'default', name } = pod.metadata;
  cluster.modify(PODS, { namespace, name }, (draft) => ({ ...draft, status }), 'status');
  cluster.create(EVENTS, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.said`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name },
    type: 'Warning',
    reason,
    message,
    lastTimestamp: toTimestamp(clock.now()),
  });
}

/** As the scheduler says it: https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/scheduler/schedule_one.go */
function refuse(world: TestCluster, message: string): void {
  const status = {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  };
  for (const pod of world.cluster.list(PODS))
    if (isOurs(pod)) say(world, pod, { reason: 'FailedScheduling', message, status });
}

/** As the kubelet says it: https://github.com/kubernetes/kubernetes/tree/v1.33.0/pkg/volume/configmap */
function failMount(world: TestCluster, kind: 'configmap' | 'secret'): void {
  for (const pod of world.cluster.list(PODS).filter(isOurs)) {
    const { containers = [], volumes = [] } = pod['spec'] as PodSpec;
    const volume = volumes.find((one) => (kind === 'secret' ? one.secret : one.configMap) !== undefined);
    const mounted = kind === 'secret' ? volume?.secret?.secretName : volume?.configMap?.name;
    const named = containers
      .flatMap(({ env = [] }) => env)
      .map(({ valueFrom }) => (kind === 'secret' ? valueFrom?.secretKeyRef : valueFrom?.configMapKeyRef)?.name)
      .find((name) => name !== undefined);
    const missing = `${kind} "${mounted ?? named}" not found`;
    const waiting =
      mounted === undefined
        ? { reason: 'CreateContainerConfigError', message: missing }
        : { reason: 'ContainerCreating' };
    say(world, pod, {
      reason: mounted === undefined ? 'Failed' : 'FailedMount',
      message:
        mounted === undefined
          ? `Error: ${missing}`
          : `MountVolume.SetUp failed for volume "${volume?.name}" : ${missing}`,
      status: {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'True' },
          { type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
        ],
        containerStatuses: containers.map(({ name }) => ({
          name,
          ready: false,
          restartCount: 0,
          image: '',
          imageID: '',
          state: { waiting },
        })),
      },
    });
  }
}

function without(snapshot: Snapshot, hidden: readonly ('Event' | 'Service')[]): Snapshot {
  return new Snapshot({
    at: snapshot.at,
    objects: snapshot.objects.filter(({ kind }) => !hidden.some((one) => one === kind)),
    events: hidden.includes('Event') ? [] : snapshot.events,
    gaps: [...snapshot.gaps, ...hidden.map((kind) => ({ kind, why: 'Forbidden' }))],
  });
}

export const expectedOf = ({ fault, hidden }: Scenario): Expected => ({
  family: hidden === undefined ? fault.family : 'not seen',
  causes: fault.causes,
  object: (root) => isRoot(root, fault.root),
  fits: fault.fits,
  harmful: fault.harmful ?? [],
});

const isRoot = (root: ObjectRef, [kind, name]: readonly [string, string]): boolean =>
  root.kind === kind && root.name === name;
