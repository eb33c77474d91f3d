import { describe, expect, it } from 'vitest';
import {
  controlledBy,
  HOUR,
  judgedPolicy,
  MINUTE,
  past,
  pod,
  policyOf,
  proposal,
  running,
  SECOND,
  T0,
  WEB,
  workload,
} from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { PastAction } from '../history.ts';
import { targetRef } from '../observation.ts';
import { ALLOW, type Population, type Proposal, type Verdict } from './proposal.ts';
import { budgetExhausted } from './budget-exhausted.ts';
import { circuitOpen } from './circuit-open.ts';
import { coolingDown } from './cooling-down.ts';
import { gates, judge } from './index.ts';
import { massFailure, massFailureOf, troubleLimit } from './mass-failure.ts';
import { outOfScope } from './out-of-scope.ts';
import { outsideWindow } from './outside-window.ts';
import { protectedTarget } from './protected.ts';
import { rateLimited } from './rate-limited.ts';
import { rolloutInProgress } from './rollout-in-progress.ts';
import { staleObservation } from './stale-observation.ts';
import { suspended } from './suspended.ts';

/**
 * A title, what is proposed, and a part of the refusal; undefined when it is allowed. The number is when it could
 * change.
 */
type Row = [string, Partial<Proposal>, string | undefined, number?];
const { policy: _none, ...byHandAlone } = proposal();
const byHand = (change: Partial<Proposal> = {}): Proposal => ({ ...byHandAlone, ...change });

function judged(verdict: Verdict, reason: string, [, , text, retryAt]: Row): void {
  if (text === undefined) {
    expect(verdict).toEqual(ALLOW);
    return;
  }
  expect(verdict).toMatchObject({ allow: false, reason, message: expect.stringContaining(text) as string });
  if (!verdict.allow) expect(verdict.retryAt).toBe(retryAt);
}
const table = (gate: (typeof gates)[number], rows: readonly Row[]): void => {
  describe(gate.reason, () => {
    it.each(rows)('%s', (...row) => judged(gate.check(proposal(row[1]), T0), gate.reason, row));
  });
};

table(suspended, [
  ['an active policy may act', {}, undefined],
  ['a suspended one may not', { policy: judgedPolicy({ suspended: true }) }, 'policy shop/p has spec.suspend: true'],
  ['nobody may while the kill switch is thrown', { paused: 'ConfigMap x pauses all healing' }, 'pauses all healing'],
]);

const marked = (where: 'labels' | 'annotations', key: string, value: string) =>
  workload('Deployment', { metadata: { [where]: { [key]: value } } });
const namespace = (labels: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels },
});
const protecting = (rule: Record<string, unknown>) =>
  judgedPolicy({}, { protectedResources: [{ apiVersion: 'apps/v1', kind: 'Deployment', ...rule }] });
const PROTECTED = 'kubeskippy.io/protected';
const DISABLED = 'kubeskippy.io/healing-disabled';

