import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { VirtualClock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { isApiError } from '../machinery/errors.ts';
import { at } from '../machinery/json.ts';
import { ApiServer } from '../apiserver/server.ts';

const newServer = () => new ApiServer({ clock: new VirtualClock(), prng: new Prng(7) });
const core = (resource: string) => ({ group: '', version: 'v1', resource });
const HPA = { group: 'autoscaling', resource: 'horizontalpodautoscalers' };

const make = (kind: string, name: string, rest: Readonly<Record<string, unknown>>, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default' },
  ...rest,
});
const service = (name: string, spec: Readonly<Record<string, unknown>> = {}) =>
  make('Service', name, { spec: { ports: [{ port: 80 }], ...spec } });
const pod = (name: string, container: Readonly<Record<string, unknown>> = {}) =>
  make('Pod', name, { spec: { containers: [{ name: 'main', image: 'app:1', ...container }] } });

/** The refusal's message; undefined when it went through. */
function refusal(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!isApiError(error)) throw error;
    return error.status.message;
  }
}

describe('Services', () => {
  test('each of a thousand gets an address and a node port of its own', () => {
    const server = newServer();
    const made = Array.from({ length: 1_000 }, (_, index) =>
      server.cluster.create(core('services'), service(`s${index}`, { type: 'NodePort' })),
    );
    expect(new Set(made.map((each) => at(each, 'spec', 'clusterIP'))).size).toBe(1_000);
    const ports = made.map((each) => (at(each, 'spec', 'ports') as readonly { nodePort: number }[])[0]?.nodePort ?? 0);
    expect(new Set(ports).size).toBe(1_000);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...ports)).toBeLessThanOrEqual(32_767);
  });

  test('an address that another Service has is refused', () => {
    const server = newServer();
    const taken = server.cluster.create(core('services'), service('a', { clusterIP: '10.96.7.7' }));
    expect(at(taken, 'spec', 'clusterIPs')).toEqual(['10.96.7.7']);
    expect(refusal(() => server.cluster.create(core('services'), service('b', { clusterIP: '10.96.7.7' })))).toBe(
      'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.7.7"]: failed to allocate IP 10.96.7.7: provided IP is already allocated',
    );
  });

  test('becoming an ExternalName gives the address back, becoming a ClusterIP the node port', () => {
    const server = newServer();
    server.cluster.create(core('services'), service('a', { type: 'NodePort' }));
    const plain = server.cluster.modify(core('services'), { namespace: 'default', name: 'a' }, (draft) => {
      draft['spec'].type = 'ClusterIP';
      return draft;
    });
    expect(at(plain, 'spec', 'ports')).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80 }]);
    const external = server.cluster.modify(core('services'), { namespace: 'default', name: 'a' }, (draft) => {
      Object.assign(draft['spec'], { type: 'ExternalName', externalName: 'x.example' });
      return draft;
    });
    expect(at(external, 'spec', 'clusterIP')).toBeUndefined();
  });
});

describe('Events of two groups', () => {
  test('are one object under two sets of names', () => {
    const server = newServer();
    const events = { group: 'events.k8s.io', version: 'v1', resource: 'events' };
    const said = {
      eventTime: '2026-01-01T00:00:00.000000Z',
      action: 'Test',
      reportingController: 'c',
      reportingInstance: 'i',
    };
    const regarding = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'p' };
    server.cluster.create(
      events,
      make('Event', 'e', { ...said, regarding, note: 'hello', reason: 'Testing', type: 'Normal' }, 'events.k8s.io/v1'),
    );
    expect(server.cluster.get(core('events'), { namespace: 'default', name: 'e' })).toMatchObject({
      apiVersion: 'v1',
      involvedObject: regarding,
      message: 'hello',
      reportingComponent: 'c',
      firstTimestamp: null,
    });
    expect(server.cluster.get(events, { namespace: 'default', name: 'e' })).toMatchObject({
      regarding,
      note: 'hello',
      reportingController: 'c',
    });
  });
});

describe('HorizontalPodAutoscalers', () => {
  test('written through v1 keep the metrics that only v2 can say', () => {
    const server = newServer();
    const memory = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
    };
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };
    const spec = { scaleTargetRef, maxReplicas: 3, metrics: [memory] };
    server.cluster.create({ ...HPA, version: 'v2' }, make('HorizontalPodAutoscaler', 'h', { spec }, 'autoscaling/v2'));
    server.cluster.modify({ ...HPA, version: 'v1' }, { namespace: 'default', name: 'h' }, (draft) => {
      draft['spec'].targetCPUUtilizationPercentage = 70;
      return draft;
    });
    const cpu = {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
    };
    const after = server.cluster.get({ ...HPA, version: 'v2' }, { namespace: 'default', name: 'h' });
    expect(after?.['spec']).toMatchObject({ metrics: [memory, cpu] });
    expect(after?.metadata.annotations).toBeUndefined();
  });
});

