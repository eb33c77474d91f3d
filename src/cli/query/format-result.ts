/** The answer to `kubeskippy query` as text. Pure: results in, lines out. */

import type { MetricResult, MetricSample } from '../../adapters/metrics/source.ts';
import { formatFloat } from '../../promql/index.ts';
import { unreachable } from '../../std/assert.ts';

/**
 * A table with a column per label, the value last; for scalars the value; for Unknown its reason. Warnings come first,
 * marked.
 */
export function renderTable(result: MetricResult): string {
  return [...result.warnings.map((warning) => `! ${warning}`), ...body(result)].join('\n');
}

function body(result: MetricResult): readonly string[] {
  switch (result.type) {
    case 'unknown':
      return [`Unknown (${result.reason}): ${result.message}`];
    case 'scalar':
      return [formatFloat(result.value)];
    case 'vector':
      return result.samples.length === 0 ? ['no series'] : table(result.samples);
    default:
      return unreachable(result);
  }
}

function table(samples: readonly MetricSample[]): readonly string[] {
  const labels = [...new Set(samples.flatMap((sample) => Object.keys(sample.labels)))].sort();
  const rows = samples.map((sample) => [
    ...labels.map((label) => sample.labels[label] ?? ''),
    formatFloat(sample.value),
  ]);
  rows.sort((a, b) => (a.join('\0') < b.join('\0') ? -1 : 1));
  const head = [...labels.map((label) => (label === '__name__' ? 'METRIC' : label.toUpperCase())), 'VALUE'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('   ')
      .trimEnd(),
  );
}

/** Numbers that JSON cannot hold are the strings `NaN`, `+Inf` and `-Inf`, as in Prometheus' API. */
export function renderJson(result: MetricResult): string {
  return JSON.stringify(
    result,
    (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? formatFloat(value) : value),
    2,
  );
}
