/**
 * Makes the plan of an action from live reads. Sends nothing but reads and dry runs; the operator and `kubeskippy plan`
 * share it.
 */
import { MAX_MESSAGE } from '../api/fields.ts';
import type { HealingAction } from '../api/parse-action.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { marker, nextAttempt, nextStage } from '../core/action/claim.ts';
import type { SafetyRules } from '../api/policy.ts';
import {
  type ActionKind,
  type ActionSettings,
  type Answer,
  type Need,
  type NeedInput,
  type PlanResult,
  refused,
} from '../core/actions/action-kind.ts';
import { type ActionRegistry, isUnavailable } from '../core/actions/index.ts';
import { contentionNeeds, contentionOf } from '../core/action/contention.ts';
import { describeTarget } from '../core/observation.ts';
import type { PlanReason } from '../core/reasons/index.ts';
import type { KubeClient } from '../kube/client.ts';
import { errorOfAnswer, KubeError } from '../kube/errors.ts';
import { queryText, resourcePath, type ResourceType } from '../kube/resource.ts';
import { fromTimestamp, type Instant } from '../std/clock.ts';

export interface PlanningContext {
  readonly client: KubeClient;
  readonly registry: ActionRegistry;
  readonly settings: ActionSettings;
  readonly config: NeedInput['limits'];
  /** The resource type of a kind; undefined when the server has none. */
  resolve(apiVersion: string, kind: string): Promise<ResourceType | undefined>;
}

export type Planning =
  | { readonly kind: 'gone'; readonly message: string }
  | {
      readonly kind: 'planned';
      readonly actionKind: ActionKind;
      readonly target: KubeObject;
      readonly result: PlanResult;
    };

interface Terms {
  readonly now: Instant;
  /** Of the policy's safety rules. */
  readonly contention: SafetyRules['contention'];
}

/** @throws KubeError when a read gets no answer, or one that says nothing (5xx): the plan is made another time. */
export async function planAction(
  context: PlanningContext,
  action: HealingAction,
  { now, contention }: Terms,
): Promise<Planning> {
  const ref = { ...action.spec.targetResource, uid: action.spec.targetResource.uid ?? '' };
  const type = await context.resolve(ref.apiVersion, ref.kind);
  const key = { name: ref.name, ...(ref.namespace !== undefined && { namespace: ref.namespace }) };
  const target = type === undefined ? undefined : await context.client.find(type, key);
  if (type === undefined || target === undefined || target.metadata.uid !== ref.uid)
    return { kind: 'gone', message: `${describeTarget(ref)} is gone or was replaced; nothing was done` };
  const found = context.registry.find(action.spec.action);
  if (isUnavailable(found)) return refusedPlan(target, { reason: 'UnsupportedAction', message: found.unavailable });
  if (found.kinds !== 'any' && !found.kinds.includes(ref.kind)) {
    const message = `${action.spec.action.type} does not support kind ${ref.kind}, only ${found.kinds.join(', ')}`;
    return refusedPlan(target, { reason: 'UnsupportedKind', message });
  }
  const input: NeedInput = {
    template: action.spec.action,
    target,
    path: resourcePath(type, key),
    subresources: type.subresources,
    marker: marker(action, nextAttempt(action)),
    origin: originOf(action),
    settings: context.settings,
    limits: context.config,
  };
  const answers = await answersOf(context, found, input);
  const startedAt = fromTimestamp(action.status.startTime) ?? now;
  const stagedAt = fromTimestamp(action.status.stageTime);
  const result = found.plan({
    ...input,
    answers,
    stage: nextStage(action),
    startedAt,
    now,
    ...(stagedAt !== undefined && { stagedAt }),
    until: startedAt + action.timeoutMs,
    delivered: action.status.delivered ?? [],
    inverses: action.status.inverses ?? [],
  });
  // What an earlier stage has changed is this action's own, and half of it is no place to stop.
  const judged =
    contention === 'ignore' || nextStage(action) > 1 ? result : await contended(context, { target, answers, result });
  return { kind: 'planned', actionKind: found, target, result: judged };
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

const NOTHING: ActionKind = {
  kinds: [],
  proof: 'effect',
  wayBack: 'no',
  rbac: [],
  plan: () => ({ kind: 'wait', message: '' }),
  classify: () => 'not done',
};

const refusedPlan = (target: KubeObject, why: { readonly reason: PlanReason; readonly message: string }): Planning => ({
  kind: 'planned',
  actionKind: NOTHING,
  target,
  result: { kind: 'refused', ...why },
});

function originOf({ spec, namespace, name, uid }: HealingAction): NeedInput['origin'] {
  return {
    namespace,
    name,
    uid,
    ...(spec.policyRef !== undefined && { policy: { namespace: spec.policyRef.namespace, name: spec.policyRef.name } }),
    ...(spec.trigger !== undefined && { trigger: spec.trigger }),
    evidence: spec.evidence?.[0]?.message ?? 'no evidence was recorded',
  };
}

/** Pods, their controllers, and the controllers of these: a chain of owners is no longer. */
const MAX_ROUNDS = 4;

async function answersOf(
  context: PlanningContext,
  kind: ActionKind,
  input: NeedInput,
): Promise<Readonly<Record<string, Answer>>> {
  let answers = await answersTo(context, kind.needs?.(input) ?? {}, input.path);
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const wanted = Object.entries(kind.more?.(input, answers) ?? {}).filter(([name]) => answers[name] === undefined);
    if (wanted.length === 0) break;
    answers = { ...answers, ...(await answersTo(context, Object.fromEntries(wanted), input.path)) };
  }
  return answers;
}

