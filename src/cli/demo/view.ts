/** The demo's text, for a terminal of 80 columns. Pure: progress in, lines out. */
import type { Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { News, Progress } from './observe.ts';

export const COLUMNS = 80;
/** A terminal of 24 lines: 7 scenarios, 4 lines of head, 1 between; the rest is for news. */
const NEWS_LINES = 11;
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

export function frame(shown: Frame, paint: Paint): readonly string[] {
  const { startedAt, now, speed, kubeconfig, progress, news } = shown;
  const recent = newest(news.map((one) => newsLines(one, { startedAt, lines: LINES_PER_NEWS }, paint)));
  return [
    `KubeSkippy on an embedded cluster   ${clockText(now - startedAt)} on its clock, ${speed} times real time`,
    paint.faint(cut(`kubectl --kubeconfig ${kubeconfig} get hp,ha,pods`)),
    '',
    ...table(progress, paint),
    '',
    ...recent,
  ];
}

/** Whole news only, as many of the last as have room. */
function newest(blocks: readonly (readonly string[])[]): readonly string[] {
  let room = NEWS_LINES;
  const first = blocks.findLastIndex((block) => (room -= block.length) < 0);
  return blocks.slice(first + 1).flat();
}

export function table(progress: readonly Progress[], paint: Paint): readonly string[] {
  const head = row('', ['WORKLOAD', 'READY', 'PROBLEM', 'HEALING']);
  return [paint.faint(head), ...progress.map((one) => stateRow(one, paint))];
}

function stateRow(one: Progress, paint: Paint): string {
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
  const text = row(' ', cells).slice(1);
  const start = text.length - stage.length;
  return `${mark}${text.slice(0, start)}${colour(text.slice(start))}`;
}

const WIDTHS = [15, 7, 24] as const;

const row = (mark: string, [name = '', ready = '', problem = '', stage = '']: readonly string[]): string =>
  `${mark.padEnd(1)} ${name.padEnd(WIDTHS[0])}${ready.padEnd(WIDTHS[1])}${problem.slice(0, WIDTHS[2] - 1).padEnd(WIDTHS[2])}${stage}`;

/** `00:42  crash-loop     TriggerFiring: …`, wrapped under its text. */
export function newsLines(
  { at, scenario, text }: News,
  shown: { readonly startedAt: Instant; readonly lines: number },
  paint: Paint,
): readonly string[] {
  const head = `${clockText(at - shown.startedAt)}  ${scenario.padEnd(WIDTHS[0])}`;
  const lines = wrap(text, COLUMNS - head.length);
  const kept = lines.slice(0, shown.lines);
  if (lines.length > kept.length) kept.push(`${(kept.pop() ?? '').slice(0, COLUMNS - head.length - 2)} …`);
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
  watched: { readonly startedAt: Instant; readonly now: Instant },
  paint: Paint,
): readonly string[] {
  const lines = progress.flatMap((one) => {
    const { name, expected, outcome, seconds, actions, why } = resultOf(one, watched);
    const mark = outcome === expected ? paint.good('ok') : paint.bad('NO');
    const verdict = outcome === expected ? outcome : `${outcome}, expected ${expected}`;
    const took = one.brokeAt === undefined ? `${seconds} s watched` : `${seconds} s after it broke`;
    const touched =
      outcome !== expected && one.touches.length > 0
        ? [`   ${cut(`touched: ${one.touches.join(', ')}`, COLUMNS - 3)}`]
        : [];
    const did = actions.length === 0 ? 'nothing was done to it' : actions.join(', ');
    return [
      `${mark} ${name.padEnd(WIDTHS[0])}${verdict.padEnd(11)} ${took}`,
      ...wrap(did, COLUMNS - 18).map((line) => paint.faint(`${' '.repeat(18)}${line}`)),
      ...(why === undefined ? [] : wrap(`why: ${why}`, COLUMNS - 18).map((line) => `${' '.repeat(18)}${line}`)),
      ...touched,
    ];
  });
  const good = progress.filter(({ outcome, scenario }) => outcome === scenario.expected).length;
  return [...lines, '', `${good} of ${progress.length} ended as they should.`];
}

const clockText = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
};

const cut = (text: string, width: number = COLUMNS): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;

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
