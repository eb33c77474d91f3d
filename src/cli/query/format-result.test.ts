import { expect, it } from 'vitest';
import { renderJson, renderTable } from './format-result.ts';

it('a vector is a table, ordered by labels', () => {
  const samples = [
    { labels: { __name__: 'x', pod: 'b' }, value: 2.5 },
    { labels: { __name__: 'x', pod: 'a', namespace: 'shop' }, value: Number.POSITIVE_INFINITY },
  ];
  expect(renderTable({ type: 'vector', samples, warnings: ['partial'] }, undefined).split('\n')).toEqual([
    '! partial',
    'METRIC  NAMESPACE  POD  VALUE',
    'x                  b    2.5',
    'x       shop       a    +Inf',
    '',
  ]);
});

it.each([
  [{ type: 'scalar', value: 1, warnings: [] }, '1'],
  [{ type: 'vector', samples: [], warnings: [] }, 'no series'],
  [
    { type: 'unknown', reason: 'NotCovered', message: '30 s are missing', warnings: [] },
    'Unknown (NotCovered): 30 s are missing',
  ],
] as const)('%j is %s', (result, text) => {
  expect(renderTable(result, undefined)).toBe(`${text}\n`);
});

it('JSON spells what it cannot hold', () => {
  expect(JSON.parse(renderJson({ type: 'scalar', value: Number.NaN, warnings: [] }))).toMatchObject({ value: 'NaN' });
});
