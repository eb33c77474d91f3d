/**
 * Columns as wide as what is in them, two spaces between, as kubectl prints tables. Nothing is cut: on a terminal the
 * last column, which holds sentences, goes on in the next line, below itself; where it would be too narrow it goes
 * below its row.
 */
import { wrapWords } from '../std/wrap-words.ts';

const GAP = 2;
/** A sentence in a narrower column is a word a line. */
const NARROWEST = 24;
const INDENT = 4;

/** `width`: of the terminal. Omitted: lines have no end. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[], width?: number): string {
  const lines = [header, ...rows];
  const widths = header.map((_title, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const fixed = widths.slice(0, -1).reduce((sum, columns) => sum + columns + GAP, 0);
  const last = widths.at(-1) ?? 0;
  const padded = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' '.repeat(GAP));
  if (width === undefined || fixed + last <= width)
    return lines.map((cells) => `${padded(cells).trimEnd()}\n`).join('');
  const room = width - fixed;
  return lines
    .flatMap((cells) => {
      const [head, text] = [padded(cells.slice(0, -1)), cells.at(-1) ?? ''];
      const gap = ' '.repeat(GAP);
      if (head.length + GAP + text.length <= width) return [head + gap + text];
      if (room < NARROWEST) return [head, ...wrapWords(text, width - INDENT).map((row) => ' '.repeat(INDENT) + row)];
      const [first = '', ...more] = wrapWords(text, room);
      return [head + gap + first, ...more.map((row) => ' '.repeat(fixed) + row)];
    })
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}
