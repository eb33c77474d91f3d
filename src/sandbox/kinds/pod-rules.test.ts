/** What few pods say: expectations are taken from the sources that the README names for pods. */
import { describe, expect, test } from 'vitest';
import { refusedFields } from '../test-kit/refused-fields.ts';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import { at, type Draft } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';

const PODS: Gvr = { group: '', version: 'v1', resource: 'pods' };
const DEPLOYMENTS: Gvr = { group: 'apps', version: 'v1', resource: 'deployments' };
const container = { name: 'c', image: 'i:1' };
const IN = 'spec.containers[0]';

const made = (gvr: Gvr, body: Draft): unknown =>
  new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) }).cluster.create(gvr, {
    ...body,
    metadata: { name: 'x', namespace: 'default', ...(body['metadata'] as Draft | undefined) },
  } as never);
const pod = (spec: Draft, metadata: Draft = {}): unknown =>
  made(PODS, { metadata, spec: { containers: [container], ...spec } });
const template = (spec: Draft): unknown =>
  made(DEPLOYMENTS, {
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container], ...spec } },
    },
  });
const first = (object: unknown, ...path: readonly string[]): unknown => {
  const [holder, list, ...rest] = path;
  const items = at(object, ...(holder ?? '').split('.'), list ?? '') as readonly unknown[];
  return at(items[0], ...rest);
};

