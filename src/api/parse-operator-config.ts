/**
 * From the text of a configuration file and the flags to settings: flags win over the file, the file over the defaults.
 * Unknown keys and bad values are refused by place.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type * as z from 'zod';
import { describedSchema } from './crd.ts';
import { milliseconds } from './compile-trigger.ts';
import { takenName, unknownChannel } from './endpoint-schema.ts';
import { PROMETHEUS_SOURCE } from './metric-source-schema.ts';
import { given } from '../std/given.ts';
import { nearestWord } from '../std/nearest-word.ts';
import { yamlValue } from '../std/yaml-value.ts';
import {
  compileSettings,
  operatorConfigSchema,
  type OperatorSettings,
  type OperatorSettingsFile,
} from './operator-config.ts';
import { fieldPath, type PathSegment, problemOfIssue } from './problem.ts';
import { type Remark, translated } from './published-config.ts';

export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
  /** One-based; absent for values that came from a flag. */
  readonly line?: number;
}

export type ParsedConfig =
  | {
      readonly config: OperatorSettings;
      /** The same as a file would say it, with every default. */
      readonly file: OperatorSettingsFile;
      /** What the file says that has no effect, and why. */
      readonly notes: readonly ConfigProblem[];
    }
  | { readonly problems: readonly ConfigProblem[] };

/** Every round lists the usage of all pods; more often than once a second nothing new is measured anywhere. */
const MIN_INTERVAL_MS = 1000;

/** `text` is YAML (or JSON); `flags` are the values that were given on the command line. */
export function parseOperatorConfig(text: string, flags: Readonly<Record<string, unknown>> = {}): ParsedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const read = yamlValue(document);
  if ('whyNot' in read) {
    const { line } = lines.linePos(read.offset);
    return { problems: [{ path: '', message: `is not YAML: ${read.whyNot}`, line }] };
  }
  const written = read.value ?? {};
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    return { problems: [{ path: '', message: 'must be a map of settings', line: 1 }] };
  const { settings, origins, remarks } = translated(written as Readonly<Record<string, unknown>>);
  const place = (path: readonly PathSegment[], message: string): ConfigProblem => {
    if (path[0] !== undefined && Object.hasOwn(flags, path[0])) return { path: fieldPath(path), message };
    const spelled = origins.get(fieldPath(path)) ?? path;
    const offset = offsetOf(document.contents, spelled);
    const line = offset === undefined ? undefined : lines.linePos(offset).line;
    return { path: fieldPath(spelled), message, ...given({ line }) };
  };
  const said = (kind: Remark['kind']): readonly ConfigProblem[] =>
    remarks.filter((remark) => remark.kind === kind).map(({ path, message }) => place(path, message));
  const refused = said('refused');
  if (refused.length > 0) return { problems: refused };
  const result = operatorConfigSchema.safeParse({ ...settings, ...flags });
  const problems = result.success
    ? contradictions(result.data).map(({ path, message }) => place(path, message))
    : result.error.issues.flatMap(findings).map(({ path, message }) => place(path, message));
  if (!result.success || problems.length > 0)
    return { problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
  return { config: compileSettings(result.data), file: result.data, notes: said('note') };
}

interface Finding {
  readonly path: readonly PathSegment[];
  readonly message: string;
}

/** What no single field shows. */
function contradictions(file: OperatorSettingsFile): readonly Finding[] {
  const { prometheusUrl, metricSources, evaluationInterval } = file;
  const [taken, unknown] = [takenName(file), unknownChannel(file)];
  const twice = prometheusUrl !== undefined && metricSources.some(({ name }) => name === PROMETHEUS_SOURCE);
  const found: readonly (Finding | undefined)[] = [
    milliseconds(evaluationInterval) < MIN_INTERVAL_MS
      ? { path: ['evaluationInterval'], message: 'must be 1s or more' }
      : undefined,
    file.shards > 1 && !file.leaderElect
      ? { path: ['shards'], message: 'of more than 1 needs leaderElect: true' }
      : undefined,
    taken && { path: taken, message: 'is taken by another endpoint or channel' },
    unknown && { path: unknown, message: 'is not the name of a channel' },
    twice
      ? { path: ['metricSources'], message: `has a ${PROMETHEUS_SOURCE} beside the one of prometheusUrl` }
      : undefined,
  ];
  return found.flatMap((finding) => finding ?? []);
}

function findings(issue: z.core.$ZodIssue): readonly Finding[] {
  const path = issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment));
  if (issue.code !== 'unrecognized_keys') return [{ path, message: problemOfIssue(issue).message }];
  const allowed = keysAt(path);
  return issue.keys.map((key) => ({ path: [...path, key], message: `is not a setting${instead(key, allowed)}` }));
}

/** A longer list is read on the page of the configuration. */
const MOST_LISTED = 12;

function instead(key: string, allowed: readonly string[]): string {
  const near = nearestWord(key, allowed);
  if (near !== undefined) return `; did you mean ${near}?`;
  return allowed.length === 0 || allowed.length > MOST_LISTED ? '' : `; there are ${allowed.join(', ')}`;
}

/** The keys that the schema has at a path. */
function keysAt(path: readonly PathSegment[]): readonly string[] {
  let node = describedSchema(operatorConfigSchema);
  for (const segment of path) node = (typeof segment === 'number' ? node.items : node.properties?.[segment]) ?? {};
  return Object.keys(node.properties ?? {});
}

/** Where the key of a path stands in the file. */
function offsetOf(contents: unknown, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = contents;
  let offset: number | undefined;
  for (const segment of path) {
    if (isSeq(node) && typeof segment === 'number') {
      node = node.items[segment];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === segment);
    if (!pair) break;
    offset = (pair.key as Node).range?.[0];
    node = pair.value;
  }
  return offset;
}
