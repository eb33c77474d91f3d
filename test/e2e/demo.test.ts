/** `kubeskippy demo` as a person runs it: the bundle, its exit status, its JSON, and `kubectl` looking on. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

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
