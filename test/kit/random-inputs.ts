/**
 * Random inputs of decisions: policies as people write them, and targets, events, metrics and past actions that make
 * their triggers fire and their gates refuse about as often as not.
 */
import * as fc from 'fast-check';
import { parsePolicy } from '../../src/api/parse-policy.ts';
import type { HealingPolicy } from '../../src/api/policy.ts';
import type { Population } from '../../src/core/gates/proposal.ts';
import type { PastAction } from '../../src/core/history.ts';
import { type MetricSeen, seenSample } from '../../src/core/metrics/answer.ts';
import { type EventSeen, type Observation, targetRef } from '../../src/core/observation.ts';
import type { TriggerState } from '../../src/core/target/episode.ts';
import type { EvaluationInput, Facts, TargetState } from '../../src/core/target/evaluate-target.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { Pod } from '../../src/shapes/workloads.ts';
import { toTimestamp } from '../../src/std/clock.ts';
import { HOUR, MINUTE, past, pod, SECOND, T0, workload } from './core-data.ts';

/** Mostly the first, else one of the others: what would stand in the way of everything is rare. */
export const mostly = <T>(usual: T, ...rare: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });

const sometimes = <K extends string, T>(key: K, value: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<{ [k in K]?: T }> =>
  fc.oneof(
    { weight: 10 - weight, arbitrary: fc.constant({}) },
    { weight, arbitrary: value.map((one) => ({ [key]: one }) as { [k in K]?: T }) },
  );

/** Fields that are there or not, each by itself: never `undefined`. */
const merged = <T extends object>(...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<T> =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as T);

/** Like what JSON.parse makes: with the prototype of objects. */
const record = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(fields, { noNullPrototype: true });

/** In whole seconds around T0. */
export const instant = (fromMs: number, toMs: number): fc.Arbitrary<number> =>
  fc
    .integer({ min: Math.round(fromMs / SECOND), max: Math.round(toMs / SECOND) })
    .map((seconds) => T0 + seconds * SECOND);

const duration = fc.constantFrom('0s', '1s', '20s', '2m');
const cooldown = fc.constantFrom('0s', '1m', '10m');

const trigger = (name: string): fc.Arbitrary<object> =>
  fc
    .oneof(
      fc
        .tuple(fc.constantFrom('Available', 'CrashLoopBackOff', 'Ready'), fc.constantFrom('True', 'False'), duration)
        .map(([type, status, held]) => ({ type: 'condition', conditionTrigger: { type, status, duration: held } })),
      merged<object>(
        sometimes('reason', fc.constantFrom('BackOff', 'Back(Off)?', 'Unhealthy|BackOff', ''), 7),
        sometimes('message', fc.constantFrom('fail(ed|ure)', '^probe', ''), 3),
        sometimes('type', fc.constantFrom('Warning', '')),
        record({ count: fc.integer({ min: 1, max: 3 }), window: fc.constantFrom('1m', '5m') }),
      ).map((eventTrigger) => ({ type: 'event', eventTrigger })),
      fc
        .tuple(
          fc.constantFrom('>', '<', '==', '!='),
          fc.constantFrom(0, 0.5, -1),
          duration,
          fc.constantFrom('0s', '1m'),
        )
        .map(([operator, threshold, held, keepFiringFor]) => ({
          type: 'metric',
          metricTrigger: { query: 'errors', operator, threshold, duration: held, keepFiringFor },
        })),
    )
    .chain((block) => cooldown.map((cooldownPeriod) => ({ name, cooldownPeriod, ...block })));

const requirement = fc.oneof(
  record({
    key: fc.constantFrom('app', 'tier'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.constantFrom(['web'], ['db', 'web'], ['db']),
  }),
  record({ key: fc.constantFrom('app', 'tier'), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const labelSelector = merged<object>(
  sometimes('matchLabels', fc.constantFrom({}, { app: 'web' }, { app: 'web', tier: 'db' }), 6),
  sometimes('matchExpressions', fc.array(requirement, { maxLength: 2 }), 5),
);

const schedule = fc.constantFrom('0 0 * * *', '30 2 * * 1-5', '0 12 1 * *', '*/20 * * * *');
const safetyWindow = record({
  type: mostly('allow', 'deny'),
  schedule,
  duration: fc.constantFrom('10m', '8h', '20h'),
  timeZone: fc.constantFrom('UTC', 'Asia/Tokyo', 'America/New_York'),
});

const safetyRules = merged<object>(
  sometimes('maxActionsPerHour', fc.integer({ min: 0, max: 6 }), 3),
  sometimes('maxConcurrent', fc.integer({ min: 1, max: 3 }), 5),
  sometimes('maxUnhealthy', fc.constantFrom(1, 2, '30%', '100%'), 5),
  sometimes('windows', fc.array(safetyWindow, { maxLength: 2 }), 2),
  sometimes(
    'protectedResources',
    labelSelector.map((selector) => [{ apiVersion: 'apps/v1', kind: 'Deployment', labelSelector: selector }]),
  ),
);

const actions = fc
  .uniqueArray(fc.constantFrom('restart', 'delete', 'scale', 'rollback', 'notify'), { minLength: 1, maxLength: 3 })
  .map((types) =>
    types.map((type, index) => ({
      name: `${type}-it`,
      type,
      priority: index,
      ...(type === 'scale' && { scaleAction: { direction: 'up', replicas: 1 } }),
    })),
  );

const compiled = (spec: object): HealingPolicy => {
  const { policy, problems } = parsePolicy({
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name: 'p', namespace: 'shop', uid: 'policy-uid', generation: 1 },
    spec,
  });
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  return policy;
};

const writtenPolicy: fc.Arbitrary<HealingPolicy> = fc
  .record({
    mode: fc.constantFrom('automatic', 'automatic', 'manual', 'dryrun', 'monitor'),
    suspend: mostly(false, true),
    selector: labelSelector.map((selector) => ({
      resources: [
        { apiVersion: 'apps/v1', kind: 'Deployment', excludeNames: ['db-*'] },
        { apiVersion: 'v1', kind: 'Pod' },
      ],
      labelSelector: selector,
    })),
    triggers: fc
      .integer({ min: 1, max: 3 })
      .chain((count) => fc.tuple(...['a', 'b', 'c'].slice(0, count).map(trigger))),
    actions,
    safetyRules,
  })
  .map(compiled);

/** Parsing takes longer than deciding: the same hundred are used again and again. */
const WRITTEN = fc.sample(writtenPolicy, { numRuns: 100, seed: 1 });
export const anyPolicy: fc.Arbitrary<HealingPolicy> = fc.constantFrom(...WRITTEN);

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
    fc.tuple(fc.uuid(), fc.constantFrom(...PHASES), instant(-2 * HOUR, 0), fc.nat(300)),
    record({
      policyUid: uid('policy-uid'),
      targetUid: uid('web-uid'),
      template: fc.constantFrom('restart-it', 'delete-it', 'scale-it'),
      dryRun: mostly(false, true),
      executed: mostly(true, false),
      declined: mostly(false, true),
      withdrawn: mostly(false, true),
      targetKind: fc.constantFrom('Deployment', 'Pod'),
    }),
    merged<Partial<PastAction>>(
      sometimes('episodeStart', fc.constant(T0 - 5 * MINUTE), 4),
      sometimes('ended', fc.constantFrom('MadeWorse', 'Delivered'), 2),
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
        protectedNamespaces: mostly<readonly string[]>(['kube-system'], ['shop']),
        dryRun: mostly<'All' | 'none'>('none', 'All'),
      }),
      history: fc.tuple(fc.array(anyPast, { maxLength: 6 }), streak).map(([some, more]) => [...some, ...more]),
    }),
    fc.oneof({ weight: 15, arbitrary: fc.constant({ object }) }, { weight: 1, arbitrary: fc.constant({}) }),
    sometimes('population', population, 7),
    sometimes('stoppedUntil', instant(-MINUTE, MINUTE)),
    sometimes('paused', fc.constant('ConfigMap x pauses all healing')),
    sometimes('stale', fc.constant('the cache of pods has not synced')),
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

/** What the shell does with a file: writes it, and reads it again. */
export const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