describe('A pod gets', () => {
  test('its limits as requests and ports of its node, and a template neither', () => {
    const spec = {
      hostNetwork: true,
      containers: [{ ...container, ports: [{ containerPort: 80 }], resources: { limits: { cpu: '1' } } }],
    };
    expect(first(pod(spec), 'spec', 'containers', 'resources')).toEqual({
      limits: { cpu: '1' },
      requests: { cpu: '1' },
    });
    expect(first(pod(spec), 'spec', 'containers', 'ports')).toEqual([
      { containerPort: 80, hostPort: 80, protocol: 'TCP' },
    ]);
    const kept = template(spec);
    expect(first(kept, 'spec.template.spec', 'containers', 'resources')).toEqual({ limits: { cpu: '1' } });
    expect(first(kept, 'spec.template.spec', 'containers', 'ports')).toEqual([{ containerPort: 80, protocol: 'TCP' }]);
  });

  test('requests as a whole from what its containers request, and from its limits', () => {
    const made = pod({
      resources: { limits: { cpu: '2', memory: '1Gi' } },
      containers: [{ ...container, resources: { requests: { cpu: '300m' } } }],
    });
    expect(at(made, 'spec', 'resources', 'requests')).toEqual({ cpu: '300m', memory: '1Gi' });
    expect(at(made, 'status', 'qosClass')).toBe('Burstable');
  });

  test('the values of its own labels into the selectors that name their keys', () => {
    const term = { topologyKey: 'k', labelSelector: {}, matchLabelKeys: ['v', 'absent'], mismatchLabelKeys: ['t'] };
    const made = pod(
      { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
      { labels: { v: '1', t: '2' } },
    );
    const path = 'spec.affinity.podAntiAffinity';
    expect(first(made, path, 'requiredDuringSchedulingIgnoredDuringExecution', 'labelSelector')).toEqual({
      matchExpressions: [
        { key: 'v', operator: 'In', values: ['1'] },
        { key: 't', operator: 'NotIn', values: ['2'] },
      ],
    });
  });

  test('the profile that an old annotation names', () => {
    const annotations = { 'container.apparmor.security.beta.kubernetes.io/c': 'localhost/p' };
    expect(first(pod({}, { annotations }), 'spec', 'containers', 'securityContext', 'appArmorProfile')).toEqual({
      type: 'Localhost',
      localhostProfile: 'p',
    });
  });

  test('nothing of fields whose gates are off', () => {
    const made = pod({
      schedulingGroup: { podGroupName: 'g' },
      containers: [{ ...container, lifecycle: { stopSignal: 'SIGUSR1' } }],
    });
    expect(at(made, 'spec', 'schedulingGroup')).toBeUndefined();
    expect(first(made, 'spec', 'containers', 'lifecycle')).toEqual({});
  });

  test.each([
    ['i', 'Always'],
    ['i:latest', 'Always'],
    ['i:1', 'IfNotPresent'],
    ['localhost:5000/i', 'Always'],
    [`i@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
    [`i:latest@sha256:${'a'.repeat(64)}`, 'Always'],
    ['Upper', 'IfNotPresent'],
  ])('its image %s pulled as the tag says: %s', (image, policy) => {
    expect(first(pod({ containers: [{ name: 'c', image }] }), 'spec', 'containers', 'imagePullPolicy')).toBe(policy);
    const volume = pod({ volumes: [{ name: 'v', image: { reference: image } }] });
    expect(first(volume, 'spec', 'volumes', 'image', 'pullPolicy')).toBe(policy);
  });
});

describe('A pod is refused for', () => {
  test.each<[string, Draft, readonly string[]]>([
    [
      'rules of restarts without a policy, and rules that say too little',
      { restartPolicyRules: [{ action: 'Foo', exitCodes: { operator: 'Is' } }, { action: 'Restart' }] },
      [
        `${IN}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`,
        `${IN}.restartPolicyRules[0].action: Unsupported value: "Foo": supported values: "Restart", "RestartAllContainers"`,
        `${IN}.restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"`,
        `${IN}.restartPolicyRules[1].exitCodes: Required value: must be specified`,
      ],
    ],
    [
      'claims of devices that the pod does not have',
      { resources: { claims: [{ name: 'x' }, { name: 'x' }, {}] } },
      [
        `${IN}.resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty`,
        `${IN}.resources.claims[1]: Duplicate value: "x"`,
        `${IN}.resources.claims[1]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty`,
        `${IN}.resources.claims[2]: Required value`,
      ],
    ],
    [
      'a variable from a file on no volume of its own',
      { env: [{ name: 'e', valueFrom: { fileKeyRef: { volumeName: 'v', path: '../a', key: 'a=b' } } }] },
      [
        `${IN}.env[0].valueFrom.fileKeyRef.key: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
        `${IN}.env[0].valueFrom.fileKeyRef.path: Invalid value: "../a": must not contain '..'`,
        `${IN}.env[0].valueFrom.fileKeyRef.volumeName: Not found: "v"`,
      ],
    ],
  ])('%s', (_, more, causes) => {
    expect(refusedFields(() => pod({ containers: [{ ...container, ...more }] }))).toEqual(causes);
  });

  test.each<[string, Draft, readonly string[]]>([
    [
      'less as a whole than its containers',
      {
        resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
        containers: [{ ...container, resources: { limits: { cpu: '2' }, requests: { cpu: '1500m' } } }],
      },
      [
        'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1500m',
        'spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
      ],
    ],
    [
      'what a pod of Windows does not have',
      { os: { name: 'windows' }, hostPID: true, securityContext: { runAsUser: 1, fsGroup: 2 } },
      [
        'spec.hostPID: Forbidden: cannot be set for a windows pod',
        'spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod',
        'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
      ],
    ],
    [
      'a process of the host without its network',
      { securityContext: { windowsOptions: { hostProcess: true, runAsUserName: '' } } },
      [
        'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "": runAsUserName cannot be an empty string',
        'spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
      ],
    ],
    [
      'settings of a network that it shares with its node',
      { hostNetwork: true, securityContext: { sysctls: [{ name: 'net.ipv4.ip_forward', value: '1' }] } },
      [
        'spec.securityContext.sysctls[0].name: Invalid value: "net.ipv4.ip_forward": may not be specified when \'hostNetwork\' is true',
      ],
    ],
    [
      'a host name of its own on the network of its node',
      { hostnameOverride: 'a', setHostnameAsFQDN: true, hostNetwork: true },
      [
        'spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
        'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
      ],
    ],
    [
      'a claim that is made for another of its volumes',
      {
        volumes: [
          {
            name: 'v',
            ephemeral: {
              volumeClaimTemplate: {
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
              },
            },
          },
          { name: 'w', persistentVolumeClaim: { claimName: 'x-v' } },
        ],
      },
      [
        'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "x-v": must not reference a PVC that gets created for an ephemeral volume',
      ],
    ],
    [
      'two claims under one name, and one of nothing',
      { resourceClaims: [{ name: 'a' }, { name: 'a', resourceClaimName: 'x' }] },
      [
        'spec.resourceClaims[0]: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
        'spec.resourceClaims[1].name: Duplicate value: "a"',
      ],
    ],
    [
      'operators that compare, which are known and not allowed',
      { tolerations: [{ key: 'a', operator: 'Gt', value: '1' }] },
      ['spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"'],
    ],
  ])('%s', (_, spec, causes) => {
    expect(refusedFields(() => pod(spec))).toEqual(causes);
  });

  test('an annotation that contradicts the field in its place', () => {
    const annotations = { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' };
    const securityContext = { seccompProfile: { type: 'RuntimeDefault' } };
    expect(refusedFields(() => pod({ securityContext }, { annotations }))).toEqual([
      'spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match',
    ]);
  });
});
