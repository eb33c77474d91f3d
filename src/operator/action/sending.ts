/**
 * Sends the requests of a claimed stage, one after another, each between its intent and its outcome in the audit trail
 * (I30, I31). What the answers mean is the core's to say.
 */
import type { PlannedRequest } from '../../api/action-status.ts';
import { FIELD_MANAGER } from '../../api/names.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { addressOf } from '../../core/authority/request-path.ts';
import {
  doubtedVersion,
  type Reply,
  replyOfEndpoint,
  replyOfServer,
  resultOf,
  type ServerRefusal,
  withConflict,
} from '../../core/action/refusals.ts';
import {
  goesOn,
  NOTHING_SENT,
  type SendRules,
  type Sent,
  sentOf,
  type StageReplies,
  withAnswer,
  withReply,
} from '../../core/action/stage-replies.ts';
import { errorOfAnswer, KubeError } from '../../kube/errors.ts';
import { toMicroTime } from '../../std/clock.ts';
import type { Effects } from '../roles.ts';
import { readAt } from './live-objects.ts';
import type { ReachCheck } from './reach-check.ts';
import { given } from '../../std/given.ts';

export interface Stage {
  readonly requests: readonly PlannedRequest[];
  readonly rules: SendRules;
  /** Asked between the intent and the request. */
  readonly check: ReachCheck;
}

export async function sendStage(
  effects: Effects,
  action: HealingAction,
  { requests, rules, check }: Stage,
): Promise<Sent> {
  let replies: StageReplies = NOTHING_SENT;
  for (const [place, request] of requests.entries()) {
    if (!goesOn(replies, rules)) break;
    if (!effects.mayAct()) return { kind: 'stopped' };
    if (request.endpoint !== undefined && action.spec.dryRun) {
      const answer = `endpoint ${request.endpoint} was not called: dry run`;
      replies = withAnswer(replies, { place, answer });
      continue;
    }
    const reply = await sendAudited(effects, { action, check }, request);
    if (reply === 'not sent') return { kind: 'stopped' };
    replies = withReply(replies, { place, request, reply }, rules);
  }
  return sentOf(replies);
}

async function sendAudited(
  effects: Effects,
  { action, check }: { readonly action: HealingAction } & Pick<Stage, 'check'>,
  request: PlannedRequest,
): Promise<Reply | 'not sent'> {
  const audited = auditor(effects, action, request);
  await audited('intent');
  const refusal = await asked(check, request);
  if (refusal !== undefined) {
    await audited('outcome', refusal.code);
    return { kind: 'refused', refusal };
  }
  // The audit may have taken long: the lease is asked again right before the request (I33).
  if (!effects.mayAct()) {
    await audited('outcome', 'NotSent');
    return 'not sent';
  }
  const sentAt = effects.clock.now();
  const reply = await (request.endpoint === undefined
    ? toServer(effects, action, request)
    : toEndpoint(effects, action, request));
  if (reply === 'not sent') {
    await audited('outcome', 'NotSent');
    return 'not sent';
  }
  effects.traces?.sent(action, request, { reply, sentAt, answeredAt: effects.clock.now() });
  await audited('outcome', resultOf(reply));
  return understood(effects, request, reply);
}

/** A question that gets no answer keeps the request back: it is asked again with the next attempt. */
async function asked(check: ReachCheck, request: PlannedRequest): Promise<ServerRefusal | undefined> {
  try {
    return await check(request);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const { code, message } = error;
    return { code, message: `whether ${request.method} ${request.path} may be sent cannot be told: ${message}` };
  }
}

async function toServer(
  { client, mayAct }: Effects,
  action: HealingAction,
  request: PlannedRequest,
): Promise<Reply | 'not sent'> {
  const path = pathOf(action, request);
  const body = bodyOf(action, request);
  try {
    const answer = await client.request(
      {
        method: request.method,
        path: withQuery(path, `fieldManager=${FIELD_MANAGER}`),
        headers: { 'content-type': request.contentType ?? 'application/json', accept: 'application/json' },
        ...given({ body }),
      },
      // The rate limit may have held it for seconds: the lease is asked once more when its turn has come (I33).
      { mayStart: mayAct },
    );
    if (answer.status < 300) return { kind: 'answered', status: answer.status };
    const what = `${request.method} ${path}`;
    const retryAfter = answer.headers['retry-after'];
    return replyOfServer(errorOfAnswer({ status: answer.status, body: answer.value, retryAfter, what }));
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return error.code === 'NotSent' ? 'not sent' : replyOfServer(error);
  }
}

async function toEndpoint({ endpoints }: Effects, action: HealingAction, request: PlannedRequest): Promise<Reply> {
  const answer = await endpoints.send({
    endpoint: request.endpoint ?? '',
    body: request.body ?? '',
    idempotencyKey: `${action.uid}/${action.status.attempts ?? 0}`,
  });
  return replyOfEndpoint(request.endpoint, answer);
}

/** Some refusals say what they mean only together with the object. */
async function understood({ client }: Effects, request: PlannedRequest, reply: Reply): Promise<Reply> {
  const asked = reply.kind === 'refused' ? doubtedVersion(reply.refusal, request) : undefined;
  const address = addressOf(request.path);
  if (reply.kind !== 'refused' || asked === undefined || address === undefined) return reply;
  try {
    const now = (await readAt({ client }, address))?.metadata.resourceVersion;
    return { ...reply, refusal: withConflict(reply.refusal, { asked, now }) };
  } catch (error) {
    // An answer that is no such object says nothing of it.
    if (error instanceof KubeError && (error.status !== undefined || error.delivered === 'yes')) return reply;
    throw error;
  }
}

const withQuery = (path: string, query: string): string => `${path}${path.includes('?') ? '&' : '?'}${query}`;

const pathOf = ({ spec }: HealingAction, { path, endpoint }: PlannedRequest): string =>
  endpoint !== undefined ? `endpoint:${endpoint}` : spec.dryRun ? withQuery(path, 'dryRun=All') : path;

/**
 * A DELETE takes its options from the body or from the query, never from both: with a body, `dryRun` in the query alone
 * would delete in earnest.
 * https://github.com/kubernetes/kubernetes: apiserver/pkg/endpoints/handlers/delete.go, DeleteResource
 */
function bodyOf({ spec }: HealingAction, { method, body }: PlannedRequest): string | undefined {
  if (!spec.dryRun || method !== 'DELETE' || body === undefined) return body;
  return JSON.stringify({ ...(JSON.parse(body) as object), dryRun: ['All'] });
}

const auditor =
  ({ audit, clock }: Effects, action: HealingAction, request: PlannedRequest) =>
  (entry: 'intent' | 'outcome', result?: string): Promise<void> =>
    audit.record({
      at: toMicroTime(clock.now()),
      entry,
      action: `${action.namespace}/${action.name}`,
      actionUid: action.uid,
      attempt: action.status.attempts ?? 0,
      dryRun: action.spec.dryRun ? 'All' : 'none',
      method: request.method,
      path: pathOf(action, request),
      ...given({ result }),
    });
