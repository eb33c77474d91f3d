/** The help of every verb: it has examples, and each of them is a command that the program takes. */
import { describe, expect, it } from 'vitest';
import type { Command } from 'commander';
import { buildProgram } from '../../src/cli/program.ts';
import { VERBS } from '../../src/cli/verbs/index.ts';
import { helpText, leaves, pathOf } from '../../tools/cli-page.ts';
import { systemClock } from '../../src/std/clock.ts';

const program = (...args: readonly string[]): Command =>
  buildProgram(
    {
      env: {},
      stdout: { write: () => true },
      stderr: { write: () => true },
      clock: systemClock,
      signal: new AbortController().signal,
      random: () => 0,
    },
    args,
  );

/** As a shell would take it apart: redirections are the shell's. */
const wordsOf = (line: string): readonly string[] =>
  (line.replace(/ [>|].*$/, '').match(/'[^']*'|[^\s]+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, '$1'));

const verbs = leaves(program());

describe('the command line', () => {
  it('has many verbs', () => {
    expect(verbs.length).toBeGreaterThan(25);
  });

  it.each(verbs.map(pathOf))('%s has a description and examples that it takes', async (path) => {
    const help = helpText(verbs.find((verb) => pathOf(verb) === path) ?? program());
    const examples = help
      .slice(help.indexOf('\nExamples:\n'))
      .split('\n')
      .filter((line) => line.startsWith('  '))
      .map((line) => line.trim().replace(/^source <\((.*)\)$/, '$1'));
    expect(examples.length, help).toBeGreaterThan(0);
    for (const example of examples) {
      const ran: string[] = [];
      const whole = program();
      for (const verb of leaves(whole)) verb.action(() => void ran.push(pathOf(verb)));
      const [name, ...words] = wordsOf(example);
      expect(name).toBe('kubeskippy');
      await whole.parseAsync([...words], { from: 'user' });
      expect(ran, example).toEqual([path]);
    }
  });

  it.each(Object.keys(VERBS))('%s is the same where a start names it and no other is made', (verb) => {
    const alone = leaves(program(verb)).map((leaf) => [pathOf(leaf), helpText(leaf)]);
    const among = verbs.filter((leaf) => pathOf(leaf).split(' ')[1] === verb);
    expect(among.length).toBeGreaterThan(0);
    expect(alone).toEqual(among.map((leaf) => [pathOf(leaf), helpText(leaf)]));
  });

  it.each<[readonly string[], RegExp]>([
    [['statsu'], /unknown command 'statsu' \(Did you mean status\?\)/],
    [['report', 'cause'], /unknown command 'cause' \(Did you mean causes\?\)/],
    [['status', '--namspace', 'x'], /unknown option '--namspace' \(Did you mean --namespace\?\)/],
    [['config', 'print', '--default'], /unknown option '--default' \(Did you mean --defaults\?\)/],
  ])('suggests what was meant by %j', async (words, said) => {
    await expect(program().parseAsync([...words], { from: 'user' })).rejects.toThrow(
      expect.objectContaining({ code: expect.stringContaining('unknown') as unknown }) as Error,
    );
    const error: unknown = await program()
      .parseAsync([...words], { from: 'user' })
      .catch((thrown: unknown) => thrown);
    expect((error as Error).message.replace(/\s*\n\s*/g, ' ')).toMatch(said);
  });
});
