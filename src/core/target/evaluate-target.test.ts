import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HOUR,
  MINUTE,
  past,
  podWith,
  policyOf,
  proposal,
  running,
  SECOND,
  T0,
  WEB,
  workload,
} from '../../../test/kit/core-data.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { Pod } from '../../shapes/workloads.ts';
import {
  cooldownOf,
  type Evaluation,
  evaluateTarget,
  type Facts,
  HEALTHY,
  type TargetState,
} from './evaluate-target.ts';
import type { PastAction } from '../history.ts';

const loops = podWith({ restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } });
const runs = podWith({ restartCount: 0, state: { running: {} } });
const { actionType: _type, policy: _policy, ...facts } = proposal();

interface Seen {
  readonly pods: readonly Pod[];
  readonly policy?: HealingPolicy;
  readonly facts?: Partial<Facts>;
}
const POLICY = policyOf();
const look = (state: TargetState, seen: Seen, now: number): Evaluation =>
  evaluateTarget(
    {
      policy: seen.policy ?? POLICY,
      observation: { target: workload('Deployment'), pods: seen.pods, events: [] },
      state,
      facts: { ...facts, ...seen.facts },
    },
    T0 + now,
  );
/** Looks at instants after T0; the answer is the last evaluation. */
const play = (...seen: readonly (readonly [number, Seen])[]): Evaluation =>
  seen.reduce<Evaluation>((before, [now, one]) => look(before.state, one, now), {
    state: HEALTHY,
    standing: 'healthy',
    changes: [],
    decision: { kind: 'nothing' },
  });
const bad: Seen = { pods: [loops] };
const good: Seen = { pods: [runs] };
const none: Seen = { pods: [] };
const DUE = 30 * SECOND;

describe('one policy and one target', () => {
  it('a target that is well has no state and no decision', () => {
    expect(play([0, good])).toEqual({
      state: HEALTHY,
      standing: 'healthy',
      changes: [],
      decision: { kind: 'nothing' },
    });
  });

  it('counts as unhealthy from the first moment, and is looked at again when its duration is over', () => {
    const seen = play([0, bad]);
    expect(seen).toMatchObject({ standing: 'unhealthy', decision: { kind: 'nothing' }, wakeAt: T0 + DUE });
    expect(seen.state).toMatchObject({ startedAt: T0, step: 0 });
  });

  it('is healed when the trigger has held, with the evidence that was seen', () => {
    const { decision, changes } = play([0, bad], [DUE, bad]);
    expect(changes).toMatchObject([{ trigger: 'looping', change: 'firing' }]);
    expect(decision).toMatchObject({
      kind: 'propose',
      step: 0,
      episodeStart: T0,
      triggers: ['looping'],
      action: { name: 'restart' },
      evidence: [{ source: 'condition', message: expect.stringContaining('looping: pod web-1') as string }],
    });
  });

  const modes = (mode: string, spec: Record<string, unknown> = {}): Seen => ({
    ...bad,
    policy: policyOf({ mode, ...spec }),
  });
  const inFlight = running({ targetUid: WEB.uid, rootUid: WEB.uid });
  const tried = past({ targetUid: WEB.uid, rootUid: WEB.uid, episodeStart: T0, completedAt: T0 - HOUR });
  const with_ = (history: readonly PastAction[], more: Partial<Facts> = {}): Seen => ({
    ...bad,
    facts: { history, ...more },
  });
  it.each<[string, Seen, object]>([
    [
      'monitor says what it would do',
      modes('monitor'),
      { kind: 'would', message: 'would restart Deployment shop/web (restart); mode is monitor' },
    ],
    ['dryrun proposes', modes('dryrun'), { kind: 'propose' }],
    ['manual proposes', modes('manual'), { kind: 'propose' }],
    ['an action in flight is waited for', with_([inFlight]), { kind: 'inFlight', action: inFlight }],
    ['a used-up ladder is the end', with_([tried]), { kind: 'exhausted' }],
    [
      'no action fits',
      modes('automatic', { actions: [{ name: 'r', type: 'restart', kinds: ['Pod'] }] }),
      { kind: 'blocked', reason: 'NoAction' },
    ],
    [
      'a gate refuses',
      with_([], { paused: 'paused' }),
      { kind: 'blocked', action: 'restart', reason: 'Suspended', message: 'paused' },
    ],
    [
      'monitor passes the gates too',
      { ...modes('monitor'), facts: { paused: 'paused' } },
      { kind: 'blocked', reason: 'Suspended' },
    ],
    ['out of scope', with_([], { outOfScope: 'elsewhere' }), { kind: 'blocked', reason: 'OutOfScope' }],
  ])('%s', (_title, seen, decision) => {
    expect(look(play([0, bad]).state, seen, DUE).decision).toMatchObject(decision);
  });

  it('a refusal that ends by itself is looked at again then', () => {
    const history = [past({ targetUid: WEB.uid, rootUid: WEB.uid, completedAt: T0 })];
    const seen = look(play([0, bad]).state, with_(history), DUE);
    expect(seen.decision).toMatchObject({ kind: 'blocked', reason: 'CoolingDown', until: T0 + 5 * MINUTE });
    expect(seen.wakeAt).toBe(T0 + 5 * MINUTE);
  });

  it('a proposal that was withdrawn is made again, under another name, after a pause', () => {
    const withdrawn = past({
      targetUid: WEB.uid,
      episodeStart: T0,
      phase: 'Cancelled',
      executed: false,
      unsent: { how: 'withdrawn', why: 'the policy was edited' },
      completedAt: T0 + DUE,
    });
    const state = play([0, bad], [DUE, bad]).state;
    expect(look(state, with_([withdrawn]), DUE + SECOND)).toMatchObject({
      decision: {
        kind: 'blocked',
        reason: 'NotCarriedOut',
        message: 'action restart (shop/web-1) ended with nothing sent (Cancelled): the policy was edited',
      },
    });
    expect(look(state, with_([withdrawn]), DUE + 34 * SECOND).decision).toMatchObject({ kind: 'propose', step: 1 });
  });

  it('exhausted stays in the state, and a resolved episode leaves nothing', () => {
    const spent = look(play([0, bad]).state, with_([tried]), DUE);
    expect(spent.state.exhausted).toBe(true);
    const over = look(spent.state, good, DUE + SECOND);
    expect(over).toMatchObject({ state: HEALTHY, standing: 'healthy', changes: [{ change: 'resolved' }] });
  });

  it('the ordinal never goes back', () => {
    const state = { ...play([0, bad]).state, step: 5 };
    expect(look(state, bad, DUE).decision).toMatchObject({ kind: 'propose', step: 5 });
  });
});

