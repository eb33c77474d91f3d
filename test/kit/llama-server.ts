/** llama.cpp's server as a child of the test, with a model of random weights, on a free port of the loopback. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import { freePort } from './free-port.ts';
import { tinyModel } from './tiny-model.ts';

/** The program, or undefined; then it says so in one line. */
export function llamaServer(): string | undefined {
  const { LLAMA_SERVER: program } = process.env;
  if (program === undefined)
    console.log('LLAMA_SERVER names no llama-server of llama.cpp: tests against a real model server are skipped');
  return program;
}

export interface Llama {
  readonly url: string;
  end(): Promise<void>;
}

/** Loading, on a busy machine. */
const START_MS = 60_000;
/** As many bytes as the longest question and its answer have: each byte is a token of this model. */
const CONTEXT = 65_536;

export async function startLlama(program: string, seed: number): Promise<Llama> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-llama-'));
  const file = join(folder, 'tiny.gguf');
  writeFileSync(file, tinyModel(new Prng(seed), CONTEXT));
  const port = await freePort();
  const flags = ['--host', '127.0.0.1', '--port', String(port), '-c', String(CONTEXT), '-np', '1', '-t', '1'];
  const child = spawn(program, ['-m', file, ...flags, '--seed', String(seed)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const end = async (): Promise<void> => {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const until = systemClock.now() + START_MS;
  while (!(await isUp(url))) {
    if (systemClock.now() > until || child.exitCode !== null) {
      await end();
      throw new Error(`${program} does not answer at ${url}`);
    }
    await systemClock.until(systemClock.now() + 100);
  }
  return { url, end };
}

const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
