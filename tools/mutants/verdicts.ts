/** What became of each guard, kept in a file so that a run that was broken off goes on where it was. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guard } from './guard.ts';
import { COPIED, ROOT } from './test-run.ts';

export interface Verdict {
  /**
   * `killed`: a test went red. `survived`: none did. `stale`: the text of the guard is not in its file exactly once.
   * `untested`: its test is red with the guard too, or no test of the file runs without it.
   */
  readonly kind: 'killed' | 'survived' | 'stale' | 'untested';
  readonly why: string;
  readonly seconds: number;
}

interface Line extends Verdict {
  readonly tree: string;
  readonly name: string;
}

/** Verdicts of one state of the tree. Those of another state count for nothing. */
export class Verdicts {
  readonly #file: string | undefined;
  readonly #tree: string;
  readonly #known = new Map<string, Verdict>();

  constructor(file: string | undefined) {
    this.#file = file;
    this.#tree = file === undefined ? '' : digestOfTree();
    if (file === undefined || !existsSync(file)) return;
    for (const text of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const line = JSON.parse(text) as Line;
      if (line.tree === this.#tree) this.#known.set(line.name, line);
    }
  }

  of({ name }: Guard): Verdict | undefined {
    return this.#known.get(name);
  }

  add({ name }: Guard, verdict: Verdict): void {
    this.#known.set(name, verdict);
    const line: Line = { tree: this.#tree, name, ...verdict };
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

function digestOfTree(): string {
  const hash = createHash('sha256');
  const files = COPIED.flatMap((name) => {
    const under = join(ROOT, name);
    return name.includes('.')
      ? [name]
      : readdirSync(under, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
  });
  for (const file of files.toSorted())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}
