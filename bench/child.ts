/**
 * Bundles a file of this folder and runs it in a process of its own by plain node, so that no loader's memory is in the
 * figures.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';

export interface Child {
  /** Its first line. */
  readonly line: Promise<string>;
  readonly pid: number;
  readonly end: () => void;
}

/** Names without their extension: `cache-server`. Call once for each bundle before `child`. */
export async function bundle(...names: readonly string[]): Promise<void> {
  await build({
    entryPoints: names.map((name) => join(import.meta.dirname, `${name}.ts`)),
    outdir: join(import.meta.dirname, '../dist/bench'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
}

export function child(name: string, args: readonly string[], flags: readonly string[] = []): Child {
  const file = join(import.meta.dirname, `../dist/bench/${name}.mjs`);
  const started = spawn(process.execPath, [...flags, file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = new Promise<string>((resolve, reject) => {
    let text = '';
    started.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    started.on('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return { line, pid: started.pid ?? 0, end: () => void started.kill() };
}
