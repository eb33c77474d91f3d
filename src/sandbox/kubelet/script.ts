/**
 * The script of a pod: what its containers do, since no program runs in them. It stands in the annotation
 * `sandbox.kubeskippy.io/script` of the pod (usually by way of a workload's template), as YAML or JSON: one rule, or a
 * list of rules. Each time a container starts, the first rule whose `when` holds says how that run goes; when none
 * does, the container is healthy for good.
 *
 *     - when: {restarts: "<3"}                  # recovers after three restarts
 *       exit: {after: 2s, code: 1}
 *
 *     - when: {pod: 1}                          # only the first pod of the workload; its replacement is healthy
 *       ready: {failsAfter: 10s}
 *
 * `when`, all given parts must hold; numbers are compared by `3`, `"<3"`, `"<=3"`, `">3"`, `">=3"`:
 *
 * | part | holds for |
 * |---|---|
 * | `container` | containers whose name matches this glob |
 * | `name`, `node` | pods, nodes whose name matches this glob |
 * | `pod` | the n-th pod that was made for the workload (for its Deployment, not the ReplicaSet), counted from 1 |
 * | `restarts` | runs after so many restarts of this container |
 * | `revision` | pods of the workload's n-th revision, counted from 1: a bad release, or the time before a template
 * change |
 *
 * What a run does, all optional, durations as in Go (`90s`):
 *
 * | part | meaning |
 * |---|---|
 * | `pull: {takes, fails}` | how long the image takes; `fails` is `not-found`, `unauthorized`, `unreachable` or the
 * runtime's message |
 * | `config: {fails}` | CreateContainerConfigError with this message |
 * | `start: {after}` | the program serves only after this long: until then every probe fails |
 * | `exit: {after, code, reason, message}` | ends after so long; `code` 0 unless given, `reason` follows from it |
 * | `memory: {from, growth, max}` | bytes at the start, bytes a second, and where it stops; at the container's limit it
 * is OOM-killed |
 * | `cpu: {from, growth, max}` | cores, likewise |
 * | `ready: {failsAfter, recoversAfter, message}` | the readiness probe fails from `failsAfter` on, until
 * `recoversAfter` |
 * | `live: {failsAfter, message}` | the liveness probe fails from then on |
 * | `stop: {takes, code}` | how long it takes to end on SIGTERM (`never`: until SIGKILL), and its exit code |
 * | `logs: {lines, every, repeat}` | what it prints: all at once, or a line every so often, from the start again when
 * `repeat` |
 *
 * Without a probe of that kind in the spec, `ready` and `live` act as one with `periodSeconds: 1, failureThreshold: 1`
 * would.
 */
import { parseDuration } from '../../std/duration.ts';
import { yaml } from '../../std/late-packages.ts';
import { parseQuantity } from '../runtime/amounts.ts';

export const SCRIPT_ANNOTATION = 'sandbox.kubeskippy.io/script';

export type Comparison = (value: number) => boolean;

export interface When {
  readonly container?: string;
  readonly name?: string;
  readonly node?: string;
  readonly pod?: Comparison;
  readonly restarts?: Comparison;
  readonly revision?: Comparison;
}

export interface Curve {
  readonly from?: number;
  /** A second. */
  readonly growth: number;
  readonly max?: number;
}

/** One run of a container. Times in milliseconds from its start. */
export interface Behaviour {
  readonly pull: { readonly takesMs?: number; readonly fails?: string };
  readonly configError?: string;
  readonly startsMs: number;
  readonly exit?: {
    readonly afterMs: number;
    readonly code: number;
    readonly reason?: string;
    readonly message?: string;
  };
  readonly memory: Curve;
  readonly cpu: Curve;
  readonly unready?: { readonly fromMs: number; readonly untilMs: number; readonly message?: string };
  readonly dead?: { readonly fromMs: number; readonly message?: string };
  /** Infinity: it does not react to SIGTERM. */
  readonly stopMs: number;
  readonly stopCode: number;
  readonly logs: { readonly lines: readonly string[]; readonly everyMs: number; readonly repeat: boolean };
}

