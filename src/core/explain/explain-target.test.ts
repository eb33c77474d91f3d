import { describe, expect, it } from 'vitest';
import { MINUTE, past, podWith, policyOf, SECOND, T0, WEB, workload } from '../../../test/kit/core-data.ts';
import { type EvaluationInput, HEALTHY, type TargetState } from '../target/evaluate-target.ts';
import { explainTarget } from './explain-target.ts';

const crashing = podWith({ state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s' } } });
const input = (change: Partial<EvaluationInput> = {}, spec: Record<string, unknown> = {}): EvaluationInput => ({
  policy: policyOf(spec),
  observation: { target: workload('Deployment'), pods: [crashing], events: [] },
  state: HEALTHY,
  facts: {
    target: WEB,
    object: workload('Deployment'),
    chain: [],
    limits: {
      namespace: 'kubeskippy-system',
      maxActionsPerHour: 60,
      maxConcurrent: 5,
      namespaceLimits: { sharePercent: 80, unfinishedActions: 100 },
      protectedNamespaces: ['kube-system'],
      deniedKinds: ['v1/Secret'],
    },
    history: [],
  },
  ...change,
});
const firing: TargetState = {
  triggers: { looping: { state: 'firing', since: T0 - MINUTE, firingSince: T0 - 30 * SECOND, detail: '' } },
  startedAt: T0 - MINUTE,
  step: 0,
  exhausted: false,
};
const explained = (given: EvaluationInput, now = T0) => explainTarget(given, now).explanation;

describe('the explanation of a target', () => {
  it('whose trigger has just begun to hold says when it fires, and that nothing is decided before', () => {
    expect(explained(input())).toEqual({
      triggers: [
        {
          trigger: 'looping',
          type: 'condition',
          wants: 'CrashLoopBackOff=True for 30s',
          holds: 'true',
          seen: 'pod web-1: container main: CrashLoopBackOff: back-off 20s',
          stage: 'pending',
          since: '2026-01-01T00:00:00Z',
          differs: 'it fires at 2026-01-01T00:00:30Z if it holds until then',
        },
      ],
      gates: [],
      decision: 'nothing: no trigger fires for Deployment shop/web',
    });
  });

  it('that is to be healed says which action is next, and what each gate saw', () => {
    const { triggers, ladder, gates, decision } = explained(input({ state: firing }));
    expect(triggers.map(({ stage, since, differs }) => [stage, since, differs])).toEqual([
      ['firing', '2025-12-31T23:59:30Z', 'it resolves when what it asks for is seen no more'],
    ]);
    expect(ladder).toBe('action restart (restart) is next, as step 0 of the episode');
    expect(decision).toBe('propose restart (restart) for Deployment shop/web, because of looping');
    expect(gates.map(({ gate, verdict, seen }) => `${gate} ${verdict}: ${seen}`)).toEqual([
      'Suspended allows: spec.suspend is false, and the kill switch is not thrown',
      'Protected allows: no mark on Deployment shop/web',
      'OutOfScope allows: Deployment shop/web is there, and the policy selects it',
      'StaleObservation allows: nothing that was read is known to be out of date',
      'NotFiring allows: trigger looping holds: pod web-1: container main: CrashLoopBackOff: back-off 20s',
      'Uncordoned allows: the action takes no node from the pods',
      'MassFailure allows: the targets of a policy are not counted here',
      'CommonCause allows: no large part of the watched workloads began to fail together',
      'OutsideWindow allows: there are no windows',
      'RateLimited allows: policy shop/p: 0 of 10 actions; operator: 0 of 60 actions; namespace shop: 0 of 48 actions in the last hour',
      'CoolingDown allows: no action has ended on this workload',
      'BudgetExhausted allows: nothing is in flight on this workload; policy shop/p: 0 of 1; operator: 0 of 5; namespace shop: 0 of 4; namespace shop with what waits: 0 of 100 actions in flight',
      'CircuitOpen allows: policy shop/p: 0 of 5 failures in a row',
      'Chronic allows: 0 of 5 healings of this workload in 24h; 0 of 10 healings of this workload in 168h',
      'AnalysisVeto allows: the policy does not let the analysis hold its actions back',
      'RolloutInProgress allows: no rollout of Deployment shop/web stands in the way',
    ]);
  });

  it('that cools down says from when on an action would pass', () => {
    const healed = past({ targetUid: WEB.uid, rootUid: WEB.uid, completedAt: T0 - MINUTE });
    const { facts } = input();
    const { gates, decision } = explained(input({ state: firing, facts: { ...facts, history: [healed] } }));
    expect(gates.filter(({ verdict }) => verdict === 'refuses')).toEqual([
      {
        gate: 'CoolingDown',
        verdict: 'refuses',
        seen: 'action shop/web-1 (Succeeded) ended at 2025-12-31T23:59:00Z; the cool-down is 300 s',
        differs: 'an action would pass from 2026-01-01T00:04:00Z on',
      },
    ]);
    expect(decision).toMatch(/^blocked, CoolingDown: .* \(until 2026-01-01T00:04:00Z\)$/);
  });

  it('whose evidence is gone says that nothing is done on what is not seen', () => {
    const observation = { target: workload('Deployment'), pods: [], events: [] };
    const { triggers, gates } = explained(input({ state: firing, observation }));
    expect(triggers[0]).toMatchObject({
      holds: 'unknown',
      differs: expect.stringMatching(/^it fires on until/) as string,
    });
    expect(gates.filter(({ verdict }) => verdict === 'refuses')).toMatchObject([{ gate: 'StaleObservation' }]);
  });

  it.each<[string, Record<string, unknown>, EvaluationInput['facts']['history'], string]>([
    ['suspended', { suspend: true }, [], 'nothing: spec.suspend is true, and no trigger is looked at'],
    ['monitored', { mode: 'monitor' }, [], 'would restart Deployment shop/web (restart); mode is monitor'],
    ['without an action', { actions: [] }, [], 'blocked, NoAction: no action of the policy answers looping'],
    [
      'being healed',
      {},
      [{ ...past({ targetUid: WEB.uid, phase: 'InProgress', episodeStart: T0 - MINUTE }) }],
      'nothing more: action shop/web-1 is InProgress',
    ],
    [
      'for which all was tried',
      {},
      [past({ targetUid: WEB.uid, phase: 'Failed', episodeStart: T0 - MINUTE })],
      'nothing more in this episode, Exhausted: ',
    ],
  ])('%s says so', (_, spec, history, decision) => {
    const { facts } = input();
    expect(explained(input({ state: firing, facts: { ...facts, history } }, spec)).decision).toContain(decision);
  });
});

describe('the explanation of a trigger', () => {
  const state = (trigger: object): TargetState => ({
    ...firing,
    triggers: { looping: { state: 'firing', since: T0 - MINUTE, detail: '', ...trigger } },
  });
  const well = { target: workload('Deployment'), pods: [podWith({ state: { running: {} } })], events: [] };
  const event = { name: 'looping', type: 'event', eventTrigger: { reason: 'BackOff', message: 'fail', count: 2 } };
  const metric = {
    name: 'looping',
    type: 'metric',
    metricTrigger: { query: 'errors', operator: '>', threshold: 1, duration: '0s', keepFiringFor: '2m' },
  };
  const zero = { at: T0, goodUntil: T0 + MINUTE, absence: 'unknown' as const, series: [{ labels: {}, value: 0 }] };

  it.each<[string, Partial<EvaluationInput>, object[], Record<string, unknown>]>([
    [
      'that does not hold asks for what it wants',
      { observation: well },
      [],
      { stage: 'inactive', holds: 'false', differs: 'it begins to hold when what it asks for is seen' },
    ],
    [
      'of Events names reason, message and window',
      {},
      [event],
      { wants: '2 Events with BackOff whose message has fail within 5m', holds: 'false' },
    ],
    [
      'of a metric needs its answer',
      {},
      [metric],
      { wants: 'errors > 1', holds: 'unknown', differs: 'it needs the data that is missing' },
    ],
    [
      'that keeps firing says until when',
      { state: state({}), observation: { ...well, metrics: { looping: zero } } },
      [metric],
      { stage: 'firing', differs: 'it resolves at 2026-01-01T00:02:00Z if it does not hold again before' },
    ],
    [
      'that is pending and unseen stands still',
      { state: state({ state: 'pending' }) },
      [metric],
      { stage: 'pending', differs: 'its time stands still until the data that is missing is seen again' },
    ],
  ])('%s', (_, change, triggers, expected) => {
    const spec = triggers.length === 0 ? {} : { triggers };
    expect(explained(input(change, spec)).triggers).toMatchObject([expected]);
  });
});
