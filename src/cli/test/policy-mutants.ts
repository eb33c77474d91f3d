/**
 * Policies that are broken on purpose, one thing at a time: a test that passes with one of them does not watch that
 * thing. Pure.
 */
import { HEALING_POLICY } from '../../api/names.ts';
import type { KubeObject } from '../../shapes/kube.ts';

export interface Mutant {
  readonly policy: string;
  /** What was broken, in words: `trigger crashing: duration 10s -> 24h`. */
  readonly what: string;
  readonly object: KubeObject;
}

type Json = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** Of a HealingPolicy as it is written; none of other objects. */
export function mutantsOf(object: KubeObject): readonly Mutant[] {
  if (object.kind !== HEALING_POLICY.kind) return [];
  const spec = object['spec'] as Json;
  return [...triggersOf(spec), ...selectorOf(spec), ...actionsOf(spec), ...gatesOf(spec)].map(
    ({ what, path, value }) => ({
      policy: object.metadata.name,
      what,
      object: { ...object, spec: replaced(spec, path, value) },
    }),
  );
}

interface Change {
  readonly what: string;
  readonly path: Path;
  /** Undefined: it is left out. */
  readonly value: unknown;
}

/** Longer than any test. */
const NEVER = '25h';
const OPPOSITE: Readonly<Record<string, string>> = { '>': '<', '<': '>', '>=': '<', '<=': '>', '==': '!=', '!=': '==' };
/** More than anything is, and less. */
const BEYOND = 1e12;

function triggersOf(spec: Json): readonly Change[] {
  return listOf(spec['triggers']).flatMap((trigger, index): readonly Change[] => {
    const at: Path = ['triggers', index];
    const name = `trigger ${String(trigger['name'])}`;
    const change = (path: Path, value: unknown): Change => {
      const from = valueAt(trigger, path);
      return { what: `${name}: ${path.join('.')} ${shown(from)} -> ${shown(value)}`, path: [...at, ...path], value };
    };
    const metric = trigger['metricTrigger'] as Json | undefined;
    const condition = trigger['conditionTrigger'] as Json | undefined;
    const event = trigger['eventTrigger'] as Json | undefined;
    const expression = trigger['expressionTrigger'] as Json | undefined;
    if (metric !== undefined) {
      const operator = String(metric['operator']);
      const beyond = operator.startsWith('<') ? -BEYOND : BEYOND;
      return [
        change(['metricTrigger', 'threshold'], beyond),
        change(['metricTrigger', 'operator'], OPPOSITE[operator] ?? '=='),
        change(['metricTrigger', 'duration'], NEVER),
      ];
    }
    if (condition !== undefined)
      return [
        change(['conditionTrigger', 'duration'], NEVER),
        change(['conditionTrigger', 'status'], condition['status'] === 'True' ? 'False' : 'True'),
        change(['conditionTrigger', 'type'], 'NoSuchCondition'),
      ];
    if (event !== undefined)
      return [change(['eventTrigger', 'count'], 1000), change(['eventTrigger', 'reason'], 'NoSuchReason')];
    if (expression !== undefined)
      return [
        change(['expressionTrigger', 'expression'], `!(${String(expression['expression'])})`),
        change(['expressionTrigger', 'duration'], NEVER),
      ];
    return [];
  });
}

function selectorOf(spec: Json): readonly Change[] {
  const selector = spec['selector'] as Json;
  const labels: Change = {
    what: 'selector: other labels',
    path: ['selector', 'labelSelector'],
    value: { matchLabels: { 'kubeskippy.io/mutant': 'none' } },
  };
  const kinds: Change = {
    what: 'selector: another kind',
    path: ['selector', 'resources'],
    value: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', excludeNames: ['*'] }],
  };
  return listOf(selector['resources']).some(({ kind }) => kind === 'Node') ? [kinds] : [labels, kinds];
}

function actionsOf(spec: Json): readonly Change[] {
  return listOf(spec['actions']).map((action, index) => {
    const type = String(action['type']);
    const other = type === 'delete' ? 'restart' : 'delete';
    const { name, priority } = action;
    const value = { name, ...(priority !== undefined && { priority }), type: other };
    return { what: `action ${String(name)}: ${type} -> ${other}`, path: ['actions', index], value };
  });
}

/** Rules whose loss lets more or less be done. */
function gatesOf(spec: Json): readonly Change[] {
  const isAutomatic = spec['mode'] === 'automatic';
  const safety = (spec['safetyRules'] ?? {}) as Json;
  const of = (path: Path, value: unknown): Change => ({
    what: `${path.join('.')} ${shown(valueAt(spec, path))} -> ${shown(value)}`,
    path,
    value,
  });
  const rule = (key: string, value: unknown): readonly Change[] =>
    safety[key] === undefined ? [] : [of(['safetyRules', key], value)];
  // Without actions every mode does the same, which is nothing: no test could notice another one.
  const mode = listOf(spec['actions']).length === 0 ? [] : [of(['mode'], isAutomatic ? 'dryrun' : 'automatic')];
  return [
    ...mode,
    ...rule('maxActionsPerHour', 0),
    ...rule('protectedResources', undefined),
    ...rule('maxUnhealthy', '100%'),
    ...rule('windows', undefined),
    ...rule('maxConcurrent', undefined),
  ];
}

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

const shown = (value: unknown): string =>
  value === undefined ? '(none)' : typeof value === 'string' ? value : JSON.stringify(value);

const valueAt = (node: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, segment) => (inner as Readonly<Record<string | number, unknown>> | undefined)?.[segment],
    node,
  );

function replaced(node: unknown, [head, ...rest]: Path, value: unknown): unknown {
  if (head === undefined) return value;
  if (typeof head === 'number')
    return (node as readonly unknown[]).map((one, index) => (index === head ? replaced(one, rest, value) : one));
  const { [head]: inner, ...others } = (node ?? {}) as Readonly<Record<string, unknown>>;
  const made = replaced(inner, rest, value);
  return made === undefined ? others : { ...others, [head]: made };
}
