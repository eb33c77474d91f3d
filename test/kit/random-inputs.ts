/**
 * Random inputs of decisions: targets, events, metrics and past actions that make triggers fire and gates refuse about
 * as often as not.
 */
import * as fc from 'fast-check';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { HealingAction } from '../../src/api/parse-action.ts';
import type { HealingPolicy } from '../../src/api/policy.ts';
import { type GateScene, judgeAction, type NamedPolicy } from '../../src/core/action/action-gates.ts';
import { targetOf } from '../../src/core/action/refs.ts';
import type { TriggerLook } from '../../src/core/action/trigger-now.ts';
import { decideStep, type StepInput } from '../../src/core/action/step-action.ts';
import type { Population } from '../../src/core/gates/proposal.ts';
import type { PastAction, Unsent } from '../../src/core/history.ts';
import { type MetricSeen, seenSample } from '../../src/core/metrics/answer.ts';
import { type EventSeen, type Observation, targetRef } from '../../src/core/observation.ts';
import type { TriggerState } from '../../src/core/target/episode.ts';
import {
  type EvaluationInput,
  evaluateTarget,
  type Facts,
  type TargetState,
} from '../../src/core/target/evaluate-target.ts';
import type { DecisionMade, GatesInput } from '../../src/core/replay/decision-record.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { Pod } from '../../src/shapes/workloads.ts';
import { toTimestamp } from '../../src/std/clock.ts';
import type { ApprovalScene } from '../../src/core/authority/approval.ts';
import { at, byHand, CHANGE, claim, INVERSE } from './action-data.ts';
import { approvalOf, approvalScene, rejectionOf, SPEC_HASH } from './approval-data.ts';
import { healingAction, HOUR, MINUTE, past, pod, SECOND, T0, workload } from './core-data.ts';
import { anyPolicy } from './random-policies.ts';
import { instant, merged, mostly, record, sometimes } from './random-values.ts';

const labels = fc.constantFrom({}, { app: 'web' }, { app: 'web', tier: 'db' }, { app: 'db' });
const marks = mostly<Record<string, string>>(
  {},
  { 'kubeskippy.io/protected': 'true' },
  { 'kubeskippy.io/healing-disabled': '' },
);

const anyPod: fc.Arbitrary<Pod> = fc
  .tuple(
    fc.constantFrom('web-1', 'web-2'),
    fc.constantFrom('True', 'False', 'Unknown'),
    fc.constantFrom(
      { running: { startedAt: toTimestamp(T0 - MINUTE) } },
      { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s' } },
      { terminated: { exitCode: 1, reason: 'Error' } },
    ),
    labels,
  )
  .map(([name, ready, state, own]) =>
    pod({
      metadata: { name, uid: `${name}-uid`, labels: own, creationTimestamp: toTimestamp(T0 - HOUR) },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: ready }],
        containerStatuses: [
          { name: 'main', ready: ready === 'True', restartCount: 3, state, lastState: { terminated: { exitCode: 1 } } },
        ],
      },
    }),
  );

const deployment: fc.Arbitrary<KubeObject> = fc
  .tuple(
    labels,
    marks,
    fc.constantFrom('True', 'False'),
    mostly(3, 5),
    mostly({}, { deletionTimestamp: toTimestamp(T0) }),
  )
  .map(([own, annotations, available, replicas, gone]) =>
    workload('Deployment', {
      metadata: { labels: own, annotations, creationTimestamp: toTimestamp(T0 - HOUR), ...gone },
      status: { replicas, conditions: [{ type: 'Available', status: available, reason: 'Unknown' }] },
    }),
  );

const anyEvent: fc.Arbitrary<EventSeen> = fc
  .tuple(
    fc.constantFrom('BackOff', 'Unhealthy', 'Pulled'),
    fc.constantFrom('probe failed', 'back-off restarting failed container', 'x'),
    fc.array(fc.tuple(instant(-10 * MINUTE, 0), fc.nat(3)), { minLength: 1, maxLength: 3 }),
  )
  .map(([reason, message, growth]) => {
    let count = 0;
    const points = growth.toSorted(([a], [b]) => a - b).map(([at, more]) => ({ at, count: (count += 1 + more) }));
    const about = { uid: 'web-1-uid', kind: 'Pod', name: 'web-1' };
    return { uid: `e-${reason}`, about, reason, type: 'Warning', message, firstAt: points[0]?.at ?? T0, points };
  });

