import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AGGREGATORS } from './ast.ts';
import { EvaluationError } from './errors.ts';
import { SIGNATURES } from './functions/signatures.ts';
import { parse } from './parser.ts';
import { evaluateInstant, evaluateRange } from './query.ts';
import { loadSeries } from './storage/load.ts';
import { readScript, type ScriptCase } from './testdata/script.ts';

const folder = join(import.meta.dirname, 'testdata');
const scripts = readdirSync(folder).filter((name) => name.endsWith('.promql'));

/** Twelve digits would be more than some sums keep; scripts are written with six. */
function close(value: number | undefined): unknown {
  return value === undefined || !Number.isFinite(value) ? value : expect.closeTo(value, 6);
}

function answers({ query, state, steps, isInstant }: ScriptCase): Map<string, (number | undefined)[]> {
  const source = loadSeries(state);
  if (!isInstant) {
    const { series } = evaluateRange(parse(query), source, steps);
    const count = Math.floor((steps.endMs - steps.startMs) / steps.stepMs) + 1;
    return new Map(
      series.map(({ labels, times, values }) => {
        const row = Array.from({ length: count }, (): number | undefined => undefined);
        times.forEach((at, index) => {
          row[(at - steps.startMs) / steps.stepMs] = values[index];
        });
        return [labels.toString(), row];
      }),
    );
  }
  const result = evaluateInstant(parse(query), source, { atMs: steps.startMs });
  if (result.type === 'scalar') return new Map([['{}', [result.value]]]);
  if (result.type !== 'vector') throw new Error(`a script cannot expect a ${result.type}`);
  return new Map(result.samples.map(({ labels, value }) => [labels.toString(), [value]]));
}

for (const name of scripts) {
  describe(name, () => {
    it.each(
      readScript(readFileSync(join(folder, name), 'utf8')).map(
        (one) => [`line ${one.line}: ${one.query}`, one] as const,
      ),
    )('%s', (_, one) => {
      if (one.mustFail) {
        expect(() => answers(one)).toThrow(EvaluationError);
        return;
      }
      const expected = new Map(one.expected.map(({ labels, values }) => [labels.toString(), values.map(close)]));
      expect(answers(one)).toEqual(expected);
    });
  });
}

describe('the scripts', () => {
  const queries = scripts
    .flatMap((name) => readScript(readFileSync(join(folder, name), 'utf8')))
    .map(({ query }) => query);

  it.each([...SIGNATURES.keys()])('call %s', (name) => {
    expect(queries.some((query) => query.includes(`${name}(`))).toBe(true);
  });

  it.each([...AGGREGATORS])('aggregate with %s', (name) => {
    expect(queries.some((query) => new RegExp(`\\b${name}\\b`).test(query))).toBe(true);
  });

  it.each([
    '+',
    '-',
    '*',
    '/',
    '%',
    '^',
    'atan2',
    '==',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
    'and',
    'or',
    'unless',
    'bool',
    'offset',
    '@',
    'group_left',
    'group_right',
    'ignoring',
    'on',
  ])('use %s', (operator) => {
    expect(
      queries.some(
        (query) =>
          query.includes(` ${operator} `) || query.includes(` ${operator}(`) || query.includes(` ${operator} (`),
      ),
    ).toBe(true);
  });
});
