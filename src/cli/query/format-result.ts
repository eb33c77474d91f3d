/** The answer to `kubeskippy query` as text. Pure: results in, lines out. */

import type { MetricResult, MetricSample } from '../../adapters/metrics/source.ts';
import { formatFloat } from '../../promql/index.ts';
import { unreachable } from '../../std/assert.ts';
import { hangingText } from '../hanging-rows.ts';
import { textTable } from '../text-table.ts';

/**
 * A table with a column per label, the value last; for scalars the value; for Unknown its reason. Warnings come first,
 * marked.
 */
export function renderTable(result: MetricResult, width: number | undefined): string {
  return hangingText(
    result.warnings.map((warning) => `! ${warning}`),
    { width },
  ).concat(body(result, width));
}

function body(result: MetricResult, width: number | undefined): string {
  switch (result.type) {
    case 'unknown':
      return hangingText([`Unknown (${result.reason}): ${result.message}`], { width });
    case 'scalar':
      return `${formatFloat(result.value)}\n`;
    case 'vector':
      return result.samples.length === 0 ? 'no series\n' : table(result.samples, width);
    default:
      return unreachable(result);
  }
}

function table(samples: readonly MetricSample[], width: number | undefined): string {
  const labels = [...new Set(samples.flatMap((sample) => Object.keys(sample.labels)))].sort();
  const rows = samples.map((sample) => [
    ...labels.map((label) => sample.labels[label] ?? ''),
    formatFloat(sample.value),
  ]);
  rows.sort((a, b) => (a.join('\0') < b.join('\0') ? -1 : 1));
  const head = [...labels.map((label) => (label === '__name__' ? 'METRIC' : label.toUpperCase())), 'VALUE'];
  return textTable(head, rows, width);
}

/** Numbers that JSON cannot hold are the strings `NaN`, `+Inf` and `-Inf`, as in Prometheus' API. */
export function renderJson(result: MetricResult): string {
  const text = JSON.stringify(
    result,
    (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? formatFloat(value) : value),
    2,
  );
  return `${text}\n`;
}
