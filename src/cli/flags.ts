/** Flags that several verbs have, and how the values of flags are read. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../std/duration.ts';
import type { AnswerForm } from './answer-form.ts';

export const connectionOptions = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'kubeconfig file (default: the pod, $KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig');

/** Of the verbs by which a person decides on an action. */
export const decisionOptions = (command: Command): Command =>
  connectionOptions(command)
    .argument('<name>', 'the HealingAction')
    .option('-n, --namespace <name>', 'namespace of the action', 'default')
    .option('--dry-run', 'have the server judge it, and keep nothing')
    .option('-y, --yes', 'do not ask')
    .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json']).default('text'));

export const pauseOptions = (command: Command): Command =>
  connectionOptions(command)
    .option('-n, --namespace <name>', "the operator's namespace", 'kubeskippy-system')
    .option('--dry-run', 'have the server judge it, and keep nothing')
    .option('-y, --yes', 'do not ask')
    .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json']).default('text'));

/** For options that may be repeated. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

export function speed(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1000)) throw new InvalidArgumentError('Must be a number above 0 and at most 1000.');
  return value;
}

/** In milliseconds. */
export function period(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Must be a duration such as 90s, 5m or 1h30m.');
  return ms;
}

/** Where Services of the sandbox really answer: `127.0.0.1:9443` by `shop/hooks:443`. */
export type ServicePlaces = ReadonlyMap<string, string>;

const PLACE = /^([a-z0-9.-]+\/[a-z0-9.-]+:\d+)=((?:\[[0-9a-f:]+\]|[^:=]+):\d+)$/i;

/** Reads one more. */
export function servicePlace(text: string, before: ServicePlaces = new Map()): ServicePlaces {
  const [, service, place] = PLACE.exec(text) ?? [];
  if (service === undefined || place === undefined)
    throw new InvalidArgumentError('Must look like shop/hooks:443=127.0.0.1:9443.');
  return new Map([...before, [service, place]]);
}

/** What a person could type, at the end of the help. A test parses each of them. */
export function examples(command: Command, lines: readonly string[]): void {
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`);
}

export const answerOption = (): Option =>
  new Option('-o, --output <format>', 'form of the answer')
    .choices(['text', 'json', 'yaml'] satisfies AnswerForm[])
    .default('text');