table(protectedTarget, [
  ['an ordinary target', {}, undefined],
  ['protected by a label', { object: marked('labels', PROTECTED, 'true') }, 'label'],
  ['protected by an annotation', { object: marked('annotations', PROTECTED, 'true') }, 'annotation'],
  ['"false" protects nothing', { object: marked('labels', PROTECTED, 'false') }, undefined],
  ['healing disabled by any value', { object: marked('annotations', DISABLED, 'until friday') }, DISABLED],
  ['healing disabled by an empty value', { object: marked('labels', DISABLED, '') }, DISABLED],
  ['healing disabled "false" is healing enabled', { object: marked('annotations', DISABLED, 'false') }, undefined],
  ['its controller is protected', { chain: [marked('labels', PROTECTED, 'true')] }, 'Deployment shop/web'],
  ['its namespace is protected', { namespace: namespace({ [PROTECTED]: 'true' }) }, 'Namespace shop'],
  ["in the operator's own namespace", { target: { ...WEB, namespace: 'kubeskippy-system' } }, "operator's own"],
  [
    'in a namespace that the configuration protects',
    { target: { ...WEB, namespace: 'kube-system' } },
    "operator's configuration",
  ],
  [
    'is such a namespace itself',
    { target: { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system', uid: 'n' } },
    "operator's configuration",
  ],
  ['listed by kind', { policy: protecting({}) }, 'protectedResources'],
  ['listed by a glob of its name', { policy: protecting({ excludeNames: ['w*'] }) }, 'protectedResources'],
  ['another name is listed', { policy: protecting({ excludeNames: ['db'] }) }, undefined],
  [
    'listed by label',
    {
      policy: protecting({ labelSelector: { matchLabels: { tier: 'gold' } } }),
      object: marked('labels', 'tier', 'gold'),
    },
    'protectedResources',
  ],
  ['other labels are listed', { policy: protecting({ labelSelector: { matchLabels: { tier: 'gold' } } }) }, undefined],
  [
    'its controller is listed',
    { policy: protecting({}), target: targetRef(pod()), object: pod(), chain: [workload('Deployment')] },
    'Deployment shop/web',
  ],
]);

const { object: _there, ...goneTarget } = proposal();
describe('OutOfScope', () => {
  it('the target is gone', () =>
    judged(outOfScope.check(goneTarget, T0), 'OutOfScope', ['', {}, 'Deployment shop/web is gone']));
});
table(outOfScope, [
  ['as it was decided on', {}, undefined],
  [
    'replaced by another of the same name (I8)',
    { object: workload('Deployment', { metadata: { uid: 'new' } }) },
    'replaced',
  ],
  [
    'being deleted',
    { object: workload('Deployment', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }) },
    'being deleted',
  ],
  ['outside the selector', { policy: judgedPolicy({ outOfScope: 'its labels do not match' }) }, 'labels do not match'],
]);

table(staleObservation, [
  ['what is seen is current', {}, undefined],
  ['a cache has not synced (I10)', { stale: 'the cache of pods has not synced' }, 'has not synced'],
]);

const population = (change: Partial<Population>): Population => ({
  matched: 10,
  unhealthy: 0,
  unknown: 0,
  healing: 0,
  troubled: 0,
  ...change,
});
table(massFailure, [
  ['half may be in trouble', { population: population({ unhealthy: 5, troubled: 5 }) }, undefined],
  [
    'more may not',
    { population: population({ unhealthy: 4, unknown: 1, healing: 1, troubled: 6 }) },
    '6 of 10 targets are unhealthy (4), unknown (1) or being healed (1); at most 5 may be',
  ],
  [
    'below three a share says nothing',
    { population: population({ matched: 2, unhealthy: 2, troubled: 2 }) },
    undefined,
  ],
  [
    'the stop outlasts its cause (I16)',
    { population: population({}), stoppedUntil: T0 + MINUTE },
    'has just ended',
    T0 + MINUTE,
  ],
  [
    'while it lasts, the stop tells when to look again',
    { population: population({ troubled: 6 }), stoppedUntil: T0 + MINUTE },
    '6 of 10',
    T0 + MINUTE,
  ],
  ['the stop is over', { population: population({}), stoppedUntil: T0 }, undefined],
]);

describe('the limit of trouble (I15)', () => {
  it.each([
    ['50%', 3, 1],
    ['50%', 5, 2],
    ['10%', 5, 1],
    ['0%', 10, 1],
    ['100%', 7, 7],
    [0, 10, 1],
    [4, 10, 4],
  ])('%s of %i: %i', (maxUnhealthy, matched, limit) => {
    const safety = policyOf({ safetyRules: { maxUnhealthy } }).safety;
    expect(troubleLimit(safety.maxUnhealthy, matched)).toBe(limit);
    expect(massFailureOf(population({ matched, troubled: limit }), safety.maxUnhealthy)).toBeUndefined();
    expect(massFailureOf(population({ matched, troubled: limit + 1 }), safety.maxUnhealthy)).toContain(
      `at most ${limit} may be`,
    );
  });
});

// T0 is midnight UTC.
const windows = (...list: readonly Record<string, unknown>[]) => ({
  policy: judgedPolicy({}, { windows: list.map((one) => ({ timeZone: 'UTC', ...one })) }),
});
table(outsideWindow, [
  ['no windows: always', {}, undefined],
  ['inside an allow window', windows({ type: 'allow', schedule: '0 0 * * *', duration: '1h' }), undefined],
  [
    'outside it, until it opens',
    windows({ type: 'allow', schedule: '0 2 * * *', duration: '1h' }),
    'outside every allow window',
    T0 + 2 * HOUR,
  ],
  [
    'outside two, until the first opens',
    windows(
      { type: 'allow', schedule: '0 5 * * *', duration: '1h' },
      { type: 'allow', schedule: '0 2 * * *', duration: '1h' },
    ),
    'outside every allow window',
    T0 + 2 * HOUR,
  ],
  [
    'inside a deny window, until it closes',
    windows({ type: 'deny', schedule: '0 0 * * *', duration: '1h' }),
    'inside the deny window',
    T0 + HOUR,
  ],
  [
    'deny wins over allow',
    windows(
      { type: 'allow', schedule: '0 0 * * *', duration: '2h' },
      { type: 'deny', schedule: '0 0 * * *', duration: '1h' },
    ),
    'inside the deny window',
    T0 + HOUR,
  ],
  ['outside a deny window', windows({ type: 'deny', schedule: '0 3 * * *', duration: '1h' }), undefined],
]);

const ago = (ms: number, change: Partial<PastAction> = {}) =>
  past({ uid: `ago-${ms}`, createdAt: T0 - ms, lastAttemptAt: T0 - ms, completedAt: T0 - ms + SECOND, ...change });
const limit = (maxActionsPerHour: number) => judgedPolicy({}, { maxActionsPerHour });
const limits = { ...proposal().limits, maxActionsPerHour: 2 };
table(rateLimited, [
  ['below the limit', { policy: limit(2), history: [ago(MINUTE)] }, undefined],
  [
    'at the limit, until the oldest is an hour old',
    { policy: limit(2), history: [ago(MINUTE), ago(30 * MINUTE)] },
    '2 of 2 actions',
    T0 + 30 * MINUTE,
  ],
  ['what is an hour old counts no more', { policy: limit(2), history: [ago(MINUTE), ago(HOUR)] }, undefined],
  [
    "another policy's do not count against it",
    { policy: limit(1), history: [ago(MINUTE, { policyUid: 'x' })] },
    undefined,
  ],
  [
    'what did nothing does not count',
    { policy: limit(1), history: [ago(MINUTE, { executed: false, phase: 'Cancelled' })] },
    undefined,
  ],
  [
    'an accepted proposal counts at once',
    { policy: limit(1), history: [running({ phase: 'Pending', executed: false })] },
    '1 of 1 actions',
  ],
  [
    'with the limit in flight no time is named, whatever lies further back',
    { policy: limit(1), history: [running(), ago(5 * HOUR), ago(MINUTE, { dryRun: true })] },
    '1 of 1 actions',
  ],
  [
    'all policies together',
    { limits, history: [ago(MINUTE, { policyUid: 'x' }), ago(2 * MINUTE, { policyUid: 'y' })] },
    'operator: 2 of 2',
    T0 + 58 * MINUTE,
  ],
]);

const onWeb = (change: Partial<PastAction> = {}) =>
  past({ targetUid: WEB.uid, rootUid: WEB.uid, completedAt: T0 - MINUTE, ...change });
table(coolingDown, [
  ['nothing was done', {}, undefined],
  [
    'too soon after the last action',
    { history: [onWeb()] },
    'ended at 2025-12-31T23:59:00Z; the cool-down is 300 s',
    T0 + 4 * MINUTE,
  ],
  [
    "after another policy's too (I19)",
    { history: [onWeb({ policyUid: 'x', phase: 'Failed' })] },
    'Failed',
    T0 + 4 * MINUTE,
  ],
  ['long enough after it', { history: [onWeb({ completedAt: T0 - 5 * MINUTE })] }, undefined],
  ['after one elsewhere', { history: [past()] }, undefined],
  ['after one that did nothing', { history: [onWeb({ executed: false, phase: 'Cancelled' })] }, undefined],
  [
    'after one on a sibling of the same root',
    {
      chain: [workload('Deployment', { metadata: { uid: 'root' } })],
      history: [onWeb({ targetUid: 'x', rootUid: 'root' })],
    },
    'cool-down',
    T0 + 4 * MINUTE,
  ],
]);

const one = pod({ metadata: { ownerReferences: controlledBy('ReplicaSet', 'rs') } });
const chain = [workload('ReplicaSet', { metadata: { uid: 'rs' } }), workload('Deployment')];
const ofPod = { target: targetRef(one), object: one, chain };
table(budgetExhausted, [
  [
    'to cordon a node, while another node is worked on',
    { actionType: 'cordon', history: [running({ targetKind: 'Node', policyUid: 'x' })] },
    'is in flight on another node (InProgress); nodes are taken away one at a time',
  ],
  [
    'to drain one, while only workloads are',
    { actionType: 'drain', history: [running({ policyUid: 'x' })] },
    undefined,
  ],
  [
    'to patch one, all the same',
    { actionType: 'patch', history: [running({ targetKind: 'Node', policyUid: 'x' })] },
    undefined,
  ],
  ['nothing is in flight', {}, undefined],
  [
    "something of another policy's is, on the same target (I20)",
    { history: [running({ targetUid: WEB.uid, policyUid: 'x' })] },
    'on the same workload (InProgress)',
  ],
  [
    'on a sibling under the same root',
    { ...ofPod, history: [running({ targetUid: 'pod-2', rootUid: WEB.uid, policyUid: 'x' })] },
    'on the same workload',
  ],
  [
    'on a controller in between',
    { ...ofPod, history: [running({ targetUid: 'rs', rootUid: 'elsewhere', policyUid: 'x' })] },
    'on the same workload',
  ],
  [
    'on a pod of the workload',
    { history: [running({ targetUid: 'pod-2', rootUid: WEB.uid, policyUid: 'x' })] },
    'on the same workload',
  ],
  ["a dry run is in nobody's way", { history: [running({ targetUid: WEB.uid, dryRun: true })] }, undefined],
  ["what has finished is in nobody's way", { history: [onWeb()] }, undefined],
  [
    "the policy's own elsewhere, up to maxConcurrent (I14)",
    { history: [running()] },
    'policy shop/p: 1 of 1 actions in flight',
  ],
  ['maxConcurrent allows two', { policy: judgedPolicy({}, { maxConcurrent: 2 }), history: [running()] }, undefined],
  [
    "others' up to the operator's limit",
    { limits: { ...limits, maxConcurrent: 1 }, history: [running({ policyUid: 'x' })] },
    'operator: 1 of 1 actions in flight',
  ],
]);

const failures = (at: number) =>
  Array.from({ length: 5 }, (_, i) => past({ uid: `f-${i}`, phase: 'Failed', completedAt: at - 5 + i }));
table(circuitOpen, [
  ['closed', {}, undefined],
  ['open after five failures in a row', { history: failures(T0) }, '5 actions failed in a row', T0 - 1 + 5 * MINUTE],
  [
    "another policy's failures open nothing",
    { history: failures(T0).map((action) => ({ ...action, policyUid: 'x' })) },
    undefined,
  ],
  ['half-open lets one try', { history: failures(T0 - 5 * MINUTE) }, undefined],
  [
    'half-open admits no second (I21)',
    { history: [...failures(T0 - 5 * MINUTE), running()] },
    'one action is trying already',
  ],
]);

table(rolloutInProgress, [
  ['none', {}, undefined],
  [
    'of the target',
    { object: workload('Deployment', { status: { replicas: 4, updatedReplicas: 1 } }) },
    'old replicas',
  ],
  ['of its controller', { ...ofPod, chain: [workload('Deployment', { metadata: { generation: 3 } })] }, 'has not seen'],
]);

describe('all gates', () => {
  it('are asked in the documented order', () => {
    expect(gates.map(({ reason }) => reason)).toEqual([
      'Suspended',
      'Protected',
      'OutOfScope',
      'StaleObservation',
      'MassFailure',
      'OutsideWindow',
      'RateLimited',
      'CoolingDown',
      'BudgetExhausted',
      'CircuitOpen',
      'RolloutInProgress',
    ]);
  });

  const worst: Partial<Proposal> = {
    paused: 'paused',
    stale: 'stale',
    object: workload('Deployment', { metadata: { labels: { [PROTECTED]: 'true' }, uid: 'new' } }),
    history: [running({ uid: 'rival', targetUid: WEB.uid }), onWeb()],
  };
  const { paused: _lifted, ...unpaused } = worst;
  it.each<[string, Partial<Proposal>, string]>([
    ['everything is wrong: the first refusal is shown', worst, 'Suspended'],
    ['the kill switch is lifted: the next one', unpaused, 'Protected'],
    ['a recent action and one in flight', { history: worst.history ?? [] }, 'CoolingDown'],
  ])('%s', (_title, change, reason) => {
    expect(judge(proposal(change), T0)).toMatchObject({ allow: false, reason });
  });

  it('allow an ordinary proposal, and one by hand', () => {
    expect([judge(proposal(), T0), judge(byHand(), T0)]).toEqual([ALLOW, ALLOW]);
  });

  it('an action by hand passes the same gates where they need no policy', () => {
    expect(judge(byHand({ paused: 'x' }), T0)).toMatchObject({ reason: 'Suspended' });
    expect(judge(byHand({ history: [running({ targetUid: WEB.uid })] }), T0)).toMatchObject({
      reason: 'BudgetExhausted',
    });
    expect(judge(byHand({ limits, history: [ago(MINUTE), ago(2 * MINUTE)] }), T0)).toMatchObject({
      reason: 'RateLimited',
    });
  });

  it('an action that is judged again neither competes with itself nor counts twice', () => {
    const self = running({ uid: 'me', targetUid: WEB.uid });
    const asked = proposal({ policy: judgedPolicy({}, { maxActionsPerHour: 1 }), history: [self] });
    expect(judge(asked, T0)).toMatchObject({ reason: 'RateLimited' });
    expect(judge({ ...asked, self: { uid: 'me', createdAt: T0 } }, T0)).toEqual(ALLOW);
  });

  it('a refusal reads the same at any later instant until it changes, so that status is not written for the time alone', () => {
    const asked = proposal({ history: [onWeb(), ...failures(T0)] });
    expect(judge(asked, T0 + MINUTE)).toEqual(judge(asked, T0));
  });
});

describe('a rollback and the rollout that it is to end', () => {
  const midway = {
    status: { updatedReplicas: 1, updatedNumberScheduled: 1, currentRevision: 'web-1', updateRevision: 'web-2' },
  } as const;
  it.each<[string, string, 'rollback' | 'restart', boolean]>([
    ['goes through a stuck StatefulSet', 'StatefulSet', 'rollback', true],
    ['goes through a stuck DaemonSet', 'DaemonSet', 'rollback', true],
    ['waits for the progress deadline of a Deployment', 'Deployment', 'rollback', false],
    ['is the only action that does', 'StatefulSet', 'restart', false],
  ])('%s', (_title, kind, actionType, allow) => {
    expect(judge(proposal({ object: workload(kind, midway), actionType }), T0).allow).toBe(allow);
  });

  it('waits until the controller has seen the template that it would roll back', () => {
    const unseen = workload('StatefulSet', { metadata: { generation: 3 }, ...midway });
    expect(judge(proposal({ object: unseen, actionType: 'rollback' }), T0)).toMatchObject({
      reason: 'RolloutInProgress',
    });
  });
});
