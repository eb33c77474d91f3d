/** The words that can come next on the command line, out of the program itself. Pure. */
import type { Command, Option } from 'commander';

export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** Names that a cluster or a kubeconfig knows, and the program does not. */
export type Wanted =
  | { readonly names: 'contexts' }
  | { readonly names: 'namespaces' }
  /** Of our kinds, in one namespace. */
  | { readonly names: 'policies' | 'actions' | 'approvals'; readonly namespace: string }
  /** `deployment/` or `deployment/w`. */
  | { readonly names: 'objects'; readonly namespace: string; readonly actions: 'too' | 'never' };

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What is typed is the name of a file, which the shell knows. */
  readonly files: 'yes' | 'no';
  readonly wanted?: Wanted;
  /** What of the word stands before a name: `--namespace=`, where a shell has it as one word. */
  readonly before: string;
  /** What is typed of a name. */
  readonly prefix: string;
  /** Of the flags before it. */
  readonly flags: Readonly<Record<string, string>>;
}

interface Typed {
  readonly command: Command;
  readonly places: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
  /** The word that is typed is its value. */
  readonly pending: Option | undefined;
}

/** `typed`: the words after the program's name; the last one is the one that is being typed, and may be empty. */
export function completionOf(program: Command, typed: readonly string[]): Completion {
  const words = joined(typed);
  const last = words.at(-1) ?? '';
  const before = typedBefore(program, words.slice(0, -1));
  const { command, flags, pending } = before;
  const [flag, value = ''] = last.startsWith('--') && last.includes('=') ? last.split(/=(.*)/s) : [];
  if (flag !== undefined) {
    const found = valuesOf(valued(command, flag), value, before);
    // A shell that has it as one word replaces the whole of it.
    const whole = typed.at(-1) === last;
    const head = whole ? `${flag}=` : '';
    const candidates = found.candidates.map((one) => ({ ...one, word: head + one.word }));
    return { ...found, candidates, before: head, prefix: value, flags };
  }
  const rest = { before: '', prefix: last, flags };
  if (pending !== undefined) return { ...valuesOf(pending, last, before), ...rest };
  if (last.startsWith('-')) return { candidates: flagsOf(command, last), files: 'no', ...rest };
  return { ...argumentsOf(before, last), ...rest };
}

function typedBefore(program: Command, words: readonly string[]): Typed {
  let command = program;
  let places: readonly string[] = [];
  let pending: Option | undefined;
  const flags: Record<string, string> = {};
  for (const word of words) {
    if (pending !== undefined && !(pending.variadic && word.startsWith('-'))) {
      flags[pending.attributeName()] = word;
      pending = pending.variadic ? pending : undefined;
    } else if (word.startsWith('-')) {
      const [name = '', value] = word.split(/=(.*)/s);
      const option = valued(command, name);
      if (option !== undefined && value !== undefined) flags[option.attributeName()] = value;
      pending = value === undefined ? option : undefined;
    } else {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) places = [...places, word];
      else [command, places] = [next, []];
    }
  }
  return { command, places, flags, pending };
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

type Found = Pick<Completion, 'candidates' | 'files' | 'wanted'>;

const NAMES_OF_FLAGS: Readonly<Record<string, Wanted>> = {
  '--context': { names: 'contexts' },
  '--namespace': { names: 'namespaces' },
  '--operator-namespace': { names: 'namespaces' },
};

function valuesOf(option: Option | undefined, prefix: string, typed: Typed): Found {
  if (option === undefined) return { candidates: [], files: 'no' };
  const words = (option.argChoices ?? []).map((word) => ({ word, description: '' }));
  const files = /<(file|files|folder|endpoints)>/.test(option.flags) && words.length === 0 ? 'yes' : 'no';
  const wanted = option.flags.includes('<kind/name>') ? namesOf('kind/name', typed) : NAMES_OF_FLAGS[option.long ?? ''];
  return { candidates: visible(words, prefix), files, ...(wanted !== undefined && { wanted }) };
}

const flagsOf = (command: Command, prefix: string): readonly Candidate[] =>
  visible(
    command
      .createHelp()
      .visibleOptions(command)
      .flatMap(({ long, description }) => (long === undefined ? [] : [{ word: long, description }])),
    prefix,
  );

function argumentsOf(typed: Typed, prefix: string): Found {
  const { command, places } = typed;
  const verbs = command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ word: one.name(), description: one.description() }));
  if (verbs.length > 0) return { candidates: visible(verbs, prefix), files: 'no' };
  const all = command.registeredArguments;
  const argument = all[places.length] ?? all.find(({ variadic }) => variadic);
  const words = (argument?.argChoices ?? []).map((word) => ({ word, description: '' }));
  const wanted = argument && namesOf(argument.name(), typed);
  return {
    candidates: visible(words, prefix),
    files: argument !== undefined && /^files?$/.test(argument.name()) ? 'yes' : 'no',
    ...(wanted !== undefined && { wanted }),
  };
}

/** What names an argument takes. Undefined: none that a cluster has, or none without a namespace. */
function namesOf(argument: string, { command, places, flags }: Typed): Wanted | undefined {
  const preset: unknown = command.options.find(({ long }) => long === '--namespace')?.defaultValue;
  const namespace = flags['namespace'] ?? (typeof preset === 'string' ? preset : undefined);
  if (argument === 'kind/name')
    return {
      names: 'objects',
      namespace: namespace ?? 'default',
      actions: command.name() === 'explain' ? 'too' : 'never',
    };
  if (argument !== 'name' || namespace === undefined) return undefined;
  const [what = 'actions'] = places;
  return what === 'policies' || what === 'actions' || what === 'approvals' ? { names: what, namespace } : undefined;
}
