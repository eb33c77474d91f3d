import type { Issue } from './tokens.ts';

/** What an evaluation can end with instead of a value; `message` is worded as the API server's. */
export class CelError extends Error {
  override readonly name = 'CelError';
}

/** The budget is spent: not absorbed by `&&` and `||`, evaluation ends. */
export class CostExceeded extends CelError {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

export const noSuchOverload = (): CelError => new CelError('no such overload');

/** `ERROR: <input>:line:column: …` with the line and a mark below the column, issues in the order of their position. */
export function formatIssues(source: string, issues: readonly Issue[]): string {
  const lines = source.split('\n').map((line) => Array.from(line));
  const placed = issues.map((issue) => {
    // An empty text has no character to point at, and no line to show.
    if (source === '') return { message: issue.message, line: 1, column: -1 };
    if (issue.at === undefined) return { message: issue.message, line: -1, column: 0 };
    let line = 0;
    let column = issue.at;
    while (line < lines.length - 1 && column > (lines[line]?.length ?? 0)) {
      column -= (lines[line]?.length ?? 0) + 1;
      line++;
    }
    return { message: issue.message, line: line + 1, column };
  });
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  return placed
    .map(({ message, line, column }) => describe(message, { line, column, text: lines[line - 1] }))
    .join('\n');
}

function describe(message: string, place: { line: number; column: number; text: string[] | undefined }): string {
  const head = `ERROR: <input>:${place.line}:${place.line < 0 ? 0 : place.column + 1}: ${message}`;
  if (!place.text || place.column < 0) return head;
  // Characters beyond ASCII are marked with full-width dots, as the original does to keep columns aligned.
  const wide = (character: string | undefined) => character !== undefined && (character.codePointAt(0) ?? 0) > 0x7f;
  const dots = place.text.slice(0, place.column).map((character) => (wide(character) ? '．' : '.'));
  while (dots.length < place.column && place.text.length === 0) dots.push('.');
  const mark = wide(place.text[place.column]) ? '＾' : '^';
  return `${head}\n | ${place.text.join('').replaceAll('\t', ' ')}\n | ${dots.join('')}${mark}`;
}
