/** The commands of a page, run in one shell as a reader would: in a folder of their own, with the built program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** The blocks of commands of a page, in their order. */
export const commandsOf = (page: string): readonly string[] =>
  [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => text);

export class PageShell {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kubeskippy-page-'));

  constructor(files: Readonly<Record<string, string>>) {
    for (const name of ['dist', 'config']) symlinkSync(join(ROOT, name), join(this.#folder, name));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.#folder, name)), { recursive: true });
      writeFileSync(join(this.#folder, name), text);
    }
  }

  /** What both streams had, and the exit status; null when it took longer than `ms`. */
  async run(script: string, ms: number): Promise<{ readonly status: number | null; readonly output: string }> {
    // A group of its own: what it leaves running ends with it.
    const shell = spawn('bash', ['-c', script], {
      cwd: this.#folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [shell.stdout, shell.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const late = setTimeout(() => process.kill(-(shell.pid ?? 0), 'SIGKILL'), ms);
    const [status] = (await once(shell, 'exit')) as [number | null];
    clearTimeout(late);
    try {
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    return { status, output };
  }

  end(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
