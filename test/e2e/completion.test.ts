/** Completion in the shells themselves, where they are installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../../dist/kubeskippy.js');
const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-completion-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'kubeskippy'), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
chmodSync(join(folder, 'kubeskippy'), 0o755);
writeFileSync(join(folder, 'policy.yaml'), '');

const there = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;
for (const shell of ['bash', 'zsh', 'fish'])
  if (!there(shell)) console.log(`skipped: completion in ${shell}, which is not there`);

const run = (shell: string, args: readonly string[]): readonly string[] =>
  execFileSync(shell, [...args], {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, TERM: 'dumb' },
  })
    .split('\n')
    .filter((line) => line !== '');

/** The line as it stands when Tab is pressed at its end. */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['kubeskippy stat', ['status']],
  ['kubeskippy get policies -o ', ['json', 'name', 'table', 'wide', 'yaml']],
  ['kubeskippy get policies --output=js', ['json']],
  ['kubeskippy report causes --kube', ['--kubeconfig']],
  ['kubeskippy lint pol', ['policy.yaml']],
];

describe.skipIf(!there('bash'))('in bash', () => {
  it.each(CASES)('%s', (line, expected) => {
    // Words as readline takes them apart: = is a word of its own.
    const words = line.split(/ |(=)/).filter((word) => word !== undefined);
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const found = run('bash', [
      '-c',
      `source <(kubeskippy completion bash); COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _kubeskippy; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ]);
    expect(found.toSorted()).toEqual(expected);
  });
});

describe.skipIf(!there('fish'))('in fish', () => {
  it.each(CASES)('%s', (line, expected) => {
    const found = run('fish', ['-c', `kubeskippy completion fish | source; complete -C '${line}'`]);
    const words = found.map((one) => one.replace(/\t.*$/, '').replace(/^--output=/, ''));
    expect(words.toSorted()).toEqual(expected);
  });
});

describe.skipIf(!there('zsh'))('in zsh', () => {
  it.each(CASES)('%s', (line, expected) => {
    // A terminal of its own, in which Tab is pressed: what completion would insert or list is what it tells compadd.
    const script = `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'PS1=; unsetopt zle_bracketed_paste; autoload -Uz compinit && compinit -u -d ${folder}/dump; source <(kubeskippy completion zsh); compadd() { local -a hits; builtin compadd -O hits "$@"; print -l -- "$hits[@]" >> ${folder}/hits; builtin compadd "$@" }; : > ${folder}/hits; print RE""ADY'
      while zpty -r shell text; do [[ $text == *READY* ]] && break; done
      zpty -w -n shell $'${line}\\t'
      for ((i = 0; i < 100; i++)); do [[ -s ${folder}/hits ]] && break; zpty -r -t shell text; sleep 0.1; done
      zpty -d shell
      cat ${folder}/hits`;
    const found = run('zsh', ['-f', '-c', script]);
    // It has `--output=json` as one word.
    const words = found.map((word) => word.replace(/^--output=/, ''));
    expect([...new Set(words)].filter((word) => word !== '').toSorted()).toEqual(expected);
  });
});
