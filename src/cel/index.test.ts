import { expect, test } from 'vitest';
import { compile, CostExceeded, DYN, fromJson, Meter } from './index.ts';

const run = (source: string, limit: number) => {
  const compiled = compile(source, new Map([['self', DYN]]));
  if ('issues' in compiled) throw new Error(compiled.issues);
  const self = fromJson({ replicas: 3 }, DYN);
  return compiled.program.run((name) => (name === 'self' ? self : undefined), new Meter(limit));
};

test('an expression is compiled, run on JSON and metered through the index alone', () => {
  expect(run('self.replicas <= 5', 1_000)).toBe(true);
  expect(run('self.replicas > 5', 1_000)).toBe(false);
  expect(() => run('self.replicas <= 5', 1)).toThrow(CostExceeded);
  expect(() => run('selff.replicas <= 5', 1_000)).toThrow("undeclared reference to 'selff'");
});
