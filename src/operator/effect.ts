/**
 * Sends the requests of a claimed stage, one after another, each between its intent and its outcome in the audit trail
 * (I30, I31).
 */
import type { PlannedRequest } from '../api/action-status.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { HealingAction } from '../api/parse-action.ts';
import { FIELD_MANAGER } from '../api/names.ts';
import type { ActionKind } from '../core/actions/action-kind.ts';
import { errorOfAnswer, KubeError } from '../kube/errors.ts';
import { toMicroTime } from '../std/clock.ts';
import type { Operation } from './operation.ts';

export interface SendFailure {
  readonly code: string;
  readonly message: string;
  /** HTTP status; undefined when no answer came. */
  readonly status?: number;
  readonly retryAfterMs?: number;
}

export type Sent =
  /** A line for each request: its status, or why it was left out. `refused`: those whose refusal was tolerated. */
  | { readonly kind: 'done'; readonly answers: readonly string[]; readonly refused: readonly PlannedRequest[] }
  /** This process may not act any more; whoever may will find the claim. */
  | { readonly kind: 'stopped' }
  /**
   * Whether it was carried out is not known: the live object has to be asked (I3). An endpoint cannot be: its message
   * is all there will be.
   */
  | { readonly kind: 'unclear'; readonly message: string; readonly from: 'server' | 'endpoint' }
  /** Refused: nothing came of these requests. Those at the places `done` were carried out. */
  | { readonly kind: 'refused'; readonly done: readonly number[]; readonly failures: readonly SendFailure[] };

export async function send(
  op: Operation,
  action: HealingAction,
  {
    requests,
    tolerates,
    sends = 'in order',
  }: { readonly requests: readonly PlannedRequest[] } & Pick<ActionKind, 'tolerates' | 'sends'>,
): Promise<Sent> {
  const answers: string[] = [];
  const done: number[] = [];
  const refused: PlannedRequest[] = [];
  const failures: SendFailure[] = [];
  let open: Extract<Sent, { readonly kind: 'unclear' }> | undefined;
  for (const [index, request] of requests.entries()) {
    const one = await sendOne(op, action, request);
    if (one.kind === 'stopped') return one;
    if (one.kind === 'unclear') open ??= one;
    else if (one.kind === 'answered') {
      done.push(index);
      answers.push(one.answer);
    } else if ((tolerates?.(request) ?? []).includes(one.failure.code)) {
      refused.push(request);
      answers.push(`${one.failure.code}: ${one.failure.message}`);
    } else failures.push(one.failure);
    if (sends === 'in order' && (open !== undefined || failures.length > 0)) break;
  }
  if (open !== undefined) return open;
  return failures.length > 0 ? { kind: 'refused', done, failures } : { kind: 'done', answers, refused };
}

type One =
  | { readonly kind: 'answered'; readonly answer: string }
  | { readonly kind: 'refused'; readonly failure: SendFailure }
  | Extract<Sent, { readonly kind: 'stopped' | 'unclear' }>;

async function sendOne(op: Operation, action: HealingAction, request: PlannedRequest): Promise<One> {
  if (!op.mayAct()) return { kind: 'stopped' };
  if (request.endpoint !== undefined && action.spec.dryRun)
    return { kind: 'answered', answer: `endpoint ${request.endpoint} was not called: dry run` };
  const audited = auditor(op, action, request);
  await audited('intent');
  // The audit may have taken long: the lease is asked again right before the request (I33).
  if (!op.mayAct()) {
    await audited('outcome', 'NotSent');
    return { kind: 'stopped' };
  }
  const answer = await (request.endpoint === undefined
    ? toServer(op, action, request)
    : toEndpoint(op, action, request));
  await audited('outcome', answer.kind === 'answered' ? '200' : answer.result);
  if (answer.kind === 'answered') return { kind: 'answered', answer: `${answer.status}: ${request.description}` };
  if (answer.kind === 'refused') return { kind: 'refused', failure: answer.failure };
  return { kind: 'unclear', message: answer.message, from: request.endpoint === undefined ? 'server' : 'endpoint' };
}

type Reply =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'unclear'; readonly result: string; readonly message: string }
  | { readonly kind: 'refused'; readonly result: string; readonly failure: SendFailure };

async function toServer({ client }: Operation, action: HealingAction, request: PlannedRequest): Promise<Reply> {
  const path = pathOf(action, request);
  const body = bodyOf(action, request);
  try {
    const answer = await client.request({
      method: request.method,
      path: withQuery(path, `fieldManager=${FIELD_MANAGER}`),
      headers: { 'content-type': request.contentType ?? 'application/json', accept: 'application/json' },
      ...(body !== undefined && { body }),
    });
    if (answer.status < 300) return { kind: 'answered', status: answer.status };
    const what = `${request.method} ${path}`;
    throw errorOfAnswer({ status: answer.status, body: answer.value, retryAfter: answer.headers['retry-after'], what });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const { code, message, status, retryAfterMs } = error;
    const result = status === undefined ? code : String(status);
    if (error.delivered !== 'no') return { kind: 'unclear', result, message };
    const failure = {
      code,
      message,
      ...(status !== undefined && { status }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
    return {
      kind: 'refused',
      result,
      failure: code === 'Invalid' && (await hasMovedOn(client, request)) ? { ...failure, code: 'Conflict' } : failure,
    };
  }
}

/**
 * A JSON patch is applied before the version it asks for is looked at: to an object that has moved on, or to another in
 * its place, it may not apply at all. That is a conflict like any other.
 */
async function hasMovedOn(client: Operation['client'], { path, precondition }: PlannedRequest): Promise<boolean> {
  const wanted = precondition?.resourceVersion;
  if (wanted === undefined) return false;
  const answer = await client.request({ method: 'GET', path });
  return (
    answer.status === 404 || (answer.status < 300 && (answer.value as KubeObject).metadata.resourceVersion !== wanted)
  );
}

async function toEndpoint({ endpoints }: Operation, action: HealingAction, request: PlannedRequest): Promise<Reply> {
  const answer = await endpoints.send({
    endpoint: request.endpoint ?? '',
    body: request.body ?? '',
    idempotencyKey: `${action.uid}/${action.status.attempts ?? 0}`,
  });
  if (answer.kind === 'answered' && answer.status < 300) return { kind: 'answered', status: answer.status };
  const what = `endpoint ${request.endpoint}`;
  if (answer.kind === 'answered') {
    const { status, retryAfterMs } = answer;
    const [result, message] = [String(status), `${what} answered ${status}`];
    // It arrived and something went wrong after that: how far it got, nobody says.
    if (status >= 500 && status !== 503)
      return { kind: 'unclear', result, message: `${message} after it had taken the call` };
    const failure = { code: `Http${status}`, message, status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    return { kind: 'refused', result, failure };
  }
  const message = `${what}: ${answer.message}`;
  if (answer.delivered === 'no')
    return { kind: 'refused', result: answer.code, failure: { code: answer.code, message } };
  return { kind: 'unclear', result: answer.code, message };
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
  ({ audit, clock }: Operation, action: HealingAction, request: PlannedRequest) =>
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
      ...(result !== undefined && { result }),
    });
