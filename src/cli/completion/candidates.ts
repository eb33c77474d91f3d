/** The words that can come next on the command line, out of the program itself. Pure. */
import type { Command, Option } from 'commander';

export interface Candidate {
  readonly word: string;
  readonly description: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What is typed is the name of a file, which the shell knows. */
  readonly files: 'yes' | 'no';
}

/** `typed`: the words after the program's name; the last one is the one that is being typed, and may be empty. */
export function completionOf(program: Command, typed: readonly string[]): Completion {
  const words = joined(typed);
  const last = words.at(-1) ?? '';
  let command = program;
  let places = 0;
  let pending: Option | undefined;
  for (const word of words.slice(0, -1)) {
    if (pending !== undefined) pending = pending.variadic && !word.startsWith('-') ? pending : undefined;
    else if (word.startsWith('-')) pending = word.includes('=') ? undefined : valued(command, word);
    else {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) places++;
      else [command, places] = [next, 0];
    }
  }
  const [flag, value] = last.startsWith('--') && last.includes('=') ? last.split(/=(.*)/s) : [];
  if (flag !== undefined) {
    const { candidates, files } = valuesOf(valued(command, flag), value ?? '');
    // A shell that has it as one word replaces the whole of it.
    const whole = typed.at(-1) === last;
    return {
      files,
      candidates: whole ? candidates.map((one) => ({ ...one, word: `${flag}=${one.word}` })) : candidates,
    };
  }
  if (pending !== undefined) return valuesOf(pending, last);
  if (last.startsWith('-')) return { candidates: flagsOf(command, last), files: 'no' };
  return argumentsOf(command, places, last);
}

/** Bash takes `--output=json` apart into three words. */
function joined(typed: readonly string[]): readonly string[] {
  const words: string[] = [];
  typed.forEach((word, index) => {
    const before = words.at(-1);
    const glue = before?.startsWith('--') === true && (word === '=' || typed[index - 1] === '=');
    if (glue) words[words.length - 1] = before + word;
    else words.push(word);
  });
  return words;
}

/** The option of this name, where it takes a value. */
const valued = (command: Command, name: string): Option | undefined =>
  command.options.find(
    (option) => (option.long === name || option.short === name) && (option.required || option.optional),
  );

const visible = (words: readonly Candidate[], prefix: string): readonly Candidate[] =>
  words.filter(({ word }) => word.startsWith(prefix));

function valuesOf(option: Option | undefined, prefix: string): Completion {
  if (option === undefined) return { candidates: [], files: 'no' };
  const words = (option.argChoices ?? []).map((word) => ({ word, description: '' }));
  const files = /<(file|files|folder|endpoints)>/.test(option.flags) && words.length === 0 ? 'yes' : 'no';
  return { candidates: visible(words, prefix), files };
}

const flagsOf = (command: Command, prefix: string): readonly Candidate[] =>
  visible(
    command
      .createHelp()
      .visibleOptions(command)
      .flatMap(({ long, description }) => (long === undefined ? [] : [{ word: long, description }])),
    prefix,
  );

function argumentsOf(command: Command, places: number, prefix: string): Completion {
  const verbs = command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ word: one.name(), description: one.description() }));
  if (verbs.length > 0) return { candidates: visible(verbs, prefix), files: 'no' };
  const all = command.registeredArguments;
  const argument = all[places] ?? all.find(({ variadic }) => variadic);
  const words = (argument?.argChoices ?? []).map((word) => ({ word, description: '' }));
  return {
    candidates: visible(words, prefix),
    files: argument !== undefined && /^files?$/.test(argument.name()) ? 'yes' : 'no',
  };
}
