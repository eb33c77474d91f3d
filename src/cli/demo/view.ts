/** The demo's text, as wide as the terminal. Pure: progress in, lines out. */
import type { Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { ScreenSize } from '../terminal.ts';
import type { News, Progress } from './observe.ts';
import type { Finish } from './scenarios.ts';

/** Longer news are cut: two lines say what happened, `kubectl describe` says all. */
const LINES_PER_NEWS = 2;

export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly busy: (text: string) => string;
  readonly faint: (text: string) => string;
}

const same = (text: string): string => text;
export const PLAIN: Paint = { good: same, bad: same, busy: same, faint: same };

export interface Frame {
  readonly startedAt: Instant;
  readonly now: Instant;
  readonly speed: number;
  readonly kubeconfig: string;
  readonly progress: readonly Progress[];
  readonly news: readonly News[];
}

/** No more rows than the screen has, and none wider. */
export function frame(shown: Frame, { columns, rows }: ScreenSize, paint: Paint): readonly string[] {
  const { startedAt, now, speed, kubeconfig, progress, news } = shown;
  const head = `KubeSkippy on an embedded cluster   ${clockText(now - startedAt)} on its clock, ${speed} times real time`;
  const above = [
    cut(head, columns),
    paint.faint(cut(`kubectl --kubeconfig ${kubeconfig} get hp,ha,pods`, columns)),
    '',
    ...table(progress, columns, paint),
    '',
  ];
  const blocks = news.map((one) => newsLines(one, { startedAt, lines: LINES_PER_NEWS, columns }, paint));
  return [...above, ...newest(blocks, rows - above.length)].slice(0, rows);
}

/** Whole news only, as many of the last as have room. */
function newest(blocks: readonly (readonly string[])[], lines: number): readonly string[] {
  let room = lines;
  const first = blocks.findLastIndex((block) => (room -= block.length) < 0);
  return blocks.slice(first + 1).flat();
}

export function table(progress: readonly Progress[], columns: number, paint: Paint): readonly string[] {
  const head = cut(row('', ['WORKLOAD', 'READY', 'PROBLEM', 'HEALING']), columns);
  return [paint.faint(head), ...progress.map((one) => stateRow(one, columns, paint))];
}

function stateRow(one: Progress, columns: number, paint: Paint): string {
  const { scenario, ready, problem, stage, outcome } = one;
  const well = problem === undefined && ready === scenario.wanted;
  const expected = outcome === scenario.expected;
  const mark = well ? paint.good('●') : problem === undefined ? paint.faint('○') : paint.bad('✗');
  const colour = expected
    ? paint.good
    : outcome === 'Unfinished' && one.brokeAt !== undefined
      ? paint.busy
      : paint.faint;
  const cells = [scenario.name, `${ready}/${scenario.wanted}`, problem ?? '-', stage];
  // Painted after it was laid out: escape sequences have no width.
  const text = cut(row(' ', cells).slice(1), columns - 1);
  const start = Math.min(text.length, row(' ', cells).length - 1 - stage.length);
  return `${mark}${text.slice(0, start)}${colour(text.slice(start))}`;
}

const WIDTHS = [15, 7, 24] as const;

const row = (mark: string, [name = '', ready = '', problem = '', stage = '']: readonly string[]): string =>
  `${mark.padEnd(1)} ${name.padEnd(WIDTHS[0])}${ready.padEnd(WIDTHS[1])}${cut(problem, WIDTHS[2] - 1).padEnd(WIDTHS[2])}${stage}`;

/** `00:42  crash-loop     TriggerFiring: …`, wrapped under its text. */
export function newsLines(
  { at, scenario, text }: News,
  shown: { readonly startedAt: Instant; readonly lines: number; readonly columns: number },
  paint: Paint,
): readonly string[] {
  const head = `${clockText(at - shown.startedAt)}  ${scenario.padEnd(WIDTHS[0])}`;
  const width = Math.max(20, shown.columns - head.length);
  const lines = wrap(text, width);
  const kept = lines.slice(0, shown.lines);
  if (lines.length > kept.length) kept.push(`${(kept.pop() ?? '').slice(0, width - 2)} …`);
  return kept.map((line, index) => (index === 0 ? `${paint.faint(head)}${line}` : `${' '.repeat(head.length)}${line}`));
}

export interface Result {
  readonly name: string;
  readonly expected: string;
  readonly outcome: string;
  /** On the cluster's clock: from breaking to the outcome; of what never broke, how long it was watched. */
  readonly seconds: number;
  readonly actions: readonly string[];
  /** Of what broke, as far as the analysis could tell. */
  readonly why?: string;
}

export function resultOf(one: Progress, watched: { readonly startedAt: Instant; readonly now: Instant }): Result {
  const { scenario, outcome, outcomeAt, brokeAt, actions } = one;
  const ms =
    brokeAt === undefined
      ? watched.now - watched.startedAt
      : (outcome === 'Unfinished' ? watched.now : outcomeAt) - brokeAt;
  return {
    name: scenario.name,
    expected: scenario.expected,
    outcome,
    seconds: Math.round(ms / 100) / 10,
    actions: actions.map(({ type, target, status }) => `${type} ${target}: ${status.phase ?? 'Pending'}`),
    ...given({ why: one.why }),
  };
}

export function summary(
  progress: readonly Progress[],
  watched: { readonly startedAt: Instant; readonly now: Instant; readonly columns: number },
  paint: Paint,
): readonly string[] {
  const indented = (text: string): readonly string[] =>
    wrap(text, Math.max(20, watched.columns - INDENT.length)).map((line) => `${INDENT}${line}`);
  const lines = progress.flatMap((one) => {
    const { name, expected, outcome, seconds, actions, why } = resultOf(one, watched);
    const mark = outcome === expected ? paint.good('ok') : paint.bad('NO');
    const took = one.brokeAt === undefined ? `${seconds} s watched` : `${seconds} s after it broke`;
    const touched =
      outcome !== expected && one.touches.length > 0 ? indented(`touched: ${one.touches.join(', ')}`) : [];
    const did = actions.length === 0 ? 'nothing was done to it' : actions.join(', ');
    const [first = '', ...rest] = indented(`${verdictOf(one)} (${took})`);
    return [
      `${mark} ${name.padEnd(WIDTHS[0])}${first.trimStart()}`,
      ...rest,
      ...indented(did).map(paint.faint),
      ...(why === undefined ? [] : indented(`why: ${why}`)),
      ...touched,
    ];
  });
  const good = progress.filter(({ outcome, scenario }) => outcome === scenario.expected).length;
  return [...lines, '', `${good} of ${progress.length} ended as they should.`];
}

const INDENT = ' '.repeat(3 + WIDTHS[0]);

/** `as expected: gave up, since the image does not exist`. */
function verdictOf({ outcome, scenario: { expected, since } }: Progress): string {
  if (outcome !== expected) return `not as expected: ${FINISHES[outcome]}; expected: ${FINISHES[expected]}`;
  return `as expected: ${FINISHES[outcome]}${since === undefined ? '' : `, since ${since}`}`;
}

const FINISHES: Readonly<Record<Finish, string>> = {
  Healed: 'healed',
  GaveUp: 'gave up',
  LeftAlone: 'left alone',
  Untouched: 'never touched',
  Unfinished: 'unfinished',
};

const clockText = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
};

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

/** Breaks at spaces; a word longer than a line is broken anywhere. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = '';
    }
    for (; rest.length > width; rest = rest.slice(width)) lines.push(rest.slice(0, width));
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return line === '' ? lines : [...lines, line];
}
