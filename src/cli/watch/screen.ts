/** The full screen of `kubeskippy watch`: the glance above, what has happened below. Pure. */
import { wrapWords } from '../../std/wrap-words.ts';
import type { Glance } from '../status/glance.ts';
import { glanceText } from '../status/glance-text.ts';
import type { ScreenSize } from '../terminal.ts';

export interface NewsLine {
  /** `12:00:00`. */
  readonly at: string;
  readonly text: string;
}

const INDENT = '          ';

export const newsRows = ({ at, text }: NewsLine, columns: number): readonly string[] =>
  wrapWords(text, columns - INDENT.length).map((row, index) => (index === 0 ? at.padEnd(INDENT.length) : INDENT) + row);

/** Exactly as many rows as there are, so that nothing scrolls. The newest news come last, and the oldest go first. */
export function screenRows(
  glance: Glance,
  news: readonly NewsLine[],
  { columns, rows }: ScreenSize,
): readonly string[] {
  const above = glanceText(glance, columns).trimEnd().split('\n');
  const below = news.flatMap((line) => newsRows(line, columns));
  const head = above.slice(0, Math.max(4, rows - 4 - Math.min(below.length, Math.floor(rows / 3))));
  const cut = above.length > head.length ? ['...'] : [];
  const room = rows - head.length - cut.length - 3;
  return [...head, ...cut, '', ...below.slice(-Math.max(0, room)), '', 'Ctrl-C ends it.'].slice(0, rows);
}
