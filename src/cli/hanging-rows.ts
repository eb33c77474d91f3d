/**
 * A line on a terminal: what does not fit goes on in the next row, deeper than the line begins, so that the next line
 * is seen to be another one. Nothing is cut: a word that is longer than the row has a row of its own.
 */

/** Deeper than the line begins. */
const HANG = 2;

export interface Rows {
  /** Of the terminal. Undefined: lines have no end. */
  readonly width: number | undefined;
  /** Where a line goes on. Omitted: two columns deeper than it begins. */
  readonly column?: number;
}

export function hangingRows(line: string, { width, column }: Rows): readonly string[] {
  if (width === undefined) return [line];
  const indent = ' '.repeat(column ?? startOf(line) + HANG);
  const rows: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const start = startOf(rest);
    const before = rest.lastIndexOf(' ', width);
    const at = before > start ? before : rest.indexOf(' ', start);
    if (at < 0) break;
    rows.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...rows, rest];
}

export const hangingText = (lines: readonly string[], rows: Rows): string =>
  lines.flatMap((line) => hangingRows(line, rows).map((row) => `${row}\n`)).join('');

const startOf = (line: string): number => /^ */.exec(line)?.[0].length ?? 0;
