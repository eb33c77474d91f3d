import { describe, expect, it } from 'vitest';
import { at, byHand, claim } from '../../../test/kit/action-data.ts';
import { healingAction, MINUTE, SECOND, T0 } from '../../../test/kit/core-data.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import { toTimestamp } from '../../std/clock.ts';
import { actionSpans, endedBetween, requestSpan } from './action-spans.ts';
import { rootOfTrace, type TraceSpan } from './span.ts';

const SPEC = { episode: { startedAt: at(-20 * SECOND), step: 0 } };
const approval = (change: Partial<ActionStatus['approval']> = {}) => ({
  required: true,
  approved: true,
  approvedBy: 'ann@example.com',
  approvedAt: at(MINUTE),
  ...change,
});
const verification = { state: 'Healthy', startedAt: at(2 * SECOND) } as const;
const ended = (phase: 'Succeeded' | 'Failed' | 'Cancelled', change: Partial<ActionStatus> = {}): ActionStatus => ({
  ...claim({ verification, effectTime: at(2 * SECOND) }),
  phase,
  reason: phase === 'Succeeded' ? 'Verified' : 'NotVerified',
  message: 'Deployment shop/web: password=hunter2',
  completionTime: at(30 * SECOND),
  ...change,
});

/** Name, who is above it, and its seconds from T0. */
function tree(spans: readonly TraceSpan[]): readonly string[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  const seconds = (ms: number) => (ms - T0) / SECOND;
  return spans.map(({ name, parentId, traceId, startAt, endAt, failed }) => {
    const above = parentId === rootOfTrace(traceId) ? 'episode' : (names.get(parentId ?? '') ?? parentId ?? 'nothing');
    return `${above} > ${name} ${seconds(startAt)}..${seconds(endAt)}${failed === undefined ? '' : ` ${failed}`}`;
  });
}

