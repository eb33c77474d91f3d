import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { groups, rows, titleOf } from './rows.ts';
import { type Cell, tableOf, WAYS } from './table.ts';

const cell = (row: string, place: number, way: Cell['way'], { text = 'ok', crashes = 0 } = {}): Cell => ({
  row,
  place,
  way,
  text,
  crashes,
});

describe('the matrix', () => {
  it('has a file for each group of rows, and none beside them', () => {
    const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
    expect(files.toSorted()).toEqual([...Object.keys(groups), 'table'].map((name) => `${name}.test.ts`).toSorted());
  });

  it('has no two rows of the same title', () => {
    expect(new Set(rows.map(titleOf)).size).toBe(rows.length);
  });
});

describe('its table', () => {
  it('has the rows in their order, whichever was played first, and counts rows and crashes', () => {
    const cells = [
      cell('scale Deployment', 1, 'crash', { text: '22 ok', crashes: 22 }),
      ...WAYS.map((way) => cell('restart Pod', 0, way)),
      cell('scale Deployment', 1, 'succeeds'),
    ];
    expect(
      tableOf(cells)
        .split('\n')
        .map((line) => line.split(/\s{2,}/)),
    ).toEqual([
      ['', ...WAYS],
      ['restart Pod', 'ok', 'ok', 'ok', 'ok', 'ok'],
      ['scale Deployment', 'ok', 'not played', 'not played', 'not played', '22 ok'],
      ['2 rows × 5 ways, 22 crashes'],
    ]);
  });
});