export interface Rule {
  readonly when: When;
  readonly behaviour: Behaviour;
}

export type Script = readonly Rule[];

/** 143 is what a program answers that leaves SIGTERM to the system's default: 128 + 15. */
const SIGTERM_CODE = 143;

export const HEALTHY: Behaviour = {
  pull: {},
  startsMs: 0,
  memory: { growth: 0 },
  cpu: { growth: 0 },
  stopMs: 0,
  stopCode: SIGTERM_CODE,
  logs: { lines: [], everyMs: 0, repeat: false },
};

/** The place and what is wrong there. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** Throws a ScriptError for what is not in the table above. */
export function parseScript(text: string): Script {
  const parsed = parseYaml(text, 'script');
  const rules: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return rules.map((rule, index) => parseRule(fieldsOf(rule, Array.isArray(parsed) ? `script[${index}]` : 'script')));
}

function parseYaml(text: string, at: string): unknown {
  const { parse } = yaml();
  try {
    return parse(text);
  } catch (cause) {
    throw new ScriptError(`${at}: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'unreadable'}`, {
      cause,
    });
  }
}

interface Fields {
  readonly at: string;
  readonly values: ReadonlyMap<string, unknown>;
}

function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ScriptError(`${at}: expected a mapping`);
  return { at, values: new Map(Object.entries(value)) };
}

/** Refuses what is not among `known`. */
function only(fields: Fields, known: readonly string[]): Fields {
  for (const key of fields.values.keys())
    if (!known.includes(key))
      throw new ScriptError(`${fields.at}.${key}: unknown, expected one of ${known.join(', ')}`);
  return fields;
}

function block(fields: Fields, key: string, known: readonly string[]): Fields | undefined {
  const value = fields.values.get(key);
  return value === undefined ? undefined : only(fieldsOf(value, `${fields.at}.${key}`), known);
}

function duration(fields: Fields, key: string): number | undefined {
  const value = fields.values.get(key);
  if (value === undefined) return undefined;
  if (typeof value === 'number') return value * 1000;
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  if (ms === undefined || ms < 0) throw new ScriptError(`${fields.at}.${key}: expected a duration such as 10s`);
  return ms;
}

function quantity(fields: Fields, key: string): number | undefined {
  const value = fields.values.get(key);
  if (value === undefined) return undefined;
  const amount = typeof value === 'string' || typeof value === 'number' ? parseQuantity(value) : undefined;
  if (amount === undefined) throw new ScriptError(`${fields.at}.${key}: expected a quantity such as 64Mi or 250m`);
  return amount;
}

function text(fields: Fields, key: string): string | undefined {
  const value = fields.values.get(key);
  if (value === undefined || typeof value === 'string') return value;
  throw new ScriptError(`${fields.at}.${key}: expected a text`);
}

function integer(fields: Fields, key: string): number | undefined {
  const value = fields.values.get(key);
  if (value === undefined || (typeof value === 'number' && Number.isInteger(value))) return value;
  throw new ScriptError(`${fields.at}.${key}: expected a whole number`);
}

function comparison(fields: Fields, key: string): Comparison | undefined {
  const value = fields.values.get(key);
  if (value === undefined) return undefined;
  const match = /^(<=|>=|<|>|)\s*(\d+)$/.exec(typeof value === 'string' ? value : JSON.stringify(value));
  if (match === null) throw new ScriptError(`${fields.at}.${key}: expected a number or a comparison such as "<3"`);
  const bound = Number(match[2]);
  switch (match[1]) {
    case '<':
      return (n) => n < bound;
    case '<=':
      return (n) => n <= bound;
    case '>':
      return (n) => n > bound;
    case '>=':
      return (n) => n >= bound;
    default:
      return (n) => n === bound;
  }
}

const PARTS = ['when', 'pull', 'config', 'start', 'exit', 'memory', 'cpu', 'ready', 'live', 'stop', 'logs'];

