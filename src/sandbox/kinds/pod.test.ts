import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Draft } from '../machinery/json.ts';
import type { StrategyContext } from '../machinery/registry.ts';
import { POD } from './pod.ts';

const pod = (spec: Draft): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: {
    containers: [{ name: 'c', image: 'i:1' }],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    ...spec,
  },
});
const context = { subresource: '' } as StrategyContext;
const errorsOf = (spec: Draft, old: Draft = {}): readonly (readonly [field: string, detail: string])[] =>
  (POD.validateUpdate?.(pod(spec) as unknown as Draft, pod(old), context) ?? []).map(({ field, detail }) => [
    field,
    detail.replace(/^pod updates may not change [^\n]*\n/, ''),
  ]);
const borne = (key: string, tolerationSeconds?: number): Draft => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
});

test.each<[string, Draft, Draft]>([
  ['an image', { containers: [{ name: 'c', image: 'i:2' }] }, {}],
  ['a deadline that was not there', { activeDeadlineSeconds: 5 }, {}],
  ['one more toleration', { tolerations: [borne('b'), borne('a')] }, { tolerations: [borne('a')] }],
  ['how long a taint is borne', { tolerations: [borne('a', 5)] }, { tolerations: [borne('a')] }],
  ['a gate that opens', {}, { schedulingGates: [{ name: 'g' }] }],
  ['a negative grace period to 1', { terminationGracePeriodSeconds: 1 }, { terminationGracePeriodSeconds: -1 }],
])('an update may change %s', (_, spec, old) => {
  expect(errorsOf(spec, old)).toEqual([]);
});

test('a refused change is shown amid its neighbours', () => {
  const [context_, ...lines] = (errorsOf({ nodeName: 'n' })[0]?.[1] ?? '').split('\n');
  expect(context_).toMatch(/^@@ -\d+,7 \+\d+,7 @@$/);
  expect(lines).toEqual([
    '  "NodeSelector": null,',
    '  "ServiceAccountName": "",',
    '  "AutomountServiceAccountToken": null,',
    '- "NodeName": "",',
    '+ "NodeName": "n",',
    '  "SecurityContext": {',
    '   "HostNetwork": false,',
    '   "HostPID": false,',
    '',
  ]);
});

test('what may be changed is not shown beside what may not', () => {
  const [[field, detail] = []] = errorsOf({ containers: [{ name: 'c', image: 'i:2' }], hostname: 'h' });
  expect(field).toBe('spec');
  expect(detail).toContain('+ "Hostname": "h",');
  expect(detail).not.toContain('i:2');
});

test.each<[string, Draft, Draft]>([
  ['gone', { tolerations: [] }, { tolerations: [borne('a')] }],
  ['for another effect', { tolerations: [{ ...borne('a'), effect: 'NoSchedule' }] }, { tolerations: [borne('a')] }],
])('a toleration may not be %s', (_, spec, old) => {
  expect(errorsOf(spec, old)).toEqual([
    ['spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'],
  ]);
});

test('a positive grace period stays', () => {
  expect(errorsOf({ terminationGracePeriodSeconds: -1 }, { terminationGracePeriodSeconds: 1 })[0]?.[0]).toBe('spec');
});

const ended = (exitCode: number): Draft => ({
  containerStatuses: [{ name: 'c', state: { terminated: { exitCode } } }],
});
const running: Draft = { containerStatuses: [{ name: 'c', state: { running: {} } }] };
const statusErrors = (spec: Draft, old: Draft): readonly string[] =>
  (POD.validateStatusUpdate?.({ ...pod(spec), status: running }, { ...pod(spec), status: old }, context) ?? []).map(
    ({ field }) => field,
  );
const lasting = { containers: [{ name: 'c', image: 'i', restartPolicy: 'Always' }], restartPolicy: 'Never' };

test.each<[string, Draft, Draft, string[]]>([
  ['that failed runs again if failures do', { restartPolicy: 'OnFailure' }, ended(1), []],
  ['that always restarts runs again', {}, ended(0), []],
  ['with a policy of its own runs again', lasting, ended(0), []],
  ['that is done does not run again', { restartPolicy: 'OnFailure' }, ended(0), ['status.containerStatuses[0].state']],
  [
    'of a pod that never restarts does not run again',
    { restartPolicy: 'Never' },
    ended(1),
    ['status.containerStatuses[0].state'],
  ],
])('a container %s', (_, spec, old, expected) => {
  expect(statusErrors(spec, old)).toEqual(expected);
});

test.each<[string, Draft, Draft]>([
  ['the list from the address', { podIP: '10.0.0.1' }, { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }],
  ['the address from the list', { podIPs: [{ ip: '10.0.0.1' }] }, { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }],
  ['nothing from nothing', {}, {}],
])('a status gets %s', (_, status, expected) => {
  const draft: Draft = { ...pod({}), status: { ...status } };
  POD.prepareForStatusUpdate?.(draft, pod({}), context);
  expect(draft['status']).toEqual(expected);
});