const value = fc.oneof(
  fc.double({ noDefaultInfinity: true, noNaN: true, min: -2, max: 2 }),
  fc.constantFrom(0, -0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const anyMetric: fc.Arbitrary<MetricSeen> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constant({ unknown: 'SourceDown' as const, message: 'no route to host' }),
  },
  {
    weight: 5,
    arbitrary: merged<Extract<MetricSeen, { readonly at: number }>>(
      record({
        at: instant(-30 * SECOND, 10 * SECOND),
        goodUntil: instant(-5 * SECOND, MINUTE),
        absence: fc.constantFrom('false', 'unknown'),
        series: fc.array(
          fc
            .tuple(fc.constantFrom('web-1', 'web-2'), value)
            .map(([name, one]) => seenSample({ labels: { namespace: 'shop', pod: name }, value: one })),
          { maxLength: 3 },
        ),
      }),
      sometimes('unbrokenSince', instant(-MINUTE, 0)),
    ),
  },
);

const PHASES: readonly PastAction['phase'][] = ['Succeeded', 'Failed', 'Cancelled', 'Pending', 'InProgress'];
const uid = (own: string) => fc.constantFrom('other-uid', 'another-uid', own);

export const anyPast: fc.Arbitrary<PastAction> = fc
  .tuple(
    fc.tuple(
      fc.uuid(),
      fc.constantFrom(...PHASES),
      fc.oneof(instant(-2 * HOUR, 0), instant(-8 * MINUTE, 0)),
      fc.nat(300),
    ),
    record({
      policyUid: uid('policy-uid'),
      targetUid: uid('web-uid'),
      template: fc.constantFrom('restart-it', 'delete-it', 'scale-it'),
      dryRun: mostly(false, true),
      executed: mostly(true, false),
      targetKind: fc.constantFrom('Deployment', 'Pod'),
    }),
    merged<Partial<PastAction>>(
      sometimes('episodeStart', fc.constant(T0 - 5 * MINUTE), 4),
      sometimes('ended', fc.constantFrom('MadeWorse', 'Delivered'), 2),
      sometimes(
        'unsent',
        record<Unsent>({
          how: fc.constantFrom('rejected', 'withdrawn', 'hindered'),
          why: fc.constant('a gate refused'),
        }),
        2,
      ),
    ),
  )
  .map(([[id, phase, createdAt, took], fields, more]) => {
    const { completedAt: _ended, lastAttemptAt: _sent, ...rest } = past({ ...fields, ...more, uid: id, phase });
    const open = phase === 'Pending' || phase === 'InProgress';
    const end = { lastAttemptAt: createdAt, completedAt: createdAt + took * SECOND };
    return { ...rest, rootUid: fields.targetUid, createdAt, ...(open ? {} : end) };
  });

/** As many failures of the policy, elsewhere and just now, as open its breaker. */
const streak: fc.Arbitrary<readonly PastAction[]> = mostly(0, 5, 6).map((length) =>
  Array.from({ length }, (_, index) =>
    past({ uid: `failed-${index}`, phase: 'Failed', completedAt: T0 - MINUTE + index * SECOND }),
  ),
);

const population: fc.Arbitrary<Population> = fc
  .tuple(fc.integer({ min: 1, max: 10 }), fc.nat(4), fc.nat(1), fc.nat(1))
  .map(([healthy, unhealthy, unknown, healing]) => ({
    matched: healthy + unhealthy + unknown,
    unhealthy,
    unknown,
    healing,
    troubled: unhealthy + unknown + healing,
  }));

/** Facts about this target, by whatever way they were gathered. */
export const anyFacts = (object: KubeObject): fc.Arbitrary<Facts> =>
  merged<Facts>(
    record({
      target: fc.constant(targetRef(object)),
      chain: mostly<readonly KubeObject[]>(
        [],
        [workload('Deployment', { metadata: { uid: 'other-uid', name: 'top' } })],
      ),
      limits: record({
        namespace: fc.constant('kubeskippy-system'),
        maxActionsPerHour: mostly(60, 3),
        maxConcurrent: mostly(50, 1),
        namespaceLimits: fc.constant({ sharePercent: 80, unfinishedActions: 100 }),
        protectedNamespaces: mostly<readonly string[]>(['kube-system'], ['shop']),
        deniedKinds: mostly<readonly string[]>(['v1/Secret'], ['v1/*']),
        dryRun: mostly<'All' | 'none'>('none', 'All'),
      }),
      history: fc.tuple(fc.array(anyPast, { maxLength: 6 }), streak).map(([some, more]) => [...some, ...more]),
    }),
    fc.oneof({ weight: 15, arbitrary: fc.constant({ object }) }, { weight: 1, arbitrary: fc.constant({}) }),
    sometimes('population', population, 7),
    sometimes('stoppedUntil', instant(-MINUTE, MINUTE)),
    sometimes('paused', fc.constant('ConfigMap x pauses all healing')),
    sometimes('commonCause', fc.constant('40 of 60 watched targets fail together')),
    sometimes('stale', fc.constant('the cache of pods has not synced')),
    sometimes('analysis', fc.constant({ awaitedUntil: T0 + MINUTE, causes: [] }), 3),
    sometimes('outOfScope', fc.constant('its labels do not match')),
    sometimes(
      'namespace',
      marks.map((own) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: own } })),
      8,
    ),
  );

