import { describe, expect, test } from 'vitest';
import { refusedFields } from '../test-kit/refused-fields.ts';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import type { Draft } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';

const core = (resource: string): Gvr => ({ group: '', version: 'v1', resource });
const apps = (resource: string): Gvr => ({ group: 'apps', version: 'v1', resource });
const ingresses: Gvr = { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' };
const batch = (resource: string): Gvr => ({ group: 'batch', version: 'v1', resource });

const newServer = () => new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
const create = (gvr: Gvr, body: Draft, server = newServer()) =>
  refusedFields(() => server.cluster.create(gvr, { metadata: { name: 'x', namespace: 'default' }, ...body } as never));

const container = { name: 'c', image: 'i:1' };
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } };
const once = { spec: { containers: [container], restartPolicy: 'Never' } };
const workload = (spec: Draft): Draft => ({ spec: { selector: { matchLabels: { a: 'b' } }, template, ...spec } });
const IN = 'spec.containers[0]';

describe('A pod is refused for', () => {
  test.each<[string, Draft, readonly string[]]>([
    [
      'a resource that containers do not have',
      { resources: { requests: { foo: '1' } } },
      [
        `${IN}.resources.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified`,
        `${IN}.resources.requests[foo]: Invalid value: "foo": must be a standard resource for containers`,
      ],
    ],
    [
      'a device that is asked for without a limit',
      { resources: { requests: { 'x.io/gpu': '1' } } },
      [`${IN}.resources.limits: Required value: Limit must be set for non overcommitable resources`],
    ],
    [
      'a probe that calls nothing, and one that must succeed twice to count',
      { livenessProbe: { successThreshold: 2, exec: { command: ['a'] } }, readinessProbe: {} },
      [
        `${IN}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
        `${IN}.readinessProbe: Required value: must specify a handler type`,
      ],
    ],
    [
      'a variable that shows what no pod shows',
      { env: [{ name: 'e', valueFrom: { fieldRef: { fieldPath: 'spec.x' } } }] },
      [
        `${IN}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x`,
      ],
    ],
    [
      'a privilege that contradicts itself',
      { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
      [expect.stringContaining('cannot set `allowPrivilegeEscalation` to false and `privileged` to true') as string],
    ],
    [
      'the same port of the node twice',
      { ports: [1, 2].map((containerPort) => ({ containerPort, hostPort: 80 })) },
      [`${IN}.ports[1].hostPort: Duplicate value: "TCP//80"`],
    ],
  ])('%s', (_, more, causes) => {
    expect(create(core('pods'), { spec: { containers: [{ ...container, ...more }] } })).toEqual(causes);
  });

  test.each<[string, Draft, readonly string[]]>([
    [
      'a volume that names no ConfigMap',
      { volumes: [{ name: 'v', configMap: {} }] },
      ['spec.volumes[0].configMap.name: Required value'],
    ],
    [
      'a mount of a volume that is wrong itself',
      {
        volumes: [{ name: 'v', secret: {} }],
        containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      },
      ['spec.volumes[0].secret.secretName: Required value', `${IN}.volumeMounts[0].name: Not found: "v"`],
    ],
    [
      'a toleration that ends without an eviction',
      { tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 1 }] },
      ['spec.tolerations[0].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set'],
    ],
    [
      'a weight beyond a hundred',
      {
        affinity: {
          nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 101, preference: {} }] },
        },
      },
      [
        'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100',
      ],
    ],
    [
      'names that it asks to be resolved by nobody',
      { dnsPolicy: 'None' },
      ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    ],
  ])('%s', (_, spec, causes) => {
    expect(create(core('pods'), { spec: { containers: [container], ...spec } })).toEqual(causes);
  });
});

describe('What makes pods is refused for', () => {
  test.each<[string, Gvr, Draft, readonly string[]]>([
    [
      'a selector that is none',
      apps('deployments'),
      workload({ selector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } }),
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Is"}]}: invalid label selector',
      ],
    ],
    [
      'an unknown strategy',
      apps('deployments'),
      workload({ strategy: { type: 'Odd' } }),
      [
        'spec.strategy: Unsupported value: {"Type":"Odd","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
      ],
    ],
    [
      'an order of pods that there is not',
      apps('statefulsets'),
      workload({ podManagementPolicy: 'Odd' }),
      ["spec.podManagementPolicy: Invalid value: \"Odd\": must be 'OrderedReady' or 'Parallel'"],
    ],
    [
      'a surge beside pods that are missing',
      apps('daemonsets'),
      workload({ updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } }),
      ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
    ],
    [
      'pods that restart for ever',
      batch('jobs'),
      { spec: { template: { spec: { containers: [container] } } } },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'indexes without an end',
      batch('jobs'),
      { spec: { template: once, completionMode: 'Indexed', parallelism: 2 } },
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      'families that the cluster does not have',
      core('services'),
      { spec: { ports: [{ port: 80 }], ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] } },
      [
        'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
        'spec.ipFamilies[1]: Invalid value: "IPv6": not configured on this cluster',
      ],
    ],
    [
      'paths that servers resolve, to ports of two names',
      ingresses,
      {
        spec: {
          defaultBackend: { service: { name: 's', port: {} } },
          rules: [
            {
              host: '1.2.3.4',
              http: {
                paths: [
                  {
                    path: '/a/../b',
                    pathType: 'Prefix',
                    backend: { service: { name: 's', port: { name: 'x', number: 1 } } },
                  },
                  {
                    pathType: 'Exact',
                    backend: { resource: { kind: 'K', name: 'r' }, service: { name: 's', port: { number: 1 } } },
                  },
                ],
              },
            },
          ],
        },
      },
      [
        'spec.defaultBackend: Required value: port name or number is required',
        'spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
        `spec.rules[0].http.paths[0].path: Invalid value: "/a/../b": must not contain '/../'`,
        'spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both port name & port number',
        'spec.rules[0].http.paths[1].path: Invalid value: "": must be an absolute path',
        'spec.rules[0].http.paths[1].backend: Invalid value: "": cannot set both resource and service backends',
      ],
    ],
  ])('%s', (_, gvr, body, causes) => {
    expect(create(gvr, body)).toEqual(causes);
  });

  test('a StatefulSet may mount the claims that it makes', () => {
    const mounting = { ...container, volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const spec = { template: { ...template, spec: { containers: [mounting] } }, volumeClaimTemplates: [claim] };
    expect(create(apps('statefulsets'), workload(spec))).toEqual([]);
    const twice = { ...spec, volumeClaimTemplates: [claim, claim] };
    expect(create(apps('statefulsets'), workload(twice))).toEqual([]);
  });
});

describe('An update is refused for', () => {
  test.each<[string, Gvr, Draft, (spec: Draft) => void, readonly string[]]>([
    [
      'the service name of a StatefulSet',
      apps('statefulsets'),
      workload({ serviceName: 'a' }),
      (spec) => Object.assign(spec, { serviceName: 'b' }),
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ],
    [
      'the completions of a Job',
      batch('jobs'),
      { spec: { template: once } },
      (spec) => Object.assign(spec, { completions: 3 }),
      ['spec.completions: Invalid value: 3: field is immutable'],
    ],
    [
      'the scopes of a quota',
      core('resourcequotas'),
      { spec: { hard: { pods: '1' } } },
      (spec) => Object.assign(spec, { scopes: ['BestEffort'] }),
      ['spec.scopes: Invalid value: ["BestEffort"]: field is immutable'],
    ],
  ])('%s', (_, gvr, body, change, causes) => {
    const server = newServer();
    expect(create(gvr, body, server)).toEqual([]);
    const update = () =>
      server.cluster.modify(gvr, { namespace: 'default', name: 'x' }, (draft) => {
        change(draft['spec'] as Draft);
        return draft;
      });
    expect(refusedFields(update)).toEqual(causes);
  });
});

describe('Other kinds are refused for', () => {
  test.each<[string, Gvr, Draft, readonly string[]]>([
    [
      'counting what cannot be counted',
      core('resourcequotas'),
      { spec: { hard: { foo: '1', pods: '1500m' } } },
      [
        'spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
        'spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota',
        'spec.hard[pods]: Invalid value: "1500m": must be an integer',
      ],
    ],
    [
      'limits of an unknown type',
      core('limitranges'),
      { spec: { limits: [{ type: 'Odd' }] } },
      ['spec.limits[0].type: Invalid value: "Odd": must be a standard limit type or fully qualified'],
    ],
    [
      'addresses that traffic does not reach',
      core('endpoints'),
      { subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: 1 }] }] },
      [
        'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      'a node port of a Service without any',
      core('services'),
      { spec: { ports: [{ port: 1, nodePort: 30_000 }] } },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      'an event that nobody reports',
      { group: 'events.k8s.io', version: 'v1', resource: 'events' },
      {
        eventTime: '2026-01-01T00:00:00.000000Z',
        type: 'Normal',
        regarding: { namespace: 'default' },
        reportingController: 'c',
        action: 'A',
        reason: 'R',
      },
      ['reportingInstance: Required value'],
    ],
  ])('%s', (_, gvr, body, causes) => {
    expect(create(gvr, body)).toEqual(causes);
  });
});
