/** The shape of a row of `verb-rows.ts`, and the failures that many verbs share. */
import type { VerbScene } from './verb-scene.ts';

type Words = readonly string[];
export type WordsIn = (scene: VerbScene) => Words | Promise<Words>;

export interface Failing {
  readonly title: string;
  readonly words: WordsIn;
  readonly status: 1 | 2;
  /** It says on standard output what it found before it ends. */
  readonly finds?: true;
}

export interface VerbRow {
  /** Of a verb that ends with an answer, or that goes on and is stopped by the test. */
  readonly words: WordsIn;
  /** With which it ends; 0 when omitted. */
  readonly status?: 1 | 2;
  /** `document`: what it prints is for programs or a file, and is the same on every terminal. */
  readonly text: 'screen' | 'document' | 'elsewhere';
  /** Beside the text, by `-o`. `lines`: a document of JSON each. */
  readonly forms: readonly ('json' | 'yaml' | 'lines')[];
  /** Why it has no JSON. */
  readonly noJson?: string;
  /** Its text is no answer, but a log. */
  readonly says?: 'err';
  /** It waits by a clock that goes. */
  readonly clock?: 'real';
  /** It goes on until it has printed this. */
  readonly until?: RegExp;
  readonly fails: readonly Failing[];
}

export const words =
  (...given: Words): WordsIn =>
  () =>
    given;
/** On the cluster of the scene. */
export const on =
  (...given: Words): WordsIn =>
  ({ kubeconfig }) => [...given, '--kubeconfig', kubeconfig];
export const fails = (title: string, status: 1 | 2, asked: WordsIn): Failing => ({ title, status, words: asked });
export const finds = (title: string, status: 1 | 2, asked: WordsIn): Failing => ({
  ...fails(title, status, asked),
  finds: true,
});

export const away = (...given: Words): Failing =>
  fails('the cluster is away', 1, ({ file }) => [
    ...given,
    '--kubeconfig',
    file(
      'away',
      'clusters: [{name: a, cluster: {server: "http://127.0.0.1:1"}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}]\nusers: [{name: a, user: {}}]\ncurrent-context: a\n',
    ),
  ]);
export const noKubeconfig = (...given: Words): Failing =>
  fails('there is no such kubeconfig', 1, ({ file }) => [...given, '--kubeconfig', file('none')]);
export const notInstalled = (...given: Words): Failing =>
  fails('our kinds are not installed', 1, ({ bare }) => [...given, '--kubeconfig', bare]);
export const forbidden = (...given: Words): Failing =>
  fails('a right is missing', 1, (scene) => [...given, '--kubeconfig', scene.forbidden]);
/** Of a verb that asks the cluster for our objects. */
export const reads = (...given: Words): readonly Failing[] => [
  away(...given),
  noKubeconfig(...given),
  notInstalled(...given),
  forbidden(...given),
];

export const unreadable = (...given: Words): Failing =>
  fails('the file is not there', 2, ({ file }) => [...given, file('none')]);