describe('what is not seen (I12, I13)', () => {
  it('a workload without pods that never failed is nothing to worry about', () => {
    expect(play([0, none])).toMatchObject({ state: HEALTHY, standing: 'healthy' });
  });

  it('evidence out of sight keeps the episode, counts as unknown, and nothing is done on it', () => {
    const seen = play([0, bad], [DUE, { ...bad, facts: { paused: 'x' } }], [DUE + SECOND, none]);
    expect(seen).toMatchObject({
      standing: 'unknown',
      decision: { kind: 'blocked', action: 'restart', reason: 'StaleObservation' },
    });
    expect(seen.state.startedAt).toBe(T0);
    expect(look(seen.state, bad, DUE + 2 * SECOND).decision.kind).toBe('propose');
  });

  it('of two triggers that fire the one that is seen is answered', () => {
    const two = policyOf({
      triggers: ['looping', 'failing'].map((name) => ({
        name,
        type: 'condition',
        conditionTrigger: {
          type: name === 'looping' ? 'CrashLoopBackOff' : 'Available',
          status: name === 'looping' ? 'True' : 'False',
          duration: '1s',
        },
      })),
      actions: [
        { name: 'for-loops', type: 'restart', triggers: ['looping'], priority: 90 },
        { name: 'for-failures', type: 'restart', triggers: ['failing'] },
      ],
    });
    const failing = workload('Deployment', { status: { conditions: [{ type: 'Available', status: 'False' }] } });
    const at = (state: TargetState, pods: readonly Pod[], now: number) =>
      evaluateTarget({ policy: two, observation: { target: failing, pods, events: [] }, state, facts }, T0 + now);
    const both = at(at(HEALTHY, [loops], 0).state, [loops], SECOND);
    expect(both.decision).toMatchObject({ action: { name: 'for-loops' }, triggers: ['looping', 'failing'] });
    expect(at(both.state, [], 2 * SECOND).decision).toMatchObject({
      action: { name: 'for-failures' },
      triggers: ['failing'],
    });
  });

  it('the time of a suspension does not count', () => {
    const suspended: Seen = { ...bad, policy: policyOf({ suspend: true }) };
    const held = play([0, bad], [SECOND, suspended]);
    expect(held).toMatchObject({ standing: 'unknown', decision: { kind: 'nothing' }, changes: [] });
    expect(look(held.state, bad, HOUR)).toMatchObject({ decision: { kind: 'nothing' }, wakeAt: T0 + HOUR + DUE });
    expect(play([0, suspended])).toMatchObject({ state: HEALTHY, standing: 'healthy' });
  });
});

describe('for any sequence of looks', () => {
  it('an action is proposed only while the trigger is seen to hold, its inputs serialise, and no look is due in the past', () => {
    const looks = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.constantFrom('bad', 'bad', 'bad', 'good', 'none', 'suspended')),
      { maxLength: 30 },
    );
    const by = { bad, good, none, suspended: { ...bad, policy: policyOf({ suspend: true }) } };
    fc.assert(
      fc.property(looks, (script) => {
        let state = HEALTHY;
        let now = 0;
        for (const [passed, what] of script) {
          now += passed;
          const seen = look(state, by[what], now);
          if (seen.decision.kind === 'propose') expect(what).toBe('bad');
          if (seen.wakeAt !== undefined) expect(seen.wakeAt).toBeGreaterThan(T0 + now);
          expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
          expect(look(state, by[what], now)).toEqual(seen);
          state = seen.state;
        }
      }),
    );
  });
});

describe('the cool-down of a proposal', () => {
  it('is the longest of the triggers that fire', () => {
    const triggers = ['1m', '7m', '1h'].map((cooldownPeriod, i) => ({
      name: `t${i}`,
      type: 'condition',
      cooldownPeriod,
      conditionTrigger: { type: 'Ready', status: 'False' },
    }));
    const policy = policyOf({ triggers });
    expect([cooldownOf(policy.triggers, ['t0', 't1']), cooldownOf(policy.triggers, [])]).toEqual([7 * MINUTE, 0]);
  });
});
