/**
 * A scenario from a public report: something that heals, scales or evicts did harm. It is played on an embedded cluster
 * with the operator in place of the other program. `make disasters` prints each story with what ours said.
 */
import { wrapWords } from '../../src/std/wrap-words.ts';
import { it } from 'vitest';

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

/** `play` asserts, and returns the words with which ours says what it did or left undone. */
export function disaster(story: Story, play: () => Promise<string>): void {
  it(`${story.title} (${story.report})`, async () => {
    const ours = await play();
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

const WIDTH = 80;
const INDENT = 9;

/** A label, and its text beside it within the width of a terminal. */
function wrapped(label: string, text: string): readonly string[] {
  return wrapWords(text, WIDTH - INDENT).map(
    (row, index) => `${(index === 0 ? `${label}:` : '').padEnd(INDENT)}${row}`,
  );
}