describe('Limits of a namespace', () => {
  const pods = core('pods');

  test('a LimitRange fills in, and refuses above its maximum', () => {
    const server = newServer();
    const limits = [{ type: 'Container', default: { cpu: '500m' }, max: { cpu: '1' } }];
    const limit = server.cluster.create(core('limitranges'), make('LimitRange', '', { spec: { limits } }));
    expect(limit.metadata.name).toMatch(/^[0-9a-f]{8}-/);
    const made = server.cluster.create(pods, pod('a'));
    expect(at(made, 'spec', 'containers')).toMatchObject([
      { resources: { limits: { cpu: '500m' }, requests: { cpu: '500m' } } },
    ]);
    expect(refusal(() => server.cluster.create(pods, pod('b', { resources: { limits: { cpu: '2' } } })))).toBe(
      'pods "b" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    );
  });

  test('a ResourceQuota limits what its status says, and charges what it lets in', () => {
    const server = newServer();
    server.cluster.create(
      core('resourcequotas'),
      make('ResourceQuota', 'q', { spec: { hard: { pods: '1', 'requests.cpu': '1' } } }),
    );
    const asking = { resources: { requests: { cpu: '600m' } } };
    expect(refusal(() => server.cluster.create(pods, pod('early', asking)))).toBeUndefined();
    server.cluster.modify(
      core('resourcequotas'),
      { namespace: 'default', name: 'q' },
      (draft) => ({
        ...draft,
        status: { hard: { pods: '1', 'requests.cpu': '1' }, used: { pods: '0', 'requests.cpu': '0' } },
      }),
      'status',
    );
    expect(refusal(() => server.cluster.create(pods, pod('a')))).toBe(
      'pods "a" is forbidden: failed quota: q: must specify requests.cpu for: main',
    );
    expect(refusal(() => server.cluster.create(pods, pod('a', asking)))).toBeUndefined();
    expect(refusal(() => server.cluster.create(pods, pod('b', asking)))).toBe(
      'pods "b" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=600m, used: pods=1,requests.cpu=600m, limited: pods=1,requests.cpu=1',
    );
  });
});

describe('Refusals of kinds', () => {
  const cases: readonly (readonly [title: string, resource: string, object: KubeObject, message: string])[] = [
    [
      'a Pod with two containers of one name',
      'pods',
      make('Pod', 'p', { spec: { containers: [1, 2].map(() => ({ name: 'a', image: 'i' })) } }),
      'Pod "p" is invalid: spec.containers[1].name: Duplicate value: "a"',
    ],
    [
      'a Secret for TLS without a key',
      'secrets',
      make('Secret', 's', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }),
      'Secret "s" is invalid: data[tls.key]: Required value',
    ],
    [
      'an Event beside the wrong namespace',
      'events',
      make('Event', 'e', { involvedObject: { kind: 'Pod', name: 'p', namespace: 'other' } }),
      'Event "e" is invalid: involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ],
    [
      'a claim that asks for nothing',
      'persistentvolumeclaims',
      make('PersistentVolumeClaim', 'c', { spec: { accessModes: ['ReadWriteOnce'] } }),
      'PersistentVolumeClaim "c" is invalid: spec.resources[storage]: Required value',
    ],
  ];
  test.each(cases)('%s', (_title, resource, object, message) => {
    expect(refusal(() => newServer().cluster.create(core(resource), object))).toBe(message);
  });
});

test('A pod failure policy asks for conditions that are true unless it says otherwise', () => {
  const jobs = { group: 'batch', version: 'v1', resource: 'jobs' };
  const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }, { type: 'A', status: 'False' }] }];
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
  const job = newServer().cluster.create(jobs, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'default' },
    spec: { podFailurePolicy: { rules }, template },
  });
  expect(job['spec']).toMatchObject({
    podReplacementPolicy: 'Failed',
    podFailurePolicy: {
      rules: [
        {
          onPodConditions: [
            { type: 'DisruptionTarget', status: 'True' },
            { type: 'A', status: 'False' },
          ],
        },
      ],
    },
  });
});
