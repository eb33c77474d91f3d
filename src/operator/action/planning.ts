/**
 * Makes the plan of an action from live reads. Sends nothing but reads and dry runs; the operator and `kubeskippy plan`
 * share it.
 */
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { marker, nextAttempt, nextStage, type Planned } from '../../core/action/claim.ts';
import { contentionNeeds, contentionOf } from '../../core/action/contention.ts';
import { targetOf } from '../../core/action/refs.ts';
import type { Terms } from '../../core/action/terms.ts';
import {
  type ActionKind,
  type ActionSettings,
  type Answer,
  grantedTo,
  type NeedInput,
  type PlanResult,
  refused,
} from '../../core/actions/action-kind.ts';
import type { ActionRegistry } from '../../core/actions/index.ts';
import type { Errand } from '../../core/authority/path-check.ts';
import { describeTarget } from '../../core/observation.ts';
import type { PlanReason } from '../../core/reasons/index.ts';
import type { ScopeRules } from '../../core/target/scope.ts';
import { withMissingRule } from '../../core/authority/forbidden.ts';
import { KubeError } from '../../kube/errors.ts';
import { type ObjectKey, resourcePath, type ResourceType } from '../../kube/resource.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import type { LiveReads } from '../roles.ts';
import { answersTo } from './answers.ts';
import { errandOf } from './reach-check.ts';
import { drainable, replaceable } from './replaceable.ts';
import type { SharedSight } from './shared-sight.ts';
import { given } from '../../std/given.ts';

export interface PlanningContext extends LiveReads {
  readonly registry: ActionRegistry;
  readonly settings: ActionSettings;
  readonly config: NeedInput['limits'];
  readonly scope: ScopeRules;
  /** Of the same account. */
  readonly shared: SharedSight;
}

export type Planning =
  | { readonly kind: 'gone'; readonly message: string }
  /** There is no kind of action that could plan it. */
  | { readonly kind: 'refused'; readonly reason: PlanReason; readonly message: string }
  | {
      readonly kind: 'planned';
      readonly actionKind: ActionKind;
      readonly target: KubeObject;
      readonly result: PlanResult;
    };

export const plannedOf = (planning: Planning): Planned => (planning.kind === 'planned' ? planning.result : planning);

/** @throws KubeError when a read gets no answer, or one that says nothing (5xx): the plan is made another time. */
export async function planAction(
  context: PlanningContext,
  action: HealingAction,
  { now, contention, replacement }: Pick<Terms, 'contention' | 'replacement'> & { readonly now: Instant },
): Promise<Planning> {
  const ref = targetOf(action);
  const type = await context.resolve(ref.apiVersion, ref.kind);
  const key = { name: ref.name, ...given({ namespace: ref.namespace }) };
  const read = type === undefined ? undefined : await readTarget(context, type, key);
  if (read !== undefined && 'reason' in read) return read;
  const target = read?.object;
  if (type === undefined || target === undefined || target.metadata.uid !== ref.uid)
    return { kind: 'gone', message: `${describeTarget(ref)} is gone or was replaced; nothing was done` };
  const known = context.registry.find(action.spec.action);
  if ('whyNot' in known) return { kind: 'refused', reason: 'UnsupportedAction', message: known.whyNot };
  const found = known.value;
  if (found.kinds !== 'any' && !found.kinds.includes(ref.kind)) {
    const message = `${action.spec.action.type} does not support kind ${ref.kind}, only ${found.kinds.join(', ')}`;
    return { kind: 'refused', reason: 'UnsupportedKind', message };
  }
  const origin = originOf(action);
  const input: NeedInput = {
    template: action.spec.action,
    target,
    path: resourcePath(type, key),
    subresources: type.subresources,
    marker: marker(action, nextAttempt(action)),
    origin,
    settings: grantedTo(origin.policy?.namespace ?? origin.namespace, context.settings),
    limits: context.config,
  };
  const errand = await errandOf(context, context, action);
  const answers = await answersOf(context, { kind: found, errand }, input);
  const startedAt = fromTimestamp(action.status.startTime) ?? now;
  const stagedAt = fromTimestamp(action.status.stageTime);
  const planned = {
    ...input,
    answers,
    stage: nextStage(action),
    startedAt,
    now,
    ...given({ stagedAt }),
    until: startedAt + action.timeoutMs,
    delivered: action.status.delivered ?? [],
    inverses: action.status.inverses ?? [],
  };
  const result = found.plan(planned);
  // What an earlier stage has changed is this action's own, and half of it is no place to stop.
  if (nextStage(action) > 1) return { kind: 'planned', actionKind: found, target, result };
  const ours = contention === 'ignore' ? result : await contended(context, { target, answers, result });
  const judged =
    replacement === 'ignore' || found.takesPods !== true
      ? ours
      : found.sendsAway !== undefined
        ? await drainable(context, { node: target, pods: found.sendsAway(planned), result: ours })
        : await replaceable(context, { type: action.spec.action.type, target, result: ours });
  return { kind: 'planned', actionKind: found, target, result: judged };
}

