import { expect, it } from 'vitest';
import { container, make } from '../../../test/kit/analysis/looks.ts';
import { changesBetween } from './changes.ts';

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
