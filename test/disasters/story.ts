/**
 * A scenario from a public report: something that heals, scales or evicts did harm. It is played on an embedded cluster
 * with the operator in place of the other program. `make disasters` prints each story with what ours said.
 */
import { expect, it } from 'vitest';
import type { Question } from '../../src/cli/explain/live-decisions.ts';
import { wrapWords } from '../../src/std/wrap-words.ts';
import { explaining } from '../kit/explaining.ts';
import type { OperatorOptions, TestCluster } from '../kit/test-cluster.ts';

export interface Story {
  /** What went wrong, in a few words. */
  readonly title: string;
  /** The report. */
  readonly report: string;
  /** What the other program did, and what came of it. */
  readonly others: string;
  /** Why ours does not. */
  readonly why: string;
}

export interface Ending {
  /** The words with which ours says what it did or left undone. */
  readonly ours: string;
  readonly world: TestCluster;
  /** Of which `explain` is asked at the end. */
  readonly asked: Question;
  readonly as?: Pick<OperatorOptions, 'config' | 'servers'>;
  /** How the story goes on. */
  readonly afterwards?: () => Promise<void>;
}

/** `play` asserts. Then `explain` says the same as its file in `explained/`, in at most 80 columns. */
export function disaster(story: Story, play: () => Promise<Ending>): void {
  it(`${story.title} (${story.report})`, async () => {
    const { ours, world, asked, as, afterwards } = await play();
    const { text, writes, waitingFor } = await explaining(world, asked, as);
    await expect(steady(text)).toMatchFileSnapshot(`explained/${fileName(story.title)}.txt`);
    expect([writes, waitingFor, text.split('\n').filter(isTooLong)]).toEqual([[], [], []]);
    await afterwards?.();
    if (process.env['DISASTERS'] !== 'print') return;
    const lines = [
      '',
      story.title.toUpperCase(),
      ...wrapped('report', story.report),
      ...wrapped('others', story.others),
      ...wrapped('ours', ours),
      ...wrapped('why', story.why),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  });
}

/** UIDs, names of actions (a hash over UIDs) and the last part of the names of pods are drawn by chance. */
const DRAWN =
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=-)[0-9a-f]{10}\b(?!-)|(?<=-[0-9a-f]{8,10}-)[a-z0-9]{5}(?![a-z0-9])/g;

/** What is drawn has a number in its place, of the same length: another draw makes no other text. */
function steady(text: string): string {
  const known = new Map<string, string>();
  return text.replaceAll(DRAWN, (drawn) => {
    const number = known.get(drawn) ?? `${known.size + 1}`.padStart(drawn.length, '0');
    known.set(drawn, number);
    return number;
  });
}

const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '-')
    .replace(/-$/, '');

/** A word that is longer than a line, as names in the messages of kubelets are, has one of its own. */
const isTooLong = (line: string): boolean => line.length > WIDTH && line.trim().includes(' ');

const WIDTH = 80;
const INDENT = 9;

/** A label, and its text beside it within the width of a terminal. */
function wrapped(label: string, text: string): readonly string[] {
  return wrapWords(text, WIDTH - INDENT).map(
    (row, index) => `${(index === 0 ? `${label}:` : '').padEnd(INDENT)}${row}`,
  );
}