const observation = (target: KubeObject, policy: HealingPolicy): fc.Arbitrary<Observation> =>
  merged<Observation>(
    record({
      target: fc.constant(target),
      pods: target.kind === 'Pod' ? fc.constant([target]) : fc.array(anyPod, { maxLength: 2 }),
      events: fc.array(anyEvent, { maxLength: 3 }),
      metrics: fc
        .tuple(...policy.triggers.map(({ name }) => sometimes(name, anyMetric, 9)))
        .map((all) => Object.assign({}, ...all) as Record<string, MetricSeen>),
    }),
    sometimes('eventsAfter', instant(-5 * MINUTE, 0)),
  );

const triggerState: fc.Arbitrary<TriggerState> = merged<TriggerState>(
  record({
    state: fc.constantFrom('pending', 'firing', 'firing'),
    since: instant(-10 * MINUTE, -5 * MINUTE),
    detail: fc.constant('seen before'),
  }),
  sometimes('firingSince', instant(-5 * MINUTE, 0), 5),
  sometimes('unknownSince', instant(-2 * MINUTE, 0)),
  sometimes('clearedAt', instant(-MINUTE, 0)),
  sometimes('value', fc.integer(), 5),
);

const state = (policy: HealingPolicy): fc.Arbitrary<TargetState> =>
  fc.tuple(...policy.triggers.map(({ name }) => sometimes(name, triggerState, 6))).map((all): TargetState => {
    const triggers = Object.assign({}, ...all) as TargetState['triggers'];
    const none = Object.keys(triggers).length === 0;
    return { triggers, step: 0, exhausted: false, ...(!none && { startedAt: T0 - 5 * MINUTE }) };
  });

export const anyEvaluationInput: fc.Arbitrary<EvaluationInput> = fc
  .tuple(anyPolicy, fc.oneof({ weight: 3, arbitrary: deployment }, { weight: 1, arbitrary: anyPod }))
  .chain(([policy, object]) =>
    record({
      policy: fc.constant(policy),
      observation: observation(object, policy),
      state: state(policy),
      facts: anyFacts(object),
    }),
  );

const STATUSES: readonly ActionStatus[] = [
  {},
  { phase: 'Pending', approval: { required: true, approved: false, expiresAt: at(MINUTE) } },
  { phase: 'Pending', approval: { required: true, approved: false, expiresAt: at(-MINUTE) } },
  { phase: 'Pending', approval: { required: true, approved: true, approvedBy: 'ann', expiresAt: at(MINUTE) } },
  { phase: 'Pending', approval: { required: true, approved: false, reason: 'no', expiresAt: at(MINUTE) } },
  { phase: 'Approved', reason: 'NoApprovalNeeded' },
  { phase: 'Approved', approval: { required: true, approved: true, approvedBy: 'ann', approvedAt: at(-20 * MINUTE) } },
  claim(),
  claim({ lastAttemptTime: at(-MINUTE) }, CHANGE),
  claim({ nextAttemptTime: at(2 * SECOND) }),
  claim({ stageTime: at(-SECOND), startTime: at(-MINUTE) }, CHANGE),
  claim({ stageTime: at(-SECOND), startTime: at(-HOUR), inverses: [INVERSE] }, CHANGE),
  claim({ effectTime: at(-SECOND) }),
  claim({ undo: { state: 'InProgress', at: at(-SECOND), reason: 'NotVerified', requests: [] } }, CHANGE),
  { phase: 'Succeeded', reason: 'Verified', completionTime: at(-SECOND) },
];
/** Parsing takes longer than deciding: each of them once. */
const ACTIONS: readonly HealingAction[] = STATUSES.flatMap((status) =>
  [
    { policyGeneration: 1 },
    { policyGeneration: 1, approvalRequired: true },
    { policyGeneration: 1, dryRun: true },
    { policyGeneration: 0 },
  ].map((spec) => healingAction(status, { spec })),
);
const anyAction: fc.Arbitrary<HealingAction> = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...ACTIONS) },
  { weight: 1, arbitrary: fc.constantFrom(...ACTIONS.map(byHand)) },
);

