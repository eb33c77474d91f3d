import { expect, it } from 'vitest';
import { container, make } from '../../../test/kit/analysis/looks.ts';
import { MINUTE, T0 } from '../../../test/kit/core-data.ts';
import { toTimestamp } from '../../std/clock.ts';
import { changesBetween, lastChangeOf } from './changes.ts';

const set = (image: string, value: string, note: string) =>
  make('ReplicaSet', 'web-1', {
    spec: {
      template: {
        metadata: { annotations: { note } },
        spec: { containers: [container({ image, env: [{ name: 'DB_URL', value }] })] },
      },
    },
  });

it('what changed is told field by field, without the values of variables and annotations', () => {
  expect(changesBetween(set('web:1', 'hunter2', 'a'), set('web:2', 'hunter3', 'b')).map(({ text }) => text)).toEqual([
    'metadata.annotations.note: (a value) -> (a value)',
    'spec.containers[main].env[DB_URL].value: (a value) -> (a value)',
    'spec.containers[main].image: web:1 -> web:2',
  ]);
});

it('an object was changed last when it was made, or when a field of it was set', () => {
  const object = (metadata: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', ...metadata } });
  const at = (minutes: number): string => toTimestamp(T0 + minutes * MINUTE);
  const creationTimestamp = at(0);
  expect(lastChangeOf(object({}))).toBeUndefined();
  expect(lastChangeOf(object({ creationTimestamp }))).toEqual({ at: T0 });
  const managedFields = [{ time: at(9), manager: 'helm' }, { time: at(1), manager: 'kubectl' }, {}];
  expect(lastChangeOf(object({ creationTimestamp, managedFields }))).toEqual({ at: T0 + 9 * MINUTE, by: 'helm' });
  const made = [{ time: at(0), manager: 'helm' }];
  expect(lastChangeOf(object({ creationTimestamp, managedFields: made }))).toEqual({ at: T0, by: 'helm' });
});