type Read = { readonly object: KubeObject | undefined } | Extract<Planning, { readonly kind: 'refused' }>;

async function readTarget({ client }: PlanningContext, type: ResourceType, key: ObjectKey): Promise<Read> {
  try {
    return { object: await client.find(type, key) };
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 403) throw error;
    const { code } = error;
    const reason = code === 'AccountRequired' || code === 'AccountNotPermitted' ? code : 'TargetForbidden';
    return { kind: 'refused', reason, message: withMissingRule(error.message) };
  }
}

/** A plan that somebody else would take back is refused; one that a release takes back some day says so. */
async function contended(
  context: PlanningContext,
  {
    target,
    answers,
    result,
  }: { readonly target: KubeObject; readonly answers: Readonly<Record<string, Answer>>; readonly result: PlanResult },
): Promise<PlanResult> {
  if (result.kind !== 'requests' || result.fields === undefined) return result;
  const known = { ...answers, ...(await answersTo(context, contentionNeeds(target, result.fields, answers))) };
  const contention = contentionOf(target, result.fields, known);
  switch (contention.kind) {
    case 'none':
      return result;
    case 'later':
      return { ...result, summary: `${result.summary}; ${contention.message}`.slice(0, MAX_MESSAGE) };
    case 'unknown':
      return refused('OwnersUnknown', contention.message);
    case 'owned':
      return refused('FieldOwned', contention.message);
  }
}

function originOf({ spec, namespace, name, uid }: HealingAction): NeedInput['origin'] {
  return {
    namespace,
    name,
    uid,
    ...given({
      policy:
        spec.policyRef === undefined ? undefined : { namespace: spec.policyRef.namespace, name: spec.policyRef.name },
    }),
    ...given({ trigger: spec.trigger }),
    evidence: spec.evidence?.[0]?.message ?? 'no evidence was recorded',
    seen: (spec.evidence ?? []).map(({ source, message }) => ({ source, message })),
  };
}

/** Pods, their controllers, and the controllers of these: a chain of owners is no longer. */
const MAX_ROUNDS = 4;

async function answersOf(
  context: PlanningContext,
  { kind, errand }: { readonly kind: ActionKind; readonly errand: Errand },
  input: NeedInput,
): Promise<Readonly<Record<string, Answer>>> {
  const asking = { path: input.path, errand };
  let answers = await answersTo(context, kind.needs?.(input) ?? {}, asking);
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const wanted = Object.entries(kind.more?.(input, answers) ?? {}).filter(([name]) => answers[name] === undefined);
    if (wanted.length === 0) break;
    answers = { ...answers, ...(await answersTo(context, Object.fromEntries(wanted), asking)) };
  }
  return answers;
}
