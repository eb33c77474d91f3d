/** The program in this process, as a person calls it; on a cluster of this process that is served over HTTP. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  more: Partial<CliEnvironment> & { readonly columns?: number; readonly onOut?: (text: string) => void } = {},
): Promise<Called> {
  let [out, err] = ['', ''];
  const { columns, onOut, ...given } = more;
  const environment: CliEnvironment = {
    env: {},
    clock: systemClock,
    signal: new AbortController().signal,
    random: () => 0.5,
    stdout: {
      write: (text) => {
        out += text;
        onOut?.(text);
      },
      ...(columns !== undefined && { isTTY: true, columns, rows: 40 }),
    },
    stderr: { write: (text) => void (err += text) },
    ...given,
  };
  const code = await execute(buildProgram(environment), args, environment);
  return { code, out, err };
}

/** A folder of the test file, which goes with it. */
export function testFolder(): (name: string, text?: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
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
