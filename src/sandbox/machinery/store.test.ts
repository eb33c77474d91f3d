import { expect, test } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { VirtualClock } from '../../std/clock.ts';
import { Store } from './store.ts';

const pod = (
  status: unknown,
  labels: Readonly<Record<string, string>> = { app: 'web', tier: 'front' },
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', labels: { ...labels } },
  spec: { containers: [{ name: 'main', image: 'web:1' }], tolerations: [{ key: 'a' }, { key: 'b' }] },
  status,
});

function states(first: KubeObject, second: KubeObject): readonly [Record<string, unknown>, Record<string, unknown>] {
  const pods = new Store(new VirtualClock()).collection('pods');
  return [pods.put('shop/web', first), pods.put('shop/web', second)].map((state) => ({ ...state })) as never;
}

test('states of an object share what did not change, and say what they said', () => {
  const next = pod({ phase: 'Running', conditions: [{ type: 'A' }, { type: 'B', status: 'True' }] });
  const [before, after] = states(pod({ phase: 'Pending', conditions: [{ type: 'A' }, { type: 'B' }] }), next);
  expect(JSON.parse(JSON.stringify(after))).toEqual({
    ...pod({ phase: 'Running', conditions: [{ type: 'A' }, { type: 'B', status: 'True' }] }),
    metadata: { ...pod({}).metadata, resourceVersion: '102' },
  });
  expect(after['spec']).toBe(before['spec']);
  expect((after as KubeObject).metadata.labels).toBe((before as KubeObject).metadata.labels);
  const conditionsOf = ({ status }: Record<string, unknown>) =>
    (status as { readonly conditions: readonly unknown[] }).conditions;
  expect(conditionsOf(after)[0]).toBe(conditionsOf(before)[0]);
  expect(conditionsOf(before)[1]).toEqual({ type: 'B' });
});

test('the order of fields is that of the last write, and what was left out is gone', () => {
  const [before, ordered] = states(pod({}), pod({}, { tier: 'front', app: 'web' }));
  expect(Object.keys((ordered as KubeObject).metadata.labels ?? {})).toEqual(['tier', 'app']);
  expect(Object.keys((before as KubeObject).metadata.labels ?? {})).toEqual(['app', 'tier']);
  const [, fewer] = states(pod({}), pod({}, { app: 'web' }));
  expect((fewer as KubeObject).metadata.labels).toEqual({ app: 'web' });
  const [, shorter] = states(pod({ ips: ['1', '2'] }), pod({ ips: ['1'] }));
  expect(shorter['status']).toEqual({ ips: ['1'] });
  const [, emptied] = states(pod({ value: ['1'] }), pod({ value: {} }));
  expect(emptied['status']).toEqual({ value: {} });
});

test('what is stored cannot be changed', () => {
  const [, after] = states(pod({ phase: 'Pending' }), pod({ phase: 'Running', ips: [{ ip: '1' }] }));
  const { status, metadata } = after as never as { status: { ips: { ip: string }[] }; metadata: { name: string } };
  expect(() => (metadata.name = 'other')).toThrow(TypeError);
  expect(() => status.ips.pop()).toThrow(TypeError);
  expect(() => ((status.ips[0] as { ip: string }).ip = '2')).toThrow(TypeError);
});
