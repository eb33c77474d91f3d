/**
 * What the pages show is what the program takes: each command of ours has a verb and flags that exist, each manifest is
 * one that the schemas take. Commands that must be seen to work are run by the tests of `test/e2e`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { healingActionSchema } from '../../src/api/healing-action.ts';
import { parseOperatorConfig } from '../../src/api/parse-operator-config.ts';
import { operatorConfigSchema } from '../../src/api/operator-config.ts';
import { parsePolicy } from '../../src/api/parse-policy.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { testFileSchema } from '../../src/cli/test/test-schema.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { systemClock } from '../../src/std/clock.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'src/sandbox/README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('adr'))
    .map((name) => join('docs', name)),
];

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    language: match[2] ?? '',
    text: (match[3] ?? '').replaceAll(new RegExp(`^${match[1] ?? ''}`, 'gm'), ''),
  }));
}

const BLOCKS = PAGES.flatMap(blocksOf);

/** `kubeskippy …` up to what ends a command in a shell. */
function commandsOf({
  page,
  line,
  language,
  text,
}: Block): readonly (readonly [place: string, words: readonly string[]])[] {
  if (!['sh', 'shell', 'bash', 'console'].includes(language)) return [];
  const joined = text.replaceAll(/\\\n\s*/g, ' ');
  return joined
    .split('\n')
    .flatMap((row, index) =>
      [...row.replace(/(^|\s)#.*$/, '').matchAll(/(?:^|[|;&(])\s*(?:kubeskippy|kubectl skippy) ([^|>;&()]*)/g)].map(
        (match) => [`${page}:${line + 1 + index}`, wordsOf(match[1] ?? '')] as const,
      ),
    );
}

const wordsOf = (text: string): readonly string[] =>
  (text.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll(/^["']|["']$/g, ''));

const environment = {
  env: {},
  stdout: { write: () => true },
  stderr: { write: () => true },
  clock: systemClock,
  signal: new AbortController().signal,
  random: () => 0.5,
};

/** The verb, and what follows it. Undefined: there is none of that name. */
function verbOf(words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } | undefined {
  let command: Command = buildProgram(environment);
  let rest = words;
  for (let inner = next(command, rest); inner !== undefined; inner = next(command, rest)) {
    command = inner;
    rest = rest.slice(1);
  }
  return command.name() === 'kubeskippy' ? undefined : { command, rest };
}

/** What the program would refuse before it does anything; undefined: it would take the command. */
function refusal(words: readonly string[]): string | undefined {
  const found = verbOf(words);
  if (found === undefined) return `there is no verb ${words[0]}`;
  const { command, rest } = found;
  const { operands, unknown } = command.parseOptions(rest.filter((word) => word !== '…'));
  const strange = unknown.find((word) => word.startsWith('-') && word !== '-h' && word !== '--help');
  if (strange !== undefined) return `${command.name()} has no flag ${strange}`;
  const { registeredArguments: declared } = command;
  const most = declared.some(({ variadic }) => variadic) ? Infinity : declared.length;
  if (operands.length > most) return `${command.name()} takes ${most} arguments`;
  const [first] = declared;
  return first?.required === true && operands.length === 0 ? `${command.name()} needs <${first.name()}>` : undefined;
}

/** A sentence names a verb and some of its flags, not a whole command. */
function misnamed(words: readonly string[]): string | undefined {
  // `kubeskippy VERB --help`, `kubeskippy --version`.
  if (words[0] === undefined || /^(?:-|[A-Z]+$)/.test(words[0])) return undefined;
  const found = verbOf(words);
  if (found === undefined) return `there is no verb ${words[0]}`;
  const flags = found.rest.filter((word) => word.startsWith('-')).map((word) => word.replace(/=.*/, ''));
  const known = [...found.command.options.flatMap(({ short, long }) => [short, long]), '-h', '--help'];
  const strange = flags.find((flag) => !known.includes(flag));
  return strange === undefined ? undefined : `${found.command.name()} has no flag ${strange}`;
}

const next = (command: Command, [word]: readonly string[]): Command | undefined =>
  command.commands.find((one) => one.name() === word || one.aliases().includes(word ?? ''));

/** In a sentence: `kubeskippy explain deployment/web`. */
const inlineOf = (page: string): readonly (readonly [place: string, words: readonly string[]])[] =>
  readFileSync(join(ROOT, page), 'utf8')
    .split('\n')
    .flatMap((row, index) =>
      [...row.matchAll(/`kubeskippy ([^`|>]*)`/g)].map(
        (match) => [`${page}:${index + 1}`, wordsOf(match[1] ?? '')] as const,
      ),
    );

const COMMANDS = BLOCKS.flatMap(commandsOf);
const NAMED = PAGES.flatMap(inlineOf);
const MANIFESTS = BLOCKS.filter(({ language }) => language === 'yaml');

describe('the pages', () => {
  it('show commands and manifests, or this test would look at nothing', () => {
    expect(COMMANDS.length).toBeGreaterThan(15);
    expect(NAMED.length).toBeGreaterThan(100);
    expect(MANIFESTS.length).toBeGreaterThan(5);
  });

  it.each(COMMANDS.map(([place, words]) => [place, words.join(' '), words] as const))(
    '%s: kubeskippy %s is a command',
    (_, _text, words) => {
      expect(refusal(words)).toBeUndefined();
    },
  );

  it('name verbs and flags that are there', () => {
    const wrong = NAMED.flatMap(([place, words]) => {
      const why = misnamed(words);
      return why === undefined ? [] : [`${place}: ${why}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each(MANIFESTS.map((block) => [`${block.page}:${block.line}`, block] as const))(
    '%s is YAML that is taken',
    (_, block) => {
      const problems = parseAllDocuments(block.text).flatMap((document) =>
        problemsOf(document.toJS(), document.errors),
      );
      expect(problems).toEqual([]);
    },
  );

  it('would be told of a verb, a flag and an argument that are not there', () => {
    expect(refusal(['heal', 'web'])).toBe('there is no verb heal');
    expect(refusal(['lint', '--fast', 'a.yaml'])).toBe('lint has no flag --fast');
    expect(refusal(['explain', 'deployment/web', 'deployment/api'])).toBe('explain takes 1 arguments');
    expect(refusal(['lint'])).toBe('lint needs <files>');
    expect(misnamed(['lint', '--fast'])).toBe('lint has no flag --fast');
    expect(misnamed(['lint'])).toBeUndefined();
  });
});

function problemsOf(object: unknown, errors: readonly Error[]): readonly string[] {
  if (errors.length > 0) return errors.map(({ message }) => message);
  if (typeof object !== 'object' || object === null) return [];
  const { kind, apiVersion } = object as Partial<KubeObject>;
  if (kind === 'HealingPolicy')
    return parsePolicy(object as KubeObject).problems.map(({ path, message }) => `${path} ${message}`);
  if (kind === 'HealingAction')
    return healingActionSchema.safeParse(object).error?.issues.map(({ message }) => message) ?? [];
  if (kind !== undefined && apiVersion !== undefined) return [];
  if (Object.hasOwn(object, 'tests'))
    return testFileSchema.safeParse(object).error?.issues.map(({ message }) => message) ?? [];
  // A part of a policy or of another program's file has none of the operator's settings at its top.
  const settings = Object.keys(operatorConfigSchema.shape);
  const isOther = Array.isArray((object as { readonly actions?: unknown }).actions);
  if (isOther || !Object.keys(object).some((key) => settings.includes(key))) return [];
  const parsed = parseOperatorConfig(JSON.stringify(object));
  return 'config' in parsed ? [] : parsed.problems.map(({ path, message }) => `${path} ${message}`);
}
