/** `kubeskippy demo` as a person runs it: the bundle, its exit status, its JSON, and `kubectl` looking on. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { documentedKeys, undocumented } from '../kit/answer-keys.ts';

const ROOT = join(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'dist/kubeskippy.js');
const run = promisify(execFile);

interface Told {
  readonly scenarios: readonly {
    readonly name: string;
    readonly expected: string;
    readonly outcome: string;
    readonly seconds: number;
    readonly actions: readonly string[];
  }[];
  readonly elapsedSeconds: number;
}

test('demo --once --output json ends within a minute, every scenario as expected', async () => {
  const { stdout } = await run(process.execPath, [BUNDLE, 'demo', '--once', '--output', 'json'], { cwd: ROOT });
  const { scenarios, elapsedSeconds } = JSON.parse(stdout) as Told;
  const page = readFileSync(join(ROOT, 'docs/reference/answers.md'), 'utf8');
  expect(undocumented(JSON.parse(stdout), documentedKeys(page, 'demo'))).toEqual([]);
  expect(scenarios.length).toBeGreaterThanOrEqual(6);
  expect(scenarios.map(({ name, outcome }) => [name, outcome])).toEqual(
    scenarios.map(({ name, expected }) => [name, expected]),
  );
  expect(elapsedSeconds).toBeLessThan(60);
  for (const { expected, actions } of scenarios) {
    expect(actions.length).toBe(expected === 'LeftAlone' || expected === 'Untouched' ? 0 : 1);
  }
});

test.each<[string, (demo: ChildProcess) => void, readonly [number, string]]>([
  ['SIGINT ends it', (demo: ChildProcess) => void demo.kill('SIGINT'), [130, 'kubeskippy: interrupted\n']],
  // As a shell reports a program that a closed pipe has ended.
  ['a reader that goes away ends it', (demo: ChildProcess) => void demo.stdout?.destroy(), [141, '']],
])('from any folder it prints a kubeconfig, and %s without a stack trace', async (_, end, expected) => {
  const demo = spawn(process.execPath, [BUNDLE, 'demo', '--once'], { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  let [text, errors] = ['', ''];
  demo.stderr.on('data', (chunk: Buffer) => (errors += String(chunk)));
  await new Promise<void>((resolve) => {
    demo.stdout.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (/^kubeconfig .*\n/m.test(text)) resolve();
    });
  });
  end(demo);
  const [code] = (await once(demo, 'close')) as [number | null];
  expect([code, errors]).toEqual(expected);
});

test('a wrong flag ends with one line', async () => {
  await expect(run(process.execPath, [BUNDLE, 'demo', '--speed', 'fast'])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^kubeskippy: .*--speed.*\n$/) as string,
  });
});

const ENTERS = '\u001b[?1049h\u001b[?25l';
const LEAVES = '\u001b[?25h\u001b[?1049l';
const CTRL_C = '\u0003';
const noTerminal = spawnSync('script', ['--version']).status !== 0;
if (noTerminal) console.log('skipped: the demo on a terminal, which takes script of util-linux, which is not there');

/** On a terminal of its own. Resolves with all that was written to it, once the demo is over. */
async function onTerminal(args: string, onText: (text: string, press: (keys: string) => void) => void) {
  const command = `stty rows 40 columns 100; exec "${process.execPath}" "${BUNDLE}" demo ${args}`;
  const demo = spawn('script', ['-qfec', command, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh' },
  });
  let text = '';
  demo.stdout.on('data', (chunk: Buffer) => {
    text += String(chunk);
    onText(text, (keys) => void demo.stdin.write(keys));
  });
  const [code] = (await once(demo, 'close')) as [number | null];
  return { code, text };
}

describe.skipIf(noTerminal)('on a terminal', () => {
  test.each([
    ['at its start', (text: string) => text.includes(ENTERS)],
    ['while it plays', (text: string) => text.includes('WORKLOAD')],
  ])('Ctrl-C %s brings back the screen that was there, and the story is not told', async (_title, isThere) => {
    let pressed = false;
    const { code, text } = await onTerminal('', (soFar, press) => {
      if (!pressed && isThere(soFar)) press(CTRL_C);
      pressed ||= isThere(soFar);
    });
    expect(code).toBe(130);
    expect([text.split(ENTERS).length, text.split(LEAVES).length]).toEqual([2, 2]);
    const after = text.slice(text.indexOf(LEAVES) + LEAVES.length);
    expect(after).toBe('kubeskippy: interrupted\r\n');
  });

  test('it plays on a screen of its own, and tells the story once at the end', async () => {
    const { code, text } = await onTerminal('--once', () => undefined);
    expect(code).toBe(0);
    expect([text.split(ENTERS).length, text.split(LEAVES).length]).toEqual([2, 2]);
    const [played = '', story = ''] = text.slice(text.indexOf(ENTERS)).split(LEAVES);
    // oxlint-disable-next-line no-control-regex -- colours
    const told = story.replaceAll(/\u001b\[\d+m/g, '');
    // Nothing scrolls while it plays: each picture begins at the first row, and has no more rows than the terminal.
    const pictures = played.slice(ENTERS.length).split('\u001b[H').slice(1);
    expect(pictures.length).toBeGreaterThan(10);
    expect(Math.max(...pictures.map((picture) => picture.split('\n').length))).toBeLessThanOrEqual(40);
    expect(told.match(/ended as they should/g)).toHaveLength(1);
    expect(told.match(/crash-loop\s+breaks: /g)).toHaveLength(1);
    expect(told).not.toContain('\u001b[H');
    expect(told).toMatch(/Took [\d.]+ s\./);
  });
});
