/**
 * The spans of one action, out of its record:
 *
 *   decision               start of the episode, or end of its last action → the action is made
 *   action <type>          made → ended
 *     Pending              made → a person has decided; only of an action that asks one
 *     Approved             → claimed: it waits for the gates
 *     InProgress           claimed → ended
 *       <verb> <resource>  each request that changes something
 *       verification       all requests answered → it is known whether it helped
 *       undo               decided → all is taken back, or cannot be
 *
 * Only those that have ended are told, and the record has the time of every one: two versions of an action differ by
 * the spans that ended between them.
 */
import { isTerminal } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import { targetOf } from '../action/refs.ts';
import {
  between,
  episodeOfAction,
  rootOfTrace,
  type SpanAttributes,
  spanId,
  targetAttributes,
  traceOfAction,
  type TraceSpan,
} from './span.ts';

interface Times {
  readonly madeAt: Instant;
  readonly decidedAt: Instant | undefined;
  readonly claimedAt: Instant | undefined;
  readonly endedAt: Instant | undefined;
}

type Part = readonly [name: string, startAt: Instant | undefined, endAt: Instant | undefined, more?: SpanAttributes];

const ofAction = ({ uid }: HealingAction, part: string): string => spanId(uid, part);

function timesOf({ status, createdAt, phase, spec }: HealingAction): Times | undefined {
  if (createdAt === undefined || status.phase === undefined) return undefined;
  // The API server cuts off seconds: it is not made before the episode that it answers.
  const madeAt = Math.max(createdAt, fromTimestamp(spec.episode?.startedAt) ?? 0);
  const endedAt = isTerminal(phase) ? fromTimestamp(status.completionTime) : undefined;
  const approvedAt = fromTimestamp(status.approval?.approvedAt);
  const decidedAt = spec.approvalRequired ? (approvedAt ?? endedAt) : madeAt;
  return { madeAt, decidedAt, claimedAt: fromTimestamp(status.startTime), endedAt };
}

/** `decidedSince`: when the action before it in the same episode ended. Omitted: it is the first. */
export function actionSpans(action: HealingAction, decidedSince?: Instant): readonly TraceSpan[] {
  const times = timesOf(action);
  if (times === undefined) return [];
  const { madeAt, decidedAt, claimedAt, endedAt } = times;
  const { approvalRequired } = action.spec;
  const wasApproved = !approvalRequired || action.status.approval?.approved === true;
  const traceId = traceOfAction(action);
  const root = rootOfTrace(traceId);
  const episode = episodeOfAction(action);
  const self = episode === undefined ? root : ofAction(action, 'action');
  const attributes = attributesOf(action);
  const spanOf = ([name, startAt, endAt, more]: Part, parentId: string): readonly TraceSpan[] => {
    if (startAt === undefined || endAt === undefined) return [];
    const all = { ...attributes, ...more };
    return [{ traceId, spanId: ofAction(action, name), parentId, name, ...between(startAt, endAt), attributes: all }];
  };
  const decidedFrom = ifGiven(episode, ({ startedAt }) => Math.min(decidedSince ?? startedAt, madeAt));
  return [
    ...spanOf(['decision', decidedFrom, madeAt], root),
    ...(approvalRequired ? spanOf(['Pending', madeAt, decidedAt], self) : []),
    ...(wasApproved ? spanOf(['Approved', decidedAt, claimedAt ?? endedAt], self) : []),
    ...laterParts(action, endedAt).flatMap((part) => spanOf(part, ofAction(action, 'InProgress'))),
    ...spanOf(['InProgress', claimedAt, endedAt], self),
    ...(endedAt === undefined ? [] : [wholeSpan(action, { traceId, spanId: self, madeAt, endedAt })]),
  ];
}

function wholeSpan(
  action: HealingAction,
  {
    madeAt,
    endedAt,
    ...ids
  }: Pick<TraceSpan, 'traceId' | 'spanId'> & { readonly madeAt: Instant; readonly endedAt: Instant },
): TraceSpan {
  const { phase, status } = action;
  const root = rootOfTrace(ids.traceId);
  return {
    ...ids,
    ...given({ parentId: ids.spanId === root ? undefined : root }),
    name: `action ${action.action.type}`,
    ...between(madeAt, endedAt),
    attributes: { ...attributesOf(action), ...endAttributes(action) },
    ...given({ failed: phase === 'Failed' ? (status.reason ?? phase) : undefined }),
  };
}

function laterParts({ status }: HealingAction, endedAt: Instant | undefined): readonly Part[] {
  const { verification, undo } = status;
  const undoneFrom = fromTimestamp(undo?.at);
  const undone = undo !== undefined && undo.state !== 'NotNeeded' && undo.state !== 'NotPossible';
  const verified = undone ? undoneFrom : endedAt;
  return [
    ...(verification === undefined
      ? []
      : [
          [
            'verification',
            fromTimestamp(verification.startedAt),
            verified,
            { 'kubeskippy.verification': verification.state },
          ] as const,
        ]),
    ...(undone ? [['undo', undoneFrom, endedAt, { 'kubeskippy.undo': undo.state }] as const] : []),
  ];
}

/** What every span of the action says. */
function attributesOf(action: HealingAction): SpanAttributes {
  const { spec } = action;
  const policy = spec.policyRef === undefined ? undefined : `${spec.policyRef.namespace}/${spec.policyRef.name}`;
  return {
    ...given({ 'kubeskippy.policy': policy, 'kubeskippy.trigger': spec.trigger }),
    ...targetAttributes(targetOf(action)),
    'kubeskippy.action': `${action.namespace}/${action.name}`,
    'kubeskippy.action.name': spec.action.name,
    'kubeskippy.action.type': action.action.type,
    'kubeskippy.dry_run': spec.dryRun,
  };
}

const endAttributes = ({ phase, status }: HealingAction): SpanAttributes => ({
  'kubeskippy.outcome': phase,
  'kubeskippy.attempts': status.attempts ?? 0,
  ...given({ 'kubeskippy.reason': status.reason, 'kubeskippy.cause': status.analysis?.cause }),
});

/** The spans that ended between two versions of an action. */
export function endedBetween(
  before: HealingAction,
  after: HealingAction,
  decidedSince?: Instant,
): readonly TraceSpan[] {
  const told = new Set(actionSpans(before, decidedSince).map((span) => span.spanId));
  return actionSpans(after, decidedSince).filter((span) => !told.has(span.spanId));
}

export interface SentRequest {
  /** In the words of RBAC: `patch deployments.apps`. */
  readonly name: string;
  readonly method: string;
  /** Without its query. Of an endpoint: its name in the configuration. */
  readonly path: string;
  readonly sentAt: Instant;
  readonly answeredAt: Instant;
  /** The status, or the code of what came instead. */
  readonly result: string;
}

/** A request that may change something, as it was sent. */
export function requestSpan(action: HealingAction, request: SentRequest): TraceSpan {
  const { name, method, path, sentAt, answeredAt, result } = request;
  const status = /^\d{3}$/.test(result) ? Number(result) : undefined;
  return {
    traceId: traceOfAction(action),
    spanId: spanId(action.uid, method, path, sentAt),
    parentId: ofAction(action, 'InProgress'),
    name,
    ...between(sentAt, answeredAt),
    attributes: {
      ...attributesOf(action),
      'http.request.method': method,
      'url.path': path,
      ...given({ 'http.response.status_code': status }),
      'kubeskippy.attempt': action.status.attempts ?? 0,
      'kubeskippy.result': result,
    },
    ...given({ failed: status !== undefined && status < 300 ? undefined : result }),
  };
}
