/** The program in this process, as a person calls it; on a cluster of this process that is served over HTTP. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { CliEnvironment } from '../../src/cli/environment.ts';
import { buildProgram, execute } from '../../src/cli/program.ts';
import { kubeconfigText } from '../../src/cli/sandbox/sandbox.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { systemClock } from '../../src/std/clock.ts';

export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** With `columns`, output is a terminal that wide. */
export async function called(
  args: readonly string[],
  more: Partial<CliEnvironment> & { readonly columns?: number; readonly onText?: (text: string) => void } = {},
): Promise<Called> {
  let [out, err] = ['', ''];
  const { columns, onText, ...given } = more;
  const environment: CliEnvironment = {
    env: {},
    clock: systemClock,
    signal: new AbortController().signal,
    random: () => 0.5,
    stdout: {
      write: (text) => {
        out += text;
        onText?.(text);
      },
      ...(columns !== undefined && { isTTY: true, columns, rows: 40 }),
    },
    stderr: {
      write: (text) => {
        err += text;
        onText?.(text);
      },
    },
    ...given,
  };
  const code = await execute(buildProgram(environment), args, environment);
  return { code, out, err };
}

/** A folder of the test file, which goes with it. `length`: of its path, however long that of temporary files is. */
export function testFolder(length = 0): (name: string, text?: string) => string {
  const own = mkdtempSync(join(tmpdir(), 'kubeskippy-test-'));
  afterAll(() => rmSync(own, { recursive: true, force: true }));
  const folder = join(own, 'f'.repeat(Math.max(0, length - own.length - 1)));
  mkdirSync(folder, { recursive: true });
  return (name, text) => {
    const path = join(folder, name);
    if (text !== undefined) writeFileSync(path, text);
    return path;
  };
}

/** The path of a kubeconfig for it. */
export async function served(sandbox: Sandbox, file: ReturnType<typeof testFolder>): Promise<string> {
  const { url, port } = await sandbox.serve({ port: 0 });
  return file(`kubeconfig-${port}`, kubeconfigText(url, new Map()));
}
