/** Whether a run was as its test expects: judged from what was committed and called alone. Pure. */
import { CelError, compile, DYN, fromJson, Meter, type Program } from '../../cel/index.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import { HEALING_ACTION, HEALING_POLICY } from '../../api/names.ts';
import type { PolicyStatus } from '../../api/policy-status.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { formatDuration } from '../../std/duration.ts';
import { given } from '../../std/given.ts';
import { matchesGlob } from '../../std/glob.ts';
import type { CallSent, Played } from './run-test.ts';
import type { CompiledExpectation, CompiledTest } from './compiled-test.ts';
import type { Expectation } from './test-schema.ts';

/** Something that is not as expected. */
export interface Miss {
  /** Where the expectation stands; absent for what no expectation speaks of. */
  readonly expectation?: CompiledExpectation;
  /** What was seen instead. */
  readonly message: string;
}

export function judge(test: CompiledTest, played: Played): readonly Miss[] {
  const refused = played.failures.map(({ at, message }) => ({ message: `at ${after(played, at)}: ${message}` }));
  const missed = test.expectations.flatMap((expectation): Miss[] => {
    const message = missOf(expectation, played);
    return message === undefined ? [] : [{ expectation, message }];
  });
  return [...refused, ...missed, ...(test.otherActions === 'refused' ? unexpected(test, played) : [])];
}

const after = ({ startedAt }: Played, at: number): string => formatDuration(at - startedAt);

/** A state of what an expectation is about, from one moment to the next. */
interface Moment {
  readonly at: number;
  readonly holds: boolean;
  readonly seen: () => string;
}

function missOf({ spec, when, time }: CompiledExpectation, played: Played): string | undefined {
  const moments = momentsOf(spec, played);
  const until = played.startedAt + time;
  const seen = moments.filter(({ at }) => at <= until);
  const last = seen.at(-1);
  switch (when) {
    case 'by':
      return seen.some(({ holds }) => holds)
        ? undefined
        : `never until ${formatDuration(time)}; at last ${last?.seen()}`;
    case 'at':
      return last?.holds === true ? undefined : `not so at ${formatDuration(time)}: ${last?.seen()}`;
    case 'neverBefore': {
      const early = moments.find(({ at, holds }) => holds && at < until);
      return early === undefined ? undefined : `was so at ${after(played, early.at)}: ${early.seen()}`;
    }
  }
}

function momentsOf(spec: Expectation, played: Played): readonly Moment[] {
  const { action, object, firing, refused, ready, call } = spec;
  if (call !== undefined) return callMoments(call, played);
  if (action !== undefined) {
    const states = statesOf(played, ({ kind }) => kind === HEALING_ACTION.kind);
    return counted(states, (one) => isAction(action, one), { count: action.count, show: actionText });
  }
  if (object !== undefined) {
    const states = statesOf(played, (one) => isNamed(object, one));
    const that = object.that === undefined ? undefined : programOf(object.that);
    return counted(states, (one) => that === undefined || holds(that, one), { count: object.count, show: objectText });
  }
  const named = firing ?? refused ?? ready;
  const states = statesOf(
    played,
    ({ kind, metadata }) => kind === HEALING_POLICY.kind && metadata.name === named?.policy,
  );
  if (firing !== undefined) return counted(states, (one) => isFiring(firing, one), { show: firingText });
  if (refused !== undefined) return counted(states, (one) => isRefused(refused, one), { show: refusedText });
  return counted(states, (one) => isReady(ready, one), { show: readyText });
}

interface State {
  readonly at: number;
  readonly objects: readonly KubeObject[];
}

/** The objects that `is` names, after each commit of one of them; none at the start. */
function statesOf({ commits, startedAt }: Played, is: (object: KubeObject) => boolean): readonly State[] {
  const there = new Map<string, KubeObject>();
  const states: State[] = [{ at: startedAt, objects: [] }];
  for (const { type, object, at } of commits) {
    if (!is(object)) continue;
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    if (type === 'DELETED') there.delete(key);
    else there.set(key, object);
    states.push({ at, objects: [...there.values()] });
  }
  return states;
}

interface Counting {
  readonly count?: number | undefined;
  readonly show: (object: KubeObject) => string;
}

const counted = (
  states: readonly State[],
  is: (object: KubeObject) => boolean,
  { count, show }: Counting,
): readonly Moment[] =>
  states.map(({ at, objects }) => {
    const found = objects.filter(is).length;
    return {
      at,
      holds: count === undefined ? found > 0 : found === count,
      seen: () => (objects.length === 0 ? 'there was none' : listed(objects.map(show))),
    };
  });

/** More are no help to a reader. */
const SHOWN = 5;
const listed = (texts: readonly string[]): string =>
  texts.length <= SHOWN ? texts.join('; ') : `${texts.slice(0, SHOWN).join('; ')} and ${texts.length - SHOWN} more`;

function callMoments(
  { endpoint, contains, count }: NonNullable<Expectation['call']>,
  played: Played,
): readonly Moment[] {
  const fitting: CallSent[] = [];
  const moments = (at: number): Moment => {
    const found = fitting.length;
    const seen = (): string => `${found} ${found === 1 ? 'call' : 'calls'} of ${endpoint}`;
    return { at, holds: count === undefined ? found > 0 : found === count, seen };
  };
  return [
    moments(played.startedAt),
    ...played.calls.flatMap((call) => {
      if (call.endpoint !== endpoint || (contains !== undefined && !call.body.includes(contains))) return [];
      fitting.push(call);
      return [moments(call.at)];
    }),
  ];
}