function parseRule(fields: Fields): Rule {
  only(fields, PARTS);
  const when = block(fields, 'when', ['container', 'name', 'node', 'pod', 'restarts', 'revision']);
  return { when: when === undefined ? {} : parseWhen(when), behaviour: parseBehaviour(fields) };
}

function parseWhen(fields: Fields): When {
  return defined({
    container: text(fields, 'container'),
    name: text(fields, 'name'),
    node: text(fields, 'node'),
    pod: comparison(fields, 'pod'),
    restarts: comparison(fields, 'restarts'),
    revision: comparison(fields, 'revision'),
  });
}

function parseBehaviour(fields: Fields): Behaviour {
  const pull = block(fields, 'pull', ['takes', 'fails']);
  const config = block(fields, 'config', ['fails']);
  const start = block(fields, 'start', ['after']);
  const exit = block(fields, 'exit', ['after', 'code', 'reason', 'message']);
  const ready = block(fields, 'ready', ['failsAfter', 'recoversAfter', 'message']);
  const live = block(fields, 'live', ['failsAfter', 'message']);
  const stop = block(fields, 'stop', ['takes', 'code']);
  return defined({
    pull: pull === undefined ? {} : defined({ takesMs: duration(pull, 'takes'), fails: text(pull, 'fails') }),
    configError: config === undefined ? undefined : text(config, 'fails'),
    startsMs: (start === undefined ? undefined : duration(start, 'after')) ?? 0,
    exit:
      exit === undefined
        ? undefined
        : defined({
            afterMs: duration(exit, 'after') ?? 0,
            code: integer(exit, 'code') ?? 0,
            reason: text(exit, 'reason'),
            message: text(exit, 'message'),
          }),
    memory: parseCurve(fields, 'memory'),
    cpu: parseCurve(fields, 'cpu'),
    unready:
      ready === undefined
        ? undefined
        : defined({
            fromMs: duration(ready, 'failsAfter') ?? 0,
            untilMs: duration(ready, 'recoversAfter') ?? Number.POSITIVE_INFINITY,
            message: text(ready, 'message'),
          }),
    dead:
      live === undefined
        ? undefined
        : defined({ fromMs: duration(live, 'failsAfter') ?? 0, message: text(live, 'message') }),
    stopMs:
      stop === undefined
        ? 0
        : stop.values.get('takes') === 'never'
          ? Number.POSITIVE_INFINITY
          : (duration(stop, 'takes') ?? 0),
    stopCode: (stop === undefined ? undefined : integer(stop, 'code')) ?? SIGTERM_CODE,
    logs: parseLogs(fields),
  });
}

function parseCurve(fields: Fields, key: string): Curve {
  const curve = block(fields, key, ['from', 'growth', 'max']);
  if (curve === undefined) return { growth: 0 };
  return defined({
    from: quantity(curve, 'from'),
    growth: quantity(curve, 'growth') ?? 0,
    max: quantity(curve, 'max'),
  });
}

/** Curves alone, by name; those that are not given stay at nothing. */
export function parseCurves<Name extends string>(text: string, names: readonly Name[]): Readonly<Record<Name, Curve>> {
  const fields = only(fieldsOf(parseYaml(text, 'curves'), 'curves'), names);
  return Object.fromEntries(names.map((name) => [name, parseCurve(fields, name)])) as Readonly<Record<Name, Curve>>;
}

function parseLogs(fields: Fields): Behaviour['logs'] {
  const logs = block(fields, 'logs', ['lines', 'every', 'repeat']);
  if (logs === undefined) return HEALTHY.logs;
  const lines = logs.values.get('lines');
  if (!Array.isArray(lines)) throw new ScriptError(`${logs.at}.lines: expected a list`);
  return {
    lines: lines.map(String),
    everyMs: duration(logs, 'every') ?? 0,
    repeat: logs.values.get('repeat') === true,
  };
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out what is undefined, as exact optional properties want it. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}
