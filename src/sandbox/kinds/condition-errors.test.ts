import { expect, test } from 'vitest';
import { conditionErrors } from './condition-errors.ts';

const since = '2026-01-01T00:00:00Z';
const good = { type: 'Ready', status: 'True', reason: 'Why', lastTransitionTime: since };

test.each<[object, readonly string[]]>([
  [{}, []],
  [{ status: '' }, ['s[0].status: supported values: "False", "True", "Unknown"']],
  [{ observedGeneration: -1 }, ['s[0].observedGeneration: must be greater than or equal to zero']],
  [{ lastTransitionTime: null, reason: '' }, ['s[0].lastTransitionTime: ', 's[0].reason: ']],
  [
    { reason: 'a'.repeat(1025), message: 'm'.repeat(32_769) },
    ['s[0].reason: may not be more than 1024 bytes', 's[0].message: may not be more than 32768 bytes'],
  ],
  [{ reason: '1' }, [expect.stringContaining('s[0].reason: a condition reason must start with') as string]],
])('of a condition with %j', (change, expected) => {
  const found = conditionErrors([{ ...good, ...change }], 's');
  expect(found.map(({ field, detail }) => `${field}: ${detail}`)).toEqual(expected);
});

test('a type stands once', () => {
  expect(conditionErrors([good, good], 's').map(({ type, field }) => [type, field])).toEqual([
    ['FieldValueDuplicate', 's[1].type'],
  ]);
});
