/** A file of a decision: read, checked, and where it is not what it should be. */
import { LineCounter, type Node, parseDocument } from 'yaml';
import { problemOfIssue } from '../../api/problem.ts';
import type { DecisionRecord } from '../../core/replay/decision-record.ts';
import { recordSchema } from './record-schema.ts';

/** With the version of the program that wrote it. */
export type FileRecord = DecisionRecord & { readonly version: string };

export interface RecordProblem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type ReadRecord = { readonly record: FileRecord } | { readonly problem: RecordProblem };

export function readRecord(text: string): ReadRecord {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: syntaxProblem(text, error.message) };
  }
  const result = recordSchema.safeParse(data);
  // What was decided is compared as it stands in the file, and by nothing else.
  if (result.success) return { record: result.data as unknown as FileRecord };
  const [issue] = result.error.issues;
  if (issue === undefined) throw new Error('a schema that refuses says why');
  const { path, message } = problemOfIssue(issue);
  return { problem: { ...placeOf(text, issue.path), message: `${path === '' ? '' : `${path} `}${message}` } };
}

/**
 * V8 says the position of some mistakes, and of others only what is there; the reader of YAML knows the place of those.
 * Of a text that ends too early it is the end.
 */
function syntaxProblem(text: string, said: string): RecordProblem {
  const position = Number(/ at position (\d+)/.exec(said)?.[1] ?? badScalarIn(text) ?? text.length);
  const before = text.slice(0, position).split('\n');
  const what = said.replace(/(?:, (?:\.\.\.)?"| in JSON at position).*$/s, '');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: `is not JSON: ${what}` };
}

const badScalarIn = (text: string): number | undefined =>
  parseDocument(text, { schema: 'json' }).errors.find(({ message }) => message.startsWith('Unresolved'))?.pos[0];

/** Where the value stands, or the innermost one around it when it is missing. A YAML reader knows places of JSON. */
function placeOf(text: string, path: readonly PropertyKey[]): { readonly line: number; readonly column: number } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    const offset = node?.range?.[0];
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}
