/**
 * kubectl against the embedded cluster over HTTP: the one on the PATH, and Debian's old one where DEBIAN_KUBECTL names
 * it.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import { scaledClock, systemClock } from '../../src/std/clock.ts';
import { type Kubectl, kubectls } from '../kit/kubectl.ts';
import { FILES, type Generation, sessionOf } from './kubectl-lines.ts';

interface Candidate extends Kubectl {
  readonly generation: Generation;
}

/** The first whose kubectl takes what it checks and explains from OpenAPI v3. */
const FIRST_NEWER_MINOR = 27;

const KUBECTLS = kubectls().map((one): Candidate => {
  const minor = Number(/^v1\.(\d+)/.exec(one.version)?.[1]);
  return { ...one, generation: minor < FIRST_NEWER_MINOR ? 'older' : 'newer' };
});
if (KUBECTLS.length === 0)
  console.log('kubectl is neither on the PATH nor where DEBIAN_KUBECTL says: its session is skipped');
if (process.env['DEBIAN_KUBECTL'] === undefined)
  console.log("DEBIAN_KUBECTL names no kubectl: the session of Debian's is skipped");

interface Ran {
  readonly code: number;
  readonly out: string;
}

const NONE: Candidate = { path: 'kubectl', version: '(none)', generation: 'newer' };

describe.skipIf(KUBECTLS.length === 0).each(KUBECTLS.length === 0 ? [NONE] : KUBECTLS)(
  'a session of kubectl $version',
  ({ path, generation }) => {
    let sandbox: Sandbox;
    let home: string;
    let url: string;

    beforeAll(async () => {
      // Ten times the real speed: rollouts and drains take no longer than the commands that ask for them.
      sandbox = createSandbox({ clock: scaledClock(systemClock, 10), nodes: 2 });
      ({ url } = await sandbox.serve({ port: 0 }));
      home = await mkdtemp(join(tmpdir(), 'kubeskippy-kubectl-'));
      await writeFile(join(home, 'none'), '');
      for (const [name, text] of Object.entries(FILES)) await writeFile(join(home, name), text);
    });

    afterAll(async () => {
      await sandbox.close();
      await rm(home, { recursive: true, force: true });
    });

    const run = (args: readonly string[]): Promise<Ran> =>
      new Promise((resolve) => {
        // Its own home: no kubeconfig of this machine is read, no cache of another server's discovery is used.
        const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: join(home, 'none') };
        execFile(path, ['--server', url, ...args], { env, cwd: home, timeout: 30_000 }, (error, out, err) =>
          resolve({ code: error ? Number(error.code ?? 1) : 0, out: `${out}${err}` }),
        );
      });

    const steps = sessionOf(generation).map(([command, expected, code = 0], index) => ({
      step: index + 1,
      command,
      expected,
      code,
    }));
    test.each(steps)('$step. kubectl $command', async ({ command, expected, code }) => {
      const answer = await run(command.split(' ').map((word) => word.replaceAll('~', ' ')));
      expect(answer.out).toMatch(expected);
      expect(answer.code).toBe(code);
    });
  },
);