describe('the spans of an action', () => {
  it('are what its record says, down to the verification', () => {
    expect(tree(actionSpans(healingAction(ended('Succeeded'), { spec: SPEC })))).toEqual([
      'episode > decision -20..0',
      'action restart > Approved 0..0',
      'InProgress > verification 2..30',
      'action restart > InProgress 0..30',
      'episode > action restart 0..30',
    ]);
  });

  it('say that it failed, why, and what was taken back', () => {
    const undo = { state: 'Done', at: at(20 * SECOND) } as const;
    const spans = actionSpans(healingAction(ended('Failed', { undo }), { spec: SPEC }));
    expect(tree(spans)).toEqual([
      'episode > decision -20..0',
      'action restart > Approved 0..0',
      'InProgress > verification 2..20',
      'InProgress > undo 20..30',
      'action restart > InProgress 0..30',
      'episode > action restart 0..30 NotVerified',
    ]);
    expect(spans.at(-1)?.attributes).toMatchObject({
      'kubeskippy.policy': 'shop/p',
      'kubeskippy.target.kind': 'Deployment',
      'kubeskippy.target.namespace': 'shop',
      'kubeskippy.target.name': 'web',
      'kubeskippy.trigger': 'looping',
      'kubeskippy.action.name': 'restart',
      'kubeskippy.outcome': 'Failed',
      'kubeskippy.reason': 'NotVerified',
      'kubeskippy.attempts': 1,
    });
  });

  it('have the time that a person took, and nothing after a rejection', () => {
    const spec = { ...SPEC, approvalRequired: true };
    const approved = ended('Succeeded', {
      approval: approval(),
      startTime: at(MINUTE + SECOND),
      completionTime: at(2 * MINUTE),
    });
    expect(tree(actionSpans(healingAction(approved, { spec }))).slice(1, 3)).toEqual([
      'action restart > Pending 0..60',
      'action restart > Approved 60..61',
    ]);
    const rejected: ActionStatus = {
      phase: 'Cancelled',
      reason: 'Rejected',
      approval: approval({ approved: false }),
      completionTime: at(MINUTE),
    };
    expect(tree(actionSpans(healingAction(rejected, { spec })))).toEqual([
      'episode > decision -20..0',
      'action restart > Pending 0..60',
      'episode > action restart 0..60',
    ]);
  });

  it('begin where the action before it in the episode ended', () => {
    const [decision] = actionSpans(healingAction(claim(), { spec: SPEC }), T0 - 5 * SECOND);
    expect([decision?.startAt, decision?.endAt]).toEqual([T0 - 5 * SECOND, T0]);
  });

  it('are none before the operator has looked at it', () => {
    expect(actionSpans(healingAction({}, { spec: SPEC }))).toEqual([]);
  });

  it('never end before they begin, whatever two clocks have written', () => {
    const early = ended('Succeeded', { completionTime: at(-MINUTE), startTime: at(-2 * MINUTE) });
    for (const { startAt, endAt } of actionSpans(healingAction(early, { spec: SPEC })))
      expect(endAt).toBeGreaterThanOrEqual(startAt);
  });

  it('are a trace by themselves for an action that a person made', () => {
    const spans = actionSpans(byHand(healingAction(ended('Succeeded'), { spec: SPEC })));
    expect(tree(spans)).toEqual([
      'episode > Approved 0..0',
      'InProgress > verification 2..30',
      'episode > InProgress 0..30',
      'nothing > action restart 0..30',
    ]);
    expect(spans.at(-1)?.spanId).toBe(rootOfTrace(spans.at(-1)?.traceId ?? ''));
  });

  it('are told once each, as they end, and by any process with the same ids', () => {
    const versions = [{}, { phase: 'Approved' as const }, claim({ verification }), ended('Succeeded')];
    const read = (status: ActionStatus) => healingAction(status, { spec: SPEC });
    const told = versions
      .slice(1)
      .flatMap((status, before) => endedBetween(read(versions[before] ?? {}), read(status)));
    const whole = actionSpans(read(JSON.parse(JSON.stringify(ended('Succeeded'))) as ActionStatus));
    const sorted = (spans: readonly TraceSpan[]) => spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));
    expect(sorted(told)).toEqual(sorted(whole));
    expect(new Set(whole.map(({ spanId }) => spanId)).size).toBe(whole.length);
    expect(whole.every(({ traceId, spanId }) => /^[\da-f]{32}$/.test(traceId) && /^[\da-f]{16}$/.test(spanId))).toBe(
      true,
    );
  });

  it('differ in their trace by policy, target and start of the episode, and by nothing else', () => {
    const traceOf = (spec: object) => actionSpans(healingAction(claim(), { spec: { ...SPEC, ...spec } }))[0]?.traceId;
    const whole = traceOf({});
    expect(traceOf({ episode: { ...SPEC.episode, step: 3 } })).toBe(whole);
    expect(traceOf({ action: { name: 'other', type: 'restart' } })).toBe(whole);
    expect(traceOf({ episode: { startedAt: toTimestamp(T0 - 20 * SECOND), step: 0 } })).toBe(whole);
    const others = [
      { policyRef: { name: 'p', namespace: 'shop', uid: 'another' } },
      { targetResource: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'another' } },
      { episode: { startedAt: at(-21 * SECOND), step: 0 } },
    ].map(traceOf);
    expect(new Set([whole, ...others]).size).toBe(4);
  });

  it('carry no sentence, and no name of a person (I32)', () => {
    const status = ended('Failed', { approval: approval(), result: { success: false, error: 'token: hunter2' } });
    const text = JSON.stringify(actionSpans(healingAction(status, { spec: { ...SPEC, approvalRequired: true } })));
    expect(text).not.toMatch(/hunter2|ann@example/);
  });
});

describe('the span of a request', () => {
  const sent = { name: 'patch deployments.apps', method: 'PATCH', path: '/x', sentAt: T0, answeredAt: T0 + 5 };
  const action = healingAction(claim(), { spec: SPEC });

  it('lies below the action, and says how it was answered', () => {
    const span = requestSpan(action, { ...sent, result: '200' });
    expect(span.parentId).toBe(
      actionSpans(healingAction(ended('Succeeded'), { spec: SPEC })).find(({ name }) => name === 'InProgress')?.spanId,
    );
    expect([span.endAt - span.startAt, span.failed, span.attributes['http.response.status_code']]).toEqual([
      5,
      undefined,
      200,
    ]);
  });

  it.each(['409', 'Timeout'])('has failed with %s', (result) => {
    expect(requestSpan(action, { ...sent, result }).failed).toBe(result);
  });
});
