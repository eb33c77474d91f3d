import { expect, it } from 'vitest';
import { fieldPath } from './problem.ts';
import { unknownFields } from './unknown-fields.ts';

const policy = (more: object) => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name: 'a', annotations: { any: 'thing' } },
  ...more,
});

it.each<[string, object, readonly string[]]>([
  [
    'nothing of what there is',
    { spec: { mode: 'manual', selector: { labelSelector: { matchLabels: { any: 'x' } } } } },
    [],
  ],
  ['a field beside spec', { specs: {} }, ['specs']],
  [
    'a field of an action',
    { spec: { actions: [{ name: 'a' }, { name: 'b', maxAttempts: 2 }] } },
    ['spec.actions[1].maxAttempts'],
  ],
  [
    'two of a trigger',
    { spec: { triggers: [{ eventTrigger: { reasons: [], counts: 1 } }] } },
    ['spec.triggers[0].eventTrigger.reasons', 'spec.triggers[0].eventTrigger.counts'],
  ],
  ['none of what is no object', { spec: { actions: 'restart', triggers: [null, 7] } }, []],
])('finds %s', (_, more, paths) => {
  expect(unknownFields(policy(more)).map(({ path }) => fieldPath([...path]))).toEqual(paths);
});

it('names what there is in its place', () => {
  const [found] = unknownFields(policy({ spec: { actions: [{ name: 'a', kind: 'restart' }] } }));
  expect(found?.known).toContain('type');
});

it('knows the fields of actions and approvals, too', () => {
  for (const kind of ['HealingAction', 'HealingApproval'])
    expect(unknownFields({ ...policy({ spec: { nope: 1 } }), kind }).map(({ path }) => fieldPath([...path]))).toEqual([
      'spec.nope',
    ]);
});
