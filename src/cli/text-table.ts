/**
 * Columns as wide as what is in them, two spaces between, as kubectl prints tables. Nothing is cut: on a terminal the
 * column of the longest sentences goes on in the next line, below itself; where it would be too narrow and is the last
 * one, it goes below its row. Other columns that have no room stand below their row, too.
 */
import { wrapWords } from '../std/wrap-words.ts';

const GAP = 2;
/** A sentence in a narrower column is a word a line. */
const NARROWEST = 24;
const INDENT = 4;

type Cells = readonly string[];

/** `width`: of the terminal. Omitted: lines have no end. */
export function textTable(header: Cells, rows: readonly Cells[], width?: number): string {
  return linesOf([header, ...rows], width)
    .flat()
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

const joined = (cells: Cells, widths: readonly number[]): string =>
  cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' '.repeat(GAP));

/** The lines of each row. */
function linesOf(table: readonly Cells[], width: number | undefined): readonly Cells[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const last = widths.length - 1;
  const total = widths.reduce((sum, columns) => sum + columns + GAP, -GAP);
  if (width === undefined || total <= width) return table.map((cells) => [joined(cells, widths)]);
  const column = sentences(table, widths);
  const room = width - (total - (widths[column] ?? 0));
  if (room >= NARROWEST) return table.map((cells) => wrapped(cells, { column, room, widths }));
  const fixed = total - (widths[last] ?? 0);
  if (column !== last || fixed - GAP > width) return foldedLines(table, { widths, width });
  return table.map((cells) => {
    const [head, text] = [joined(cells.slice(0, -1), widths), cells[last] ?? ''];
    if (fixed + text.length <= width) return [joined(cells, widths)];
    return [head, ...wrapWords(text, width - INDENT).map(indented)];
  });
}

/** The widest column that has more than a word in a cell; without one the last. */
function sentences(table: readonly Cells[], widths: readonly number[]): number {
  const [, ...rows] = table;
  return widths.reduce((best, columns, column) => {
    const isWider = columns >= (widths[best] ?? 0) || best === widths.length - 1;
    return rows.some((cells) => cells[column]?.includes(' ')) && isWider ? column : best;
  }, widths.length - 1);
}

/** One cell goes on below itself; the others stand beside its first row. */
function wrapped(
  cells: Cells,
  { column, room, widths }: { readonly column: number; readonly room: number; readonly widths: readonly number[] },
): readonly string[] {
  const narrow = widths.with(column, room);
  const [first = '', ...more] = wrapWords(cells[column] ?? '', room);
  const left = narrow.slice(0, column).reduce((sum, columns) => sum + columns + GAP, 0);
  return [joined(cells.with(column, first), narrow), ...more.map((row) => ' '.repeat(left) + row)];
}

const indented = (line: string): string => ' '.repeat(INDENT) + line;

/** So many columns as have room, and the others below them. */
function foldedLines(
  table: readonly Cells[],
  { widths, width }: { readonly widths: readonly number[]; readonly width: number },
): readonly Cells[] {
  let [columns, room] = [0, width + GAP];
  for (const one of widths) {
    room -= one + GAP;
    if (room < 0) break;
    columns++;
  }
  // One that is wider than the terminal stands alone, in rows.
  const above =
    columns === 0
      ? table.map(([cell = '']) => wrapWords(cell, width))
      : linesOf(
          table.map((cells) => cells.slice(0, columns)),
          undefined,
        );
  const split = Math.max(1, columns);
  const below = linesOf(
    table.map((cells) => cells.slice(split)),
    Math.max(NARROWEST, width - INDENT),
  );
  return above.map((lines, row) => [...lines, ...(below[row] ?? []).map(indented)]);
}
