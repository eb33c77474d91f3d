import { expect, test } from 'vitest';
import type { KubeObject } from '../../../api/kube.ts';
import type { Draft } from '../json.ts';
import type { StrategyContext } from '../registry.ts';
import { POD } from './pod.ts';

const pod = (spec: Draft): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'i:1' }], restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...spec },
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
  expect(errorsOf(spec, old)).toEqual([['spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds']]);
});

test('a positive grace period stays', () => {
  expect(errorsOf({ terminationGracePeriodSeconds: -1 }, { terminationGracePeriodSeconds: 1 })[0]?.[0]).toBe('spec');
});
