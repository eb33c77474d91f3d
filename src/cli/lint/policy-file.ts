/**
 * The HealingPolicies of a YAML text, with the place of every query and of everything that the schema refuses. Pure.
 */
import { isScalar, LineCounter, type Node, parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../shapes/kube.ts';
import { API_VERSION, HEALING_POLICY } from '../../api/names.ts';
import { parsePolicy } from '../../api/parse-policy.ts';
import { unknownFields, unknownFieldText } from '../../api/unknown-fields.ts';
import type { MetricTrigger } from '../../api/policy.ts';
import { yamlValue } from '../../std/yaml-value.ts';
import type { LintReason } from '../../core/reasons/index.ts';
import { nearestNode, nodeAt, segmentsOf } from '../yaml-places.ts';
import type { PolicyQuery, QueryOrigin } from './lint-queries.ts';
import type { LintRules } from './lint-rules.ts';

export interface FileProblem {
  readonly message: string;
  readonly code: LintReason;
  readonly line: number;
  readonly column: number;
}

export interface LintedQuery extends PolicyQuery {
  /** The metric source that the trigger names. */
  readonly source: string | undefined;
}

export interface PolicyFile {
  readonly policies: number;
  readonly queries: readonly LintedQuery[];
  readonly problems: readonly FileProblem[];
}

export function readPolicyFile(text: string, { problemsOf }: Pick<LintRules, 'problemsOf'>): PolicyFile {
  const lines = new LineCounter();
  const found = { policies: 0, queries: [] as LintedQuery[], problems: [] as FileProblem[] };
  const documents = parseAllDocuments(text, { lineCounter: lines });
  for (const document of Array.isArray(documents) ? documents : []) {
    const read = yamlValue(document);
    if ('whyNot' in read) {
      const { line, col } = lines.linePos(read.offset);
      found.problems.push({ message: `is not YAML: ${read.whyNot}`, code: 'InvalidYaml', line, column: col });
      continue;
    }
    for (const { object, at } of objectsIn(read.value)) {
      if (!isPolicy(object)) continue;
      found.policies++;
      const { policy } = parsePolicy(object);
      const names = ((object['spec'] as { triggers?: readonly { name?: unknown }[] } | undefined)?.triggers ?? []).map(
        ({ name }) => name,
      );
      const tell = (path: readonly (string | number)[], { message, code }: Pick<FileProblem, 'message' | 'code'>) => {
        const node = nearestNode(document.contents, [...at, ...path]);
        const { line, col } = lines.linePos(node?.range?.[0] ?? document.range[0]);
        const same = found.problems.some((one) => one.message === message && one.line === line && one.column === col);
        if (!same) found.problems.push({ message, code, line, column: col });
      };
      for (const { path, message, reason } of problemsOf(object))
        tell(placed(object, segmentsOf(path)), { message: `${path} ${message}`, code: reason });
      for (const field of unknownFields(object))
        tell(field.path, { message: unknownFieldText(object.kind, field), code: 'UnknownField' });
      for (const trigger of policy?.triggers ?? []) {
        if (trigger.type !== 'metric') continue;
        const path = [...at, 'spec', 'triggers', names.indexOf(trigger.name), 'metricTrigger', 'query'];
        const node = nodeAt(document.contents, path);
        found.queries.push(queryOf(trigger, originOf(node, { text, lines })));
      }
    }
  }
  return found;
}

interface Placed {
  readonly object: unknown;
  /** Of the object in its document. */
  readonly at: readonly (string | number)[];
}

/** `kubectl get -o yaml` prints a List. */
function objectsIn(value: unknown): readonly Placed[] {
  const { kind, items } = (value ?? {}) as { readonly kind?: unknown; readonly items?: unknown };
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [{ object: value, at: [] }];
  return items.map((object: unknown, index) => ({ object, at: ['items', index] }));
}

const isPolicy = (object: unknown): object is KubeObject =>
  typeof object === 'object' &&
  object !== null &&
  'kind' in object &&
  object.kind === HEALING_POLICY.kind &&
  'apiVersion' in object &&
  object.apiVersion === API_VERSION;

function queryOf(
  { name, query, operator, threshold, target, source }: MetricTrigger,
  origin: QueryOrigin,
): LintedQuery {
  return { trigger: name, query, operator, threshold, target, source, origin };
}

/** Where the first character of a scalar's value stands: behind its quote, or in the line below `|`. */
function originOf(
  node: Node | undefined,
  { text, lines }: { readonly text: string; readonly lines: LineCounter },
): QueryOrigin {
  const start = node?.range?.[0] ?? 0;
  const { line, col } = lines.linePos(start);
  const style = isScalar(node) ? node.type : undefined;
  if (style === 'BLOCK_LITERAL' || style === 'BLOCK_FOLDED') {
    const first = text.split('\n').find((one, index) => index >= line && one.trim() !== '');
    const column = (first?.search(/\S/) ?? 0) + 1;
    return { line: line + 1, column, indentColumn: column };
  }
  return { line, column: style === 'QUOTE_DOUBLE' || style === 'QUOTE_SINGLE' ? col + 1 : col };
}

/** With the places of triggers and actions that a path calls by their names. */
function placed(object: KubeObject, path: readonly (string | number)[]): readonly (string | number)[] {
  const [spec, list, name, ...rest] = path;
  if (spec !== 'spec' || typeof name !== 'string') return path;
  const named = (object['spec'] as Readonly<Record<string, unknown>>)[String(list)];
  const place = Array.isArray(named) ? named.findIndex((one: { readonly name?: unknown }) => one.name === name) : -1;
  return place < 0 ? path : [spec, String(list), place, ...rest];
}