/** The policy as it would have to be for the action to be made from it now: another one stops it before any gate. */
function asMade(policy: HealingPolicy, { action, spec }: HealingAction): HealingPolicy {
  const { serviceAccountName: _account, ...rest } = policy;
  const mode = spec.approvalRequired ? 'manual' : spec.dryRun ? 'dryrun' : 'automatic';
  return { ...rest, actions: [action], mode };
}

const anyNamed = (action: HealingAction): fc.Arbitrary<NamedPolicy> =>
  fc
    .tuple(anyPolicy, mostly<'as made' | 'edited'>('as made', 'edited'))
    .chain(([any, how]) => namedBy(how === 'edited' ? any : asMade(any, action)));

const namedBy = (policy: HealingPolicy): fc.Arbitrary<NamedPolicy> =>
  merged<NamedPolicy>(
    record({ uid: mostly(policy.uid, 'another'), generation: mostly(1, 2) }),
    sometimes('policy', fc.constant(policy), 9),
  );

/** Of a trigger by the name that the action answers. */
const anyLook = (target: KubeObject, policy: HealingPolicy): fc.Arbitrary<TriggerLook> =>
  record({ observation: observation(target, policy), before: state(policy).map(({ triggers }) => triggers) });

const anyScene = (action: HealingAction): fc.Arbitrary<GateScene> =>
  deployment
    .chain((object) => fc.tuple(fc.constant(object), anyFacts(object)))
    .chain(([object, facts]) =>
      merged<GateScene>(
        sometimes(
          'look',
          anyPolicy.chain((policy) => anyLook(object, policy)),
          9,
        ),
        record({
          action: fc.constant(action),
          claim: mostly<'ours' | 'lost'>('ours', 'lost'),
          facts: fc.constant({ ...facts, target: targetOf(action) }),
          scope: fc.constant({ clusterPolicyNamespaces: [], operatorNamespace: 'kubeskippy-system' }),
        }),
        sometimes('named', anyNamed(action), 9),
      ),
    );

export const anyGatesInput: fc.Arbitrary<GatesInput> = anyAction.chain((action) =>
  record({ scene: anyScene(action), how: fc.constantFrom('begins' as const, 'continues' as const) }),
);

const anyWord = fc.constantFrom(
  approvalOf(),
  rejectionOf(),
  approvalOf({ planHash: SPEC_HASH }),
  approvalOf({ until: 0 }),
);
const anyApproval: fc.Arbitrary<ApprovalScene> = fc
  .array(anyWord, { maxLength: 2 })
  .chain((approvals) =>
    fc.constantFrom(
      approvalScene({ approvals }),
      approvalScene({ approvals, guard: { state: 'missing', why: 'is not installed' } }),
    ),
  );

export const anyStepInput: fc.Arbitrary<StepInput> = anyAction.chain((action) =>
  merged<StepInput>(
    record({
      action: fc.constant(action),
      undo: mostly<'wanted' | 'unwanted'>('wanted', 'unwanted'),
    }),
    sometimes('paused', fc.constant('ConfigMap x pauses all healing')),
    sometimes('approval', anyApproval),
    action.phase === 'Approved'
      ? anyScene(action).map((gates) => ({ gates }))
      : sometimes('noPlace', fc.constant({ places: 2, before: 2 })),
  ),
);

/** Whatever is decided, as it is told by the lap that decided. */
export const anyDecision: fc.Arbitrary<DecisionMade> = instant(0, 5 * SECOND).chain((now) =>
  fc.oneof(
    anyEvaluationInput.map((input) => ({ kind: 'target' as const, now, input, decided: evaluateTarget(input, now) })),
    anyStepInput.map((input) => ({ kind: 'step' as const, now, input, decided: decideStep(input, now) })),
    anyGatesInput.map((input) => ({
      kind: 'gates' as const,
      now,
      input,
      decided: judgeAction(input.scene, input.how, now),
    })),
  ),
);

/** What the shell does with a file: writes it, and reads it again. */
export const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
