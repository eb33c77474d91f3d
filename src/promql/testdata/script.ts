/**
 * Test scripts that anyone can read, in the manner of Prometheus' own:
 *
 *     load 5m
 *       requests_total{job="api"} 0+10x5 _ stale
 *     eval instant at 25m rate(requests_total[10m])
 *       {job="api"} 0.0333
 *     eval range from 0 to 10m step 5m requests_total
 *       requests_total{job="api"} 0 10 20
 *     eval_fail instant at 0 -{__name__=~"a|b"}
 *
 * Series values: `1`, `_` (none), `stale`, `1+2x3` (1 3 5 7), `1x3` (1 1 1 1), `_x3`. `clear` forgets what was loaded.
 */
import { Labels } from '../labels.ts';
import { parseNumber, parsePromDuration } from '../literals.ts';
import { parse } from '../parser.ts';
import { type RecordedSeries, STALE_MARKER } from '../storage/load.ts';

export interface ScriptCase {
  readonly line: number;
  readonly query: string;
  readonly mustFail: boolean;
  readonly state: readonly RecordedSeries[];
  readonly steps: { readonly startMs: number; readonly endMs: number; readonly stepMs: number };
  readonly isInstant: boolean;
  /** By label set; a value per step. */
  readonly expected: readonly { readonly labels: Labels; readonly values: readonly (number | undefined)[] }[];
}

const EVAL = /^eval(_fail)? (?:instant at (\S+)|range from (\S+) to (\S+) step (\S+)) (.+)$/;

export function readScript(text: string): readonly ScriptCase[] {
  const cases: ScriptCase[] = [];
  let state: RecordedSeries[] = [];
  let stepMs = 0;
  let expected: { labels: Labels; values: (number | undefined)[] }[] = [];
  let isLoading = false;
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim();
    const load = /^load (\S+)$/.exec(content);
    const evaluation = EVAL.exec(content);
    if (content === '' || content.startsWith('#')) continue;
    if (content === 'clear') state = [];
    else if (load !== null) {
      stepMs = durationOf(load[1] as string);
      isLoading = true;
    } else if (evaluation !== null) {
      const [, fail, at = '0', from = at, to = at, step = '1s', query = ''] = evaluation;
      expected = [];
      isLoading = false;
      const steps = { startMs: durationOf(from), endMs: durationOf(to), stepMs: durationOf(step) };
      cases.push({
        line: index + 1,
        query,
        mustFail: fail !== undefined,
        state: [...state],
        steps,
        isInstant: evaluation[2] !== undefined,
        expected,
      });
    } else if (isLoading) state.push(seriesOf(content, stepMs));
    else expected.push(expectationOf(content));
  }
  return cases;
}

function durationOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const ms = parsePromDuration(text);
  if ('whyNot' in ms) throw new Error(`${ms.whyNot} in a script`);
  return ms.value;
}

function split(line: string): { labels: Labels; values: readonly string[] } {
  const match = /^([^{\s]*(?:\{[^}]*\})?)\s+(.+)$/.exec(line);
  if (match === null) throw new Error(`not a series: ${line}`);
  return { labels: labelsOf(match[1] as string), values: (match[2] as string).split(/\s+/) };
}

function labelsOf(text: string): Labels {
  if (text === '{}') return Labels.EMPTY;
  const selector = parse(text);
  if (selector.kind !== 'selector') throw new Error(`not a label set: ${text}`);
  return Labels.of(Object.fromEntries(selector.matchers.map(({ name, value }) => [name, value])));
}

function seriesOf(line: string, stepMs: number): RecordedSeries {
  const { labels, values } = split(line);
  const samples = values.flatMap(expand).map((value, index) => [index * stepMs, value] as const);
  return {
    labels,
    samples: samples.filter(
      (sample): sample is readonly [number, number | typeof STALE_MARKER] => sample[1] !== undefined,
    ),
  };
}

/** `1+2x3` and its kin. */
function expand(item: string): readonly (number | typeof STALE_MARKER | undefined)[] {
  const match = /^(_|stale|[+-]?[\d.]+(?:e[+-]?\d+)?|[+-]?inf|nan)(?:([+-][\d.]+)?x(\d+))?$/i.exec(item);
  if (match === null) throw new Error(`not a value: ${item}`);
  const [, first = '', increment = '0', count = '0'] = match;
  // `_x3` is three times nothing; `1x3` is 1 and three more.
  if (first === '_') return Array.from({ length: Math.max(1, Number(count)) }, () => undefined);
  if (first === STALE_MARKER) return [STALE_MARKER];
  return Array.from({ length: Number(count) + 1 }, (_, index) => numberOf(first) + index * Number(increment));
}

function numberOf(text: string): number {
  const value = parseNumber(text.replace(/^[+-]/, ''));
  if (value === undefined) throw new Error(`not a number: ${text}`);
  return text.startsWith('-') ? -value : value;
}

function expectationOf(line: string): { labels: Labels; values: (number | undefined)[] } {
  const { labels, values } = split(line);
  return { labels, values: values.map((text) => (text === '_' ? undefined : numberOf(text))) };
}
