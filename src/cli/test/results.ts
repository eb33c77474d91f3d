/** The results of policy tests: as text, as JSON, and as JUnit's XML, which continuous integration reads. Pure. */
import { formatDuration } from '../../std/duration.ts';
import { printable } from '../../std/printable.ts';
import { wrapWords } from '../../std/wrap-words.ts';
import { hangingRows, hangingText } from '../hanging-rows.ts';
import type { Miss } from './judge.ts';
import type { CompiledExpectation, CompiledTest } from './compiled-test.ts';
import { type TimelineEntry, timelineText } from './timeline.ts';
import { EXPECTATION_KINDS } from './test-schema.ts';

export interface TestResult {
  readonly file: string;
  readonly test: CompiledTest;
  readonly misses: readonly Miss[];
  readonly timeline: readonly TimelineEntry[];
  /** How long the run took, in milliseconds. */
  readonly tookMs: number;
}

/** Of the story of a test where no terminal says how wide it may be. */
const WIDTH = 100;

/** `terminal`: its width. Undefined: a line that says how a test went has no end. */
export function resultText({ file, test, misses, timeline, tookMs }: TestResult, terminal?: number): string {
  const head = `${misses.length === 0 ? 'PASS' : 'FAIL'}  ${file}: ${test.name} (${Math.round(tookMs)} ms)`;
  if (misses.length === 0) return hangingText([head], { width: terminal });
  const width = Math.min(WIDTH, terminal ?? WIDTH);
  const indented = (text: string, by: number): readonly string[] =>
    wrapWords(text, width - by).map((row) => `${' '.repeat(by)}${row}`);
  const rows = [
    ...hangingRows(head, { width: terminal }),
    ...misses.flatMap(({ expectation, message }) => [
      ...(expectation === undefined
        ? []
        : indented(`${placeText(file, expectation)}: ${expectationText(expectation)}`, 2)),
      ...indented(message, expectation === undefined ? 2 : 4),
    ]),
    '  It went like this:',
    ...timelineText(timeline).flatMap((row) => hanging(row, width)),
  ];
  return `${rows.join('\n')}\n`;
}

/** The text of a row goes on below itself. */
function hanging(row: string, width: number): readonly string[] {
  const at = row.slice(0, 12);
  return wrapWords(row.slice(12), width - 16).map((part, index) => `    ${index === 0 ? at : ' '.repeat(12)}${part}`);
}

const placeText = (file: string, { place: { line, column } }: CompiledExpectation): string =>
  `${file}:${line}:${column}`;

/** `by 2m: action {"type":"restart"}`. */
export function expectationText({ spec, when, time }: CompiledExpectation): string {
  const kind = EXPECTATION_KINDS.find((key) => spec[key] !== undefined) ?? 'action';
  const parts = Object.entries(spec[kind] ?? {}).map(([key, value]) => `${key} ${String(value)}`);
  const words = { by: 'by', at: 'at', neverBefore: 'never before' } as const;
  return `${words[when]} ${formatDuration(time)}: ${kind} ${parts.join(', ')}`.trim();
}

export const summaryText = (results: readonly TestResult[]): string => {
  const failed = results.filter(({ misses }) => misses.length > 0).length;
  return `${results.length - failed} passed, ${failed} failed\n`;
};

export const resultValue = ({ file, test, misses, timeline, tookMs }: TestResult): object => ({
  file,
  name: test.name,
  passed: misses.length === 0,
  milliseconds: Math.round(tookMs),
  misses: misses.map(({ expectation, message }) =>
    expectation === undefined ? { message } : { ...expectation.place, expected: expectationText(expectation), message },
  ),
  timeline: misses.length === 0 ? [] : timeline,
});

/** https://github.com/testmoapp/junitxml describes the form that servers of continuous integration read. */
export function junitText(results: readonly TestResult[]): string {
  const files = [...new Set(results.map(({ file }) => file))];
  const suites = files.map((file) =>
    suiteText(
      file,
      results.filter((result) => result.file === file),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${totals(results)}>\n${suites.join('')}</testsuites>\n`;
}

function suiteText(file: string, results: readonly TestResult[]): string {
  const cases = results.map((result) => {
    const { test, misses, timeline, tookMs } = result;
    const head = `    <testcase classname="${escaped(file)}" name="${escaped(test.name)}" time="${seconds(tookMs)}"`;
    if (misses.length === 0) return `${head}/>\n`;
    const said = misses.map(({ expectation, message }) =>
      expectation === undefined
        ? message
        : `${placeText(file, expectation)}: ${expectationText(expectation)}: ${message}`,
    );
    const body = [...said, '', ...timelineText(timeline)].join('\n');
    return `${head}>\n      <failure message="${escaped(said[0] ?? '')}">${escaped(body)}</failure>\n    </testcase>\n`;
  });
  return `  <testsuite name="${escaped(file)}" ${totals(results)}>\n${cases.join('')}  </testsuite>\n`;
}

function totals(results: readonly TestResult[]): string {
  const failed = results.filter(({ misses }) => misses.length > 0).length;
  const took = results.reduce((sum, { tookMs }) => sum + tookMs, 0);
  return `tests="${results.length}" failures="${failed}" errors="0" time="${seconds(took)}"`;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Control characters, of which XML 1.0 has most in no form, are shown by their number. */
const escaped = (text: string): string => printable(text).replace(/[&<>"]/g, (found) => NAMED[found] ?? found);