interface ActionSpec {
  readonly policyRef?: { readonly name: string };
  readonly action: { readonly type: string };
  readonly targetResource: { readonly kind: string; readonly name: string };
}

const specOf = (action: KubeObject): ActionSpec => action['spec'] as ActionSpec;
const statusOf = (action: KubeObject): ActionStatus => action['status'] ?? {};
const policyStatusOf = (policy: KubeObject): PolicyStatus => policy['status'] ?? {};
const nameOf = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind}/${name}`;

type ActionWanted = NonNullable<Expectation['action']>;

function isAction({ policy, type, target, phase, reason }: ActionWanted, action: KubeObject): boolean {
  const { policyRef, action: template, targetResource } = specOf(action);
  const status = statusOf(action);
  return (
    (policy === undefined || policyRef?.name === policy) &&
    (type === undefined || template.type === type) &&
    (target === undefined || nameOf(targetResource) === target) &&
    (phase === undefined || (status.phase ?? 'Pending') === phase) &&
    (reason === undefined || status.reason === reason)
  );
}

export function actionText(action: KubeObject): string {
  const { action: template, targetResource } = specOf(action);
  const { phase = 'Pending', reason } = statusOf(action);
  return `${template.type} of ${nameOf(targetResource)} ${phase}${reason === undefined ? '' : ` (${reason})`}`;
}

function isNamed({ kind, name, namespace = 'default' }: NonNullable<Expectation['object']>, one: KubeObject): boolean {
  if (one.kind !== kind || (name !== undefined && !matchesGlob(name, one.metadata.name))) return false;
  return one.metadata.namespace === undefined || one.metadata.namespace === namespace;
}

const objectText = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name} is there`;

/** As the API server bounds a validation rule of a custom resource. */
const MAX_COST = 10_000_000;

function programOf(expression: string): Program {
  const compiled = compile(expression, new Map([['object', DYN]]));
  if ('issues' in compiled) throw new Error(`was checked before: ${compiled.issues}`);
  return compiled.program;
}

/** An expression that cannot be computed of an object does not hold: a field may not be there yet. */
function holds(program: Program, object: KubeObject): boolean {
  const value = fromJson(object, DYN);
  try {
    return program.run((name) => (name === 'object' ? value : undefined), new Meter(MAX_COST)) === true;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
}

const isFiring = ({ trigger, target }: NonNullable<Expectation['firing']>, policy: KubeObject): boolean =>
  (policyStatusOf(policy).triggers ?? []).some(
    ({ name, firing = [] }) =>
      (trigger === undefined || trigger === name) &&
      firing.some((one) => target === undefined || nameOf(one.target) === target),
  );

function firingText(policy: KubeObject): string {
  const { triggers = [] } = policyStatusOf(policy);
  return triggers.length === 0
    ? `${policy.metadata.name} was not evaluated`
    : triggers
        .map(({ name, state, lastError }) => `${name} is ${state}${lastError === undefined ? '' : ` (${lastError})`}`)
        .join(', ');
}

const isRefused = ({ target, reason }: NonNullable<Expectation['refused']>, policy: KubeObject): boolean =>
  (policyStatusOf(policy).blocked ?? []).some(
    (one) => (reason === undefined || one.reason === reason) && (target === undefined || nameOf(one.target) === target),
  );

function refusedText(policy: KubeObject): string {
  const { blocked = [] } = policyStatusOf(policy);
  if (blocked.length === 0) return 'nothing was refused';
  return listed(blocked.map(({ target, reason, message }) => `${nameOf(target)} ${reason}: ${message}`));
}

const conditionOf = (policy: KubeObject) => policyStatusOf(policy).conditions?.find(({ type }) => type === 'Ready');

function isReady(wanted: Expectation['ready'], policy: KubeObject): boolean {
  const condition = conditionOf(policy);
  return condition?.status === wanted?.status && (wanted?.reason === undefined || condition?.reason === wanted.reason);
}

function readyText(policy: KubeObject): string {
  const condition = conditionOf(policy);
  return condition === undefined
    ? 'it has no condition Ready'
    : `Ready=${condition.status} ${condition.reason}: ${condition.message}`;
}

/**
 * Actions beyond those that the expectations speak of, as they were at last. An expectation speaks of one action, or of
 * `count`; two that name the same policy, type and target speak of the same actions.
 */
function unexpected({ expectations }: CompiledTest, played: Played): readonly Miss[] {
  const places = new Map<string, { readonly wanted: ActionWanted; left: number }>();
  for (const { spec, when } of expectations) {
    if (spec.action === undefined || when === 'neverBefore') continue;
    const { policy, type, target, count = 1 } = spec.action;
    const key = JSON.stringify([policy, type, target]);
    places.set(key, {
      wanted: given({ policy, type, target }),
      left: Math.max(count, places.get(key)?.left ?? 0),
    });
  }
  const last = new Map<string, KubeObject>();
  for (const { object } of played.commits)
    if (object.kind === HEALING_ACTION.kind) last.set(object.metadata.uid ?? object.metadata.name, object);
  return [...last.values()].flatMap((action): Miss[] => {
    const place = [...places.values()].find(({ wanted, left }) => left > 0 && isAction(wanted, action));
    if (place === undefined) return [{ message: `no expectation speaks of this action: ${actionText(action)}` }];
    place.left--;
    return [];
  });
}
