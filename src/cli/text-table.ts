/**
 * Columns as wide as what is in them, two spaces between, as kubectl prints tables. Nothing is cut: on a terminal the
 * last column, which holds sentences, goes on in the next line, below itself; where it would be too narrow it goes
 * below its row. Other columns that have no room stand below their row, too.
 */
import { wrapWords } from '../std/wrap-words.ts';

const GAP = 2;
/** A sentence in a narrower column is a word a line. */
const NARROWEST = 24;
const INDENT = 4;

/** `width`: of the terminal. Omitted: lines have no end. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[], width?: number): string {
  return linesOf([header, ...rows], width)
    .flat()
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** The lines of each row. */
function linesOf(table: readonly (readonly string[])[], width: number | undefined): readonly (readonly string[])[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const fixed = widths.slice(0, -1).reduce((sum, columns) => sum + columns + GAP, 0);
  const padded = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' '.repeat(GAP));
  if (width === undefined || fixed + (widths.at(-1) ?? 0) <= width) return table.map((cells) => [padded(cells)]);
  if (fixed - GAP > width) return foldedLines(table, { widths, width });
  const room = width - fixed;
  return table.map((cells) => {
    const [head, text] = [padded(cells.slice(0, -1)), cells.at(-1) ?? ''];
    const gap = ' '.repeat(GAP);
    if (head.length + GAP + text.length <= width) return [head + gap + text];
    if (room < NARROWEST) return [head, ...wrapWords(text, width - INDENT).map(indented)];
    const [first = '', ...more] = wrapWords(text, room);
    return [head + gap + first, ...more.map((row) => ' '.repeat(fixed) + row)];
  });
}

const indented = (line: string): string => ' '.repeat(INDENT) + line;

/** So many columns as have room, and the others below them. */
function foldedLines(
  table: readonly (readonly string[])[],
  { widths, width }: { readonly widths: readonly number[]; readonly width: number },
): readonly (readonly string[])[] {
  let [columns, room] = [0, width + GAP];
  for (const one of widths) {
    room -= one + GAP;
    if (room < 0) break;
    columns++;
  }
  // A terminal that is narrower than the first column has it alone.
  const split = Math.max(1, columns);
  const above = linesOf(
    table.map((cells) => cells.slice(0, split)),
    undefined,
  );
  const below = linesOf(
    table.map((cells) => cells.slice(split)),
    Math.max(NARROWEST, width - INDENT),
  );
  return above.map((lines, row) => [...lines, ...(below[row] ?? []).map(indented)]);
}
