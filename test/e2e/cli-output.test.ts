/** Where the output of the built program goes: all of it to a slow reader, and no complaint to one that went away. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../../dist/kubeskippy.js');

/** `command` is shell text in which `kubeskippy` is the built program. Pipes of a shell hold 64 KiB, as users' do. */
function shell(command: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const text = `kubeskippy() { "${process.execPath}" "${PROGRAM}" "$@"; }\n${command}`;
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' };
  return new Promise((resolve) => {
    execFile('sh', ['-c', text], { env, maxBuffer: 2 ** 22 }, (_, stdout, stderr) => resolve({ stdout, stderr }));
  });
}

/** The exit status of the writer goes to descriptor 3, past the pipe, since `sh` tells only the reader's. */
const statusOf = (writer: string, reader: string): string =>
  `exec 3>&1; { ${writer}; echo "status $?" >&3; } | ${reader} >/dev/null`;

describe('a reader that begins late', () => {
  // The pipe is full by then, and the program has written all that it has to.
  const LATE = '{ head -c 1; sleep 1; cat; }';

  it('gets everything', async () => {
    const { stdout: whole } = await shell('kubeskippy install -o yaml');
    expect(whole.length).toBeGreaterThan(100_000);
    const { stdout, stderr } = await shell(`kubeskippy install -o yaml | ${LATE}`);
    expect(stdout === whole).toBe(true);
    expect(stderr).toBe('');
  });

  it('leaves the exit status as it is', async () => {
    expect(await shell(statusOf('kubeskippy install -o yaml', LATE))).toEqual({ stdout: 'status 0\n', stderr: '' });
  });
});

describe('a reader that went away', () => {
  it.each<[string, string]>([
    ['a command that prints and ends', 'kubeskippy install -o yaml'],
    // Half a minute of play, of which one line is read.
    ['a command that goes on', 'kubeskippy demo --once'],
  ])('ends %s without a word, with the status of SIGPIPE', async (_, command) => {
    expect(await shell(statusOf(command, 'head -c 10'))).toEqual({ stdout: 'status 141\n', stderr: '' });
  });

  it('ends a command that has only to complain with the same status', async () => {
    const complaint = 'kubeskippy frobnicate 2>&1 >/dev/null';
    // The reader is gone before the first word.
    expect(await shell(statusOf(`sleep 1; ${complaint}`, 'true'))).toEqual({ stdout: 'status 141\n', stderr: '' });
  });
});
