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

  it('wraps a column of sentences that is not its last one, and where it is wider than the terminal too', () => {
    const rows = [['web', 'healthy for 27.5s after a restart by a rolling update', '57s']];
    const head = ['NAME', 'MESSAGE', 'AGE'];
    expect(textTable(head, rows, 40)).toBe(
      `NAME  MESSAGE                        AGE
web   healthy for 27.5s after a      57s
      restart by a rolling update
`,
    );
    expect(textTable(head, rows, 30)).toBe(
      `NAME
    MESSAGE
        AGE
web
    healthy for 27.5s after a
    restart by a rolling
    update
        57s
`,
    );
  });
});
