/**
 * The hash chain of the audit trail. Each record carries the hash of the one before, and its own over both: a record
 * that was changed, removed or torn breaks the chain at its place. It proves nothing about the end: records that were
 * cut off there are told by the next one that the operator writes.
 *
 *     {"at":"…","entry":"intent",…,"previous":"<hash of the line before>","hash":"<SHA-256 of the line up to here>"}
 */
import { createHash } from 'node:crypto';

/** Before the first record of a trail. */
export const CHAIN_START = '0'.repeat(64);

export interface Chained {
  /** The record on its line, without the line's end. */
  readonly line: string;
  readonly hash: string;
}

export function chained(record: object, previous: string): Chained {
  const open = JSON.stringify({ ...record, previous }).slice(0, -1);
  const hash = hashOf(open);
  return { line: `${open},"hash":"${hash}"}`, hash };
}

export type LineView =
  | {
      readonly kind: 'record';
      readonly record: Readonly<Record<string, unknown>>;
      readonly hash: string;
      readonly previous: string;
    }
  /** Not one of ours, or changed since: its own hash does not fit. */
  | { readonly kind: 'broken'; readonly why: string };

/** One line, by itself. */
export function readLine(line: string): LineView {
  const match = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/s.exec(line);
  const [, open = '', hash = ''] = match ?? [];
  if (match === null) return { kind: 'broken', why: 'it is no record of an audit trail' };
  if (hashOf(open) !== hash) return { kind: 'broken', why: 'it was changed after it was written' };
  const record = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const { previous } = record;
  return typeof previous === 'string'
    ? { kind: 'record', record, hash, previous }
    : { kind: 'broken', why: 'it does not say which record is before it' };
}

export interface ChainProblem {
  /** One-based. */
  readonly line: number;
  readonly message: string;
}

export interface ChainReport {
  readonly records: number;
  readonly problems: readonly ChainProblem[];
  /** Of the last record: the next file goes on with it. Undefined when there is none. */
  readonly last?: string;
}

/** `before`: the hash that the first record has to go on with; undefined: any, since an older file may be gone. */
export function checkChain(text: string, before: string | undefined): ChainReport {
  const lines = text.split('\n');
  const unfinished = lines.pop() ?? '';
  const problems: ChainProblem[] = [];
  let expected = before;
  let records = 0;
  for (const [index, line] of lines.entries()) {
    const seen = readLine(line);
    if (seen.kind === 'broken') {
      problems.push({ line: index + 1, message: seen.why });
      expected = undefined;
      continue;
    }
    records++;
    if (expected !== undefined && seen.previous !== expected)
      problems.push({ line: index + 1, message: 'it does not go on with the record before it: records are missing' });
    expected = seen.hash;
  }
  if (unfinished !== '') problems.push({ line: lines.length + 1, message: 'it has no end: it was torn' });
  return { records, problems, ...(expected !== undefined && records > 0 && { last: expected }) };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