const sized = (resources: Draft): Draft => ({ containers: [{ name: 'c', image: 'i:1', resources }] });

test.each<[string, Draft, Draft, string, string[]]>([
  ['more of what it has', { requests: { cpu: '2' } }, { requests: { cpu: '1' } }, 'Burstable', []],
  [
    'less than it says',
    {},
    { limits: { cpu: '1' }, requests: { cpu: '1' } },
    'BestEffort',
    ['spec.containers[0].resources.requests', 'spec.containers[0].resources.limits'],
  ],
  ['another class of service', { requests: { cpu: '1' } }, {}, 'BestEffort', ['spec']],
])('a resize to %s', (_, resources, before, qosClass, expected) => {
  const old = { ...pod(sized(before)), status: { qosClass } };
  const errors = POD.validateUpdate?.({ ...pod(sized(resources)) }, old, { ...context, subresource: 'resize' }) ?? [];
  expect(errors.map(({ field }) => field)).toEqual(expected);
});

describe('an update of a pod', () => {
  const base: Draft = {
    containers: [{ name: 'c', image: 'i:1' }],
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulingGates: [{ name: 'wait' }],
    nodeSelector: { disk: 'ssd' },
  };
  const refusals = (change: Draft, before: Draft = {}) =>
    (POD.validateUpdate?.({ ...pod({ ...base, ...change }) }, pod({ ...base, ...before }), context) ?? []).map(
      ({ field, detail }) => `${field}: ${detail.split('\n')[0]}`,
    );

  test.each<[string, Draft, Draft, string[]]>([
    ['may give it a deadline', { activeDeadlineSeconds: 5 }, {}, []],
    [
      'may not move the deadline away',
      { activeDeadlineSeconds: 9 },
      { activeDeadlineSeconds: 5 },
      ['spec.activeDeadlineSeconds: must be less than or equal to previous value'],
    ],
    ['may ask for more of the node of one that waits', { nodeSelector: { disk: 'ssd', zone: 'a' } }, {}, []],
    [
      'may not ask for something else',
      { nodeSelector: { disk: 'hdd' } },
      {},
      ['spec.nodeSelector: only additions to spec.nodeSelector are allowed (no mutations or deletions)'],
    ],
    [
      'names the image that is not one beside the rest',
      { containers: [{ name: 'c', image: ' i:2' }], schedulingGates: [{ name: 'later' }] },
      {},
      [
        'spec.containers[0].image: must not have leading or trailing whitespace',
        "spec.schedulingGates[0].name: only deletion is allowed, but found new scheduling gate 'later'",
      ],
    ],
    [
      'looks no further once containers come or go',
      { containers: [], activeDeadlineSeconds: -1 },
      {},
      ['spec.containers: pod updates may not add or remove containers'],
    ],
  ])('%s', (_, change, before, expected) => {
    expect(refusals(change, before)).toEqual(expected);
  });
});

test('a status says all that is wrong with it, in the order in which it is looked at', () => {
  const status = {
    qosClass: 'Burstable',
    observedGeneration: -1,
    nominatedNodeName: 'B_ad',
    conditions: [{ type: 'not a name', status: 'True' }],
    hostIP: '10.0.0.1',
    hostIPs: [{ ip: '10.0.0.2' }],
    podIPs: [{ ip: '10.0.0.3' }, { ip: '10.0.0.4' }],
  };
  const old = { ...pod({ nodeName: 'n' }), status: { qosClass: 'BestEffort' } };
  const errors = POD.validateStatusUpdate?.({ ...pod({ nodeName: 'n' }), status }, old, context) ?? [];
  expect(errors.map(({ field }) => field)).toEqual([
    'status.conditions[0].Type',
    'status.nominatedNodeName',
    'status.nominatedNodeName',
    'status.observedGeneration',
    'status.qosClass',
    'status.podIPs',
    'status.hostIPs[0].ip',
  ]);
  expect(errors.find(({ field }) => field === 'status.podIPs')?.badValue).toEqual([
    { IP: '10.0.0.3' },
    { IP: '10.0.0.4' },
  ]);
});

test('a resize of containers in another order is refused, container by container', () => {
  const two = (names: readonly string[]): Draft => ({ containers: names.map((name) => ({ name, image: 'i:1' })) });
  const old = { ...pod(two(['a', 'b'])), status: { qosClass: 'BestEffort' } };
  const draft: Draft = { ...pod(two(['b', 'a'])) };
  POD.prepareForUpdate?.(draft, old, { ...context, subresource: 'resize' });
  const errors = POD.validateUpdate?.(draft, old, { ...context, subresource: 'resize' }) ?? [];
  expect(errors.map(({ field }) => field)).toEqual(['spec.containers[0].name', 'spec.containers[1].name']);
});
