/**
 * Plugins: modules that add executors to action type `custom`. An executor plans like a built-in action and, like one,
 * sends nothing itself. What a plugin hands back is not trusted: a plan is checked against the permissions it declared,
 * and an exception ends the action, not the operator. A plugin runs in the operator's process all the same: one that
 * loops for ever stops it.
 */
import {
  MAX_CHANGES,
  MAX_REQUESTS,
  planSchema,
  type PlannedRequest,
  resourceChangeSchema,
} from '../../api/action-status.ts';
import type { PolicyRule } from '../../api/rbac.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import {
  type ActionKind,
  type Need,
  type NeedInput,
  type Outcome,
  type PlanInput,
  type PlanResult,
  refused,
  successorOf,
} from './action-kind.ts';
import { given } from '../../std/given.ts';
import { type Result, whyNot } from '../../std/result.ts';
import { permits, ruleProblem } from './plugin-rules.ts';
import { isForeignReason } from '../reasons/index.ts';

export const PLUGIN_API_VERSION = 'kubeskippy.io/plugin-v1';

export interface ParameterSpec {
  readonly description: string;
  readonly required: boolean;
  /** What is wrong with a value; undefined when nothing is. */
  readonly problem?: (value: string) => string | undefined;
}

export interface Executor extends Pick<ActionKind, 'kinds' | 'rbac' | 'proof' | 'needs' | 'classify'> {
  /** It may refuse with a CamelCase reason of its own. */
  readonly plan: (input: PlanInput) => PlanResult<string>;
  /** Of `customAction.parameters`, by name. Others are refused. */
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
}

/** What a plugin module exports as `plugin`. */
export interface Plugin {
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  readonly name: string;
  /** By the name that `customAction.executor` of a policy says. */
  readonly executors: Readonly<Record<string, Executor>>;
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const PROOFS: readonly unknown[] = ['healed', 'effect', 'answer'];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The plugin that a module exports, or what is wrong with it. */
export function parsePlugin(module: unknown): Result<Plugin> {
  const plugin = isRecord(module) ? module['plugin'] : undefined;
  if (!isRecord(plugin)) return whyNot('it has no export named plugin');
  const { apiVersion, name, executors } = plugin;
  if (apiVersion !== PLUGIN_API_VERSION)
    return whyNot(`its apiVersion is ${String(apiVersion)}; this operator takes ${PLUGIN_API_VERSION}`);
  if (typeof name !== 'string' || !NAME.test(name))
    return whyNot('its name is not one of lower-case letters, digits and dashes');
  if (!isRecord(executors) || Object.keys(executors).length === 0) return whyNot('it has no executors');
  for (const [id, executor] of Object.entries(executors)) {
    const problem = NAME.test(id)
      ? executorProblem(executor)
      : 'its name is not one of lower-case letters, digits and dashes';
    if (problem !== undefined) return whyNot(`executor ${id}: ${problem}`);
  }
  // Every field was looked at above.
  return { value: plugin as unknown as Plugin };
}

function executorProblem(executor: unknown): string | undefined {
  if (!isRecord(executor)) return 'is not an object';
  const { kinds, proof, rbac, parameters, needs, plan, classify } = executor;
  if (kinds !== 'any' && !(Array.isArray(kinds) && kinds.every((kind) => typeof kind === 'string')))
    return "kinds is neither 'any' nor a list of kinds";
  if (!PROOFS.includes(proof)) return `proof is not one of ${PROOFS.join(', ')}`;
  if (typeof plan !== 'function') return 'plan is not a function';
  if (typeof classify !== 'function') return 'classify is not a function';
  if (needs !== undefined && typeof needs !== 'function') return 'needs is not a function';
  if (!isRecord(parameters) || !Object.values(parameters).every(isParameter))
    return 'parameters is not a map of {description, required} by name';
  if (!Array.isArray(rbac)) return 'rbac is not a list of rules';
  return rbac.map(ruleProblem).find((problem) => problem !== undefined);
}

const isParameter = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value['description'] === 'string' &&
  typeof value['required'] === 'boolean' &&
  (value['problem'] === undefined || typeof value['problem'] === 'function');

/** An executor as an action kind that cannot do harm by throwing, nor beyond what it declared. */
export function guarded(plugin: string, id: string, executor: Executor): ActionKind {
  const who = `executor ${id} of plugin ${plugin}`;
  return {
    kinds: executor.kinds,
    rbac: executor.rbac,
    proof: executor.proof,
    reach: ({ settings: { endpoints } }) => [
      { to: 'declared objects', rules: executor.rbac },
      { to: 'endpoints', names: endpoints },
    ],
    successor: successorOf,
    wayBack: 'by the inverses that it plans',
    needs: (input) => {
      const found = attempt(() => needsOf(executor, input));
      // The plan says what was wrong.
      return 'value' in found ? found.value : {};
    },
    plan: (input) => {
      const problem = parameterProblem(executor, input);
      if (problem !== undefined) return refused('InvalidParameters', `customAction.parameters: ${problem}`);
      const result = attempt(() => {
        needsOf(executor, input);
        return checkedPlan(executor.plan(input), executor.rbac, input);
      });
      if ('whyNot' in result) return refused('PluginFailed', `${who}: ${result.whyNot}`);
      return result.value;
    },
    classify: (seen) => {
      const outcome = attempt(() => executor.classify(seen));
      return 'value' in outcome && OUTCOMES.has(outcome.value) ? outcome.value : 'unknown';
    },
  };
}

const OUTCOMES: ReadonlySet<unknown> = new Set<Outcome>(['done', 'not done', 'superseded', 'unknown']);

function attempt<T>(work: () => T): Result<T> {
  try {
    return { value: work() };
  } catch (error) {
    return whyNot(error instanceof Error ? error.message : String(error));
  }
}

function needsOf(executor: Executor, input: NeedInput): Readonly<Record<string, Need>> {
  const needs = executor.needs?.(input) ?? {};
  for (const [name, need] of Object.entries(needs)) {
    if (!('probe' in need)) continue;
    const problem = requestProblem(need.probe, executor.rbac);
    if (problem !== undefined) throw new Error(`need ${name}: ${problem}`);
  }
  return needs;
}

function parameterProblem({ parameters }: Executor, { template }: PlanInput): string | undefined {
  const given = template.customAction?.parameters ?? {};
  const known = Object.keys(parameters);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(parameters, name))
      return `${name} is not a parameter; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'}`;
  }
  for (const [name, { required, problem }] of Object.entries(parameters)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined && required) return `${name} is required`;
    const found = value === undefined ? undefined : attempt(() => problem?.(value));
    if (found === undefined) continue;
    const wrong = 'whyNot' in found ? found.whyNot : found.value;
    if (wrong !== undefined) return `${name} ${wrong}`;
  }
  return undefined;
}

