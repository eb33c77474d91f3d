/** A shell on a terminal of its own, at which keys are pressed. `script` of util-linux makes the terminal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/std/clock.ts';

export interface Pressed {
  /** The words that completion found, each once. */
  readonly found: readonly string[];
  /** As it stands at the prompt afterwards. */
  readonly line: string;
}

const CLEAR_LINE = '\u0015';
const TELL = '\u0014';
const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 20_000;

const ZSH_TELLS = `compadd() { local -a hits; builtin compadd -O hits "$@"; print -l -- "$hits[@]" >> found; builtin compadd "$@" }
tell() { [[ -e found ]] || : > found; printf '%s' "$BUFFER" > line; : > told }
zle -N tell; bindkey '^T' tell
`;

/** How a shell is told to load the completion, and to write down what it did when Ctrl-T is pressed. */
const SETUP = {
  bash: `PS1=; bind 'set enable-bracketed-paste off'; bind 'set completion-query-items -1'; bind 'set page-completions off'
source <(kubeskippy completion bash)
eval "real$(declare -f _kubeskippy)"
_kubeskippy() { real_kubeskippy "$@"; printf '%s\\n' "\${COMPREPLY[@]}" > found; }
tell() { [[ -e found ]] || : > found; printf '%s' "$READLINE_LINE" > line; : > told; }
bind -x '"\\C-t": tell'
`,
  zsh: `PS1=; LISTMAX=-1; unsetopt zle_bracketed_paste; autoload -Uz compinit && compinit -u -d dump
source <(kubeskippy completion zsh)
${ZSH_TELLS}`,
  'zsh, from a file of its fpath': `PS1=; LISTMAX=-1; unsetopt zle_bracketed_paste
mkdir -p site && kubeskippy completion zsh > site/_kubeskippy; fpath=($PWD/site $fpath)
autoload -Uz compinit && compinit -u -d dump-of-site
${ZSH_TELLS}`,
} as const;
const startOf = (how: How): string => (how === 'bash' ? 'bash --norc --noprofile -i' : 'zsh -f -i');
export type How = keyof typeof SETUP;
export const hows = Object.keys(SETUP) as readonly How[];

export class ShellTerminal {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  /** `folder`: where it works, and where the answers are kept. */
  static async open(
    how: How,
    { folder, env }: { readonly folder: string; readonly env: NodeJS.ProcessEnv },
  ): Promise<ShellTerminal> {
    const child = spawn('script', ['-qfec', startOf(how), '/dev/null'], {
      cwd: folder,
      env: { ...env, TERM: 'dumb', SHELL: '/bin/sh' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const terminal = new ShellTerminal(child, folder);
    await terminal.#type(`stty rows 50 columns 120; ${SETUP[how]}: > told\n`);
    return terminal;
  }

  /** Types a line and presses Tab at its end. */
  async complete(line: string): Promise<Pressed> {
    rmSync(join(this.#folder, 'found'), { force: true });
    await this.#type(`${CLEAR_LINE}${line}\t${TELL}`);
    const [found, now] = ['found', 'line'].map((name) => readFileSync(join(this.#folder, name), 'utf8'));
    return { found: [...new Set(found?.split('\n').filter((one) => one !== ''))].toSorted(), line: now ?? '' };
  }

  /** As a person leaves it; `script` outlives signals. */
  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end(`${CLEAR_LINE}exit\n`);
    await ended;
  }

  /** Until the shell has told that it is done. */
  async #type(keys: string): Promise<void> {
    const told = join(this.#folder, 'told');
    rmSync(told, { force: true });
    this.#child.stdin?.write(keys);
    const end = systemClock.monotonic() + PATIENCE_MS;
    while (!existsSync(told)) {
      if (systemClock.monotonic() > end) throw new Error(`the shell does not answer to ${JSON.stringify(keys)}`);
      await systemClock.after(LOOK_EVERY_MS);
    }
  }
}
