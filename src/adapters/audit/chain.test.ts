import { describe, expect, it } from 'vitest';
import { CHAIN_START, chained, checkChain } from './chain.ts';

function trail(count: number): readonly string[] {
  let previous = CHAIN_START;
  return Array.from({ length: count }, (_one, number) => {
    const { line, hash } = chained({ number, text: 'a "quoted" word' }, previous);
    previous = hash;
    return line;
  });
}
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

describe('the chain of the audit trail', () => {
  it('is whole as it was written', () => {
    expect(checkChain(text(trail(3)), CHAIN_START)).toMatchObject({ records: 3, problems: [] });
    expect(checkChain('', CHAIN_START)).toEqual({ records: 0, problems: [] });
  });

  it.each<[string, (lines: readonly string[]) => string, readonly [number, RegExp][]]>([
    [
      'a word that was changed',
      ([a = '', b = '', c = '']) => text([a, b.replace('quoted', 'edited'), c]),
      [[2, /changed/]],
    ],
    ['a record that was removed', ([a = '', , c = '']) => text([a, c]), [[2, /records are missing/]]],
    [
      'records in another order',
      ([a = '', b = '', c = '']) => text([a, c, b]),
      [
        [2, /missing/],
        [3, /missing/],
      ],
    ],
    ['a first record that was removed', ([, b = '', c = '']) => text([b, c]), [[1, /missing/]]],
    ['a line of somebody else', ([a = '', b = '']) => text([a, 'x', b]), [[2, /no record/]]],
    ['a torn end', ([a = '', b = '']) => `${text([a])}${b.slice(0, 20)}`, [[2, /torn/]]],
    [
      'a record that was changed with a hash of its own',
      ([a = '', b = '', c = '']) => {
        const { hash: _hash, previous, ...record } = JSON.parse(b) as Record<string, unknown>;
        return text([a, chained({ ...record, number: 7 }, String(previous)).line, c]);
      },
      [[3, /missing/]],
    ],
  ])('shows %s', (_title, damage, expected) => {
    const { problems } = checkChain(damage(trail(3)), CHAIN_START);
    expect(problems.map(({ line }) => line)).toEqual(expected.map(([line]) => line));
    for (const [index, [, pattern]] of expected.entries()) expect(problems[index]?.message).toMatch(pattern);
  });
});