/** @throws Error when it is no plan, or one that the plugin declared no permission for. */
function checkedPlan(result: PlanResult<string>, rules: readonly PolicyRule[], { settings }: PlanInput): PlanResult {
  if (!isRecord(result)) throw new Error('its plan is not an object; a plan is made at once, without await');
  switch (result.kind) {
    case 'wait':
      return { kind: 'wait', message: sentence(result.message) };
    case 'complete':
      return { kind: 'complete', summary: sentence(result.summary) };
    case 'refused':
      if (!isForeignReason(result.reason)) throw new Error('the reason of its refusal is not a CamelCase word');
      return refused(result.reason, sentence(result.message));
    case 'requests': {
      const requests = planSchema.shape.requests.min(1).safeParse(result.requests);
      if (!requests.success)
        throw new Error(`its plan has requests that cannot be recorded: ${whatIsWrong(requests.error.issues)}`);
      const changes = resourceChangeSchema.array().max(MAX_CHANGES).safeParse(result.changes);
      if (!changes.success)
        throw new Error(`its plan has changes that cannot be recorded: ${whatIsWrong(changes.error.issues)}`);
      for (const request of requests.data) {
        const problem =
          request.endpoint === undefined
            ? requestProblem(request, rules)
            : endpointProblem(request.endpoint, settings.endpoints);
        if (problem !== undefined) throw new Error(problem);
      }
      if (result.next !== 'verify' && result.next !== 'plan again')
        throw new Error("the next of its plan is neither 'verify' nor 'plan again'");
      const { fields } = result;
      return {
        kind: 'requests',
        requests: requests.data,
        changes: changes.data,
        summary: sentence(result.summary),
        next: result.next,
        ...given({ fields }),
      };
    }
    default:
      throw new Error(`its plan is of no known kind; at most ${MAX_REQUESTS} requests, wait, complete or refused`);
  }
}

function sentence(text: unknown): string {
  if (typeof text !== 'string' || text === '') throw new Error('its plan says nothing in words');
  return text.slice(0, MAX_MESSAGE);
}

const whatIsWrong = (issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string =>
  issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.')} ${message}`)
    .join('; ');

function requestProblem(
  { method, path, inverse }: Pick<PlannedRequest, 'method' | 'path' | 'inverse'>,
  rules: readonly PolicyRule[],
): string | undefined {
  if (!permits(rules, { method, path })) return `${method} ${path} is not covered by the permissions it declares`;
  if (inverse !== undefined && !permits(rules, inverse))
    return `the undo ${inverse.method} ${inverse.path} is not covered by the permissions it declares`;
  return undefined;
}

const endpointProblem = (name: string, endpoints: readonly string[]): string | undefined =>
  endpoints.includes(name) ? undefined : `the operator's configuration has no endpoint ${name}`;
