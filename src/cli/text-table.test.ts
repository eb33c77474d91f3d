import { describe, expect, it } from 'vitest';
import { textTable } from './text-table.ts';

const HEAD = ['NAME', 'REASON', 'MESSAGE'];
const ROWS = [
  ['web', 'RateLimited', 'three of three actions in the last hour were used up, and the next one may begin at noon'],
  ['api', '-', 'fine'],
];

describe('a table', () => {
  it('is as wide as its cells where no terminal ends its lines', () => {
    expect(textTable(HEAD, ROWS)).toBe(
      `NAME  REASON       MESSAGE
web   RateLimited  three of three actions in the last hour were used up, and the next one may begin at noon
api   -            fine
`,
    );
  });

  it('lets its last column go on below itself, and cuts no word', () => {
    expect(textTable(HEAD, ROWS, 60)).toBe(
      `NAME  REASON       MESSAGE
web   RateLimited  three of three actions in the last hour
                   were used up, and the next one may begin
                   at noon
api   -            fine
`,
    );
  });

  it('puts columns below their row for which there is no room in it', () => {
    const rows = [['default', 'crash-loops', 'RateLimited', '12', '90s']];
    expect(textTable(['NAMESPACE', 'NAME', 'BLOCKED', 'ACTIONS', 'AGE'], rows, 30)).toBe(
      `NAMESPACE  NAME
    BLOCKED      ACTIONS  AGE
default    crash-loops
    RateLimited  12       90s
`,
    );
  });

  it('puts its last column below the row where beside it there is no room for a sentence', () => {
    expect(textTable(HEAD, ROWS, 40)).toBe(
      `NAME  REASON       MESSAGE
web   RateLimited
    three of three actions in the last
    hour were used up, and the next one
    may begin at noon
api   -            fine
`,
    );
  });
});
