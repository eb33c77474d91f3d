import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embeddedMetrics } from '../../../test/kit/embedded-metrics.ts';
import { lintPolicyQueries } from './lint-queries.ts';
import { parse, typeOf } from '../../promql/index.ts';
import { isProvided } from '../../adapters/metrics/embedded/registry.ts';
import { SHORT_NAMES } from '../../adapters/metrics/embedded/short-names.ts';

const NAMES = Object.entries(SHORT_NAMES);
const linted = (query: string) =>
  lintPolicyQueries(
    [{ trigger: 't', query, operator: '>', threshold: 1, target: undefined, origin: { line: 1, column: 1 } }],
    { source: 'embedded' },
  ).filter(({ severity }) => severity === 'error');
const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/how-to/metric-rules.md'), 'utf8');

describe.each(NAMES)('the short name %s', (name, { means, query, source }) => {
  it('is refused, live and by lint, with what it can be replaced by', async () => {
    expect(isProvided(name)).toBe(false);
    const { ask } = embeddedMetrics();
    const words = query ?? means;
    expect(await ask(`${name} > 1`)).toMatchObject({
      reason: 'NoSuchFamily',
      message: expect.stringContaining(words),
    });
    expect(linted(`${name} > 1`)[0]).toMatchObject({
      code: 'NoSuchFamily',
      message: expect.stringContaining(words),
    });
  });

  it('stands on the page, with its meaning, its query and its source', () => {
    const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
    expect(row).toContain(means);
    if (query !== undefined) expect(row).toContain(query.replaceAll('|', '\\|'));
    expect(row).toContain(source === 'none' ? 'no series' : source);
  });
});

describe('what a short name is replaced by', () => {
  const queries = NAMES.flatMap(([name, { query, source }]) => (query === undefined ? [] : [[name, query, source]]));
  it.each(queries)('of %s is a query of PromQL', (_name, query) => {
    expect(typeOf(parse(query ?? ''))).toBe('vector');
  });

  it.each(queries.filter(([, , source]) => source === 'embedded'))(
    'of %s is answered by embedded series, about objects',
    (_name, query = '') => {
      expect(linted(query)).toEqual([]);
    },
  );
});