/** `path`: of the target, for its subresources. */
export async function answersTo(
  context: Pick<PlanningContext, 'client' | 'resolve'>,
  needs: Readonly<Record<string, Need>>,
  path = '',
): Promise<Readonly<Record<string, Answer>>> {
  const answered = await Promise.all(
    Object.entries(needs).map(async ([name, need]) => [name, await answerTo(context, need, path)] as const),
  );
  return Object.fromEntries(answered);
}

async function answerTo(
  context: Pick<PlanningContext, 'client' | 'resolve'>,
  need: Need,
  path: string,
): Promise<Answer> {
  const { client } = context;
  try {
    if ('subresource' in need) return one(await ask(client, { method: 'GET', path: `${path}/${need.subresource}` }));
    if ('probe' in need) {
      const { method, path: at, body, contentType = 'application/json' } = need.probe;
      const query = queryText({ dryRun: 'All' });
      return one(
        await ask(client, {
          method,
          path: `${at}${query}`,
          headers: { 'content-type': contentType },
          ...(body !== undefined && { body }),
        }),
      );
    }
    const { apiVersion, kind } = 'list' in need ? need.list : need.get;
    const type = await context.resolve(apiVersion, kind);
    if (type === undefined)
      return { found: 'no', reason: 'UnknownKind', message: `the server does not serve kind ${kind} of ${apiVersion}` };
    if ('get' in need) return one(await client.get(type, need.get));
    const { list: _kind, ...where } = need;
    return { found: 'yes', objects: (await client.list(type, where)).items };
  } catch (error) {
    // A refusal is an answer; that nothing was answered is not.
    if (!(error instanceof KubeError) || error.status === undefined || error.status >= 500 || error.status === 429)
      throw error;
    return { found: 'no', reason: error.code, message: error.message };
  }
}

const one = (object: KubeObject): Answer => ({ found: 'yes', objects: [object] });

async function ask(client: KubeClient, request: Parameters<KubeClient['request']>[0]): Promise<KubeObject> {
  const answer = await client.request(request);
  if (answer.status < 300) return answer.value as KubeObject;
  const what = `${request.method} ${request.path}`;
  throw errorOfAnswer({ status: answer.status, body: answer.value, retryAfter: answer.headers['retry-after'], what });
}
