/** Lengths that neither the formatter nor the linter sees: of lines, and of single tests. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const written = ['src', 'test', 'tools', 'bench', 'examples'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:[mc]?js|ts)$/.test(name) && !name.includes('.generated.'))
    .map((name) => join(folder, name)),
);
const linesOf = (file: string): readonly string[] => readFileSync(join(ROOT, file), 'utf8').split('\n');

const MAX_COLUMNS = 120;
/** What may stand beside a string, a regular expression or an address that is too long for any line. */
const MAX_BESIDE = 80;
const URL = /https?:\S+/g;
const LITERAL = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*(?:`|$)|\/(?:[^/\\\n]|\\.)+\/[a-z]*|https?:\S+/g;

/** The formatter breaks code and leaves comments, strings and regular expressions as they are. */
function isTooLong(line: string): boolean {
  if (line.length <= MAX_COLUMNS) return false;
  const isComment = /^\s*(?:\/\/|\/?\*)/.test(line);
  const longest = Math.max(0, ...(line.match(isComment ? URL : LITERAL) ?? []).map(({ length }) => length));
  return line.length - longest > MAX_BESIDE;
}

const MAX_TEST_LINES = 70;

/** A test, the `])('…', () => {` of a table of tests, or a function. A describe block is a list of tests. */
const BEGIN = /^(\s*)(?:(?:it|test|before\w+|after\w+)\b|\]\)|(?:async )?function\b).*\{$/;

/** From each beginning to the brace that closes it at the same depth. */
function longTests(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line, from) => {
    const begin = BEGIN.exec(line);
    if (begin === null) return [];
    const length = lines.slice(from).findIndex((later) => later.startsWith(`${begin[1] ?? ''}}`)) + 1;
    return length > MAX_TEST_LINES ? [`${line.trim()} (${length} lines)`] : [];
  });
}

describe('the length', () => {
  it(`of a line is at most ${MAX_COLUMNS} columns, apart from one long string, regular expression or address`, () => {
    expect(written.length).toBeGreaterThan(500);
    const long = written.flatMap((file) =>
      linesOf(file).flatMap((line, index) => (isTooLong(line) ? [`${file}:${index + 1}: ${line.length}`] : [])),
    );
    expect(long).toEqual([]);
  });

  it(`of a test is at most ${MAX_TEST_LINES} lines`, () => {
    const tests = written.filter((file) => file.endsWith('.test.ts'));
    expect(tests.length).toBeGreaterThan(100);
    expect(tests.flatMap((file) => longTests(linesOf(file)).map((test) => `${file}: ${test}`))).toEqual([]);
  });
});
