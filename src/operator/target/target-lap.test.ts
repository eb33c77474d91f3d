import { restoredState } from '../../core/target/kept-episode.ts';
import { describe, expect, it } from 'vitest';
import { MINUTE, podWith, policyOf, proposal, SECOND, T0, WEB, workload } from '../../../test/kit/core-data.ts';
import type { PolicyStatus } from '../../api/policy-status.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { Announcement } from '../../core/announcement.ts';
import type { DecisionMade } from '../../core/replay/decision-record.ts';
import { evaluateTarget, type Facts } from '../../core/target/evaluate-target.ts';
import type { Stop } from '../../core/target/mass-failure-stop.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toMicroTime, toTimestamp } from '../../std/clock.ts';
import { UNOBSERVED } from '../voice.ts';
import { PolicyBook } from './policy-book.ts';
import { targetKey } from './target-key.ts';
import { type Proposed, targetLap } from './target-lap.ts';

const loops = podWith({ restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } });
const runs = podWith({ restartCount: 0, state: { running: {} } });
const web = workload('Deployment');
const KEY = 'shop/p';
const ID = targetKey(KEY, web);
const { actionType: _type, policy: _policy, ...FACTS } = proposal();
const STOP: Stop = { since: toTimestamp(T0), until: toTimestamp(T0 + 5 * MINUTE), message: '3 of 4' };

/** What the status says once the policy's lap has written an episode that fires. */
const persisted = (change: object = {}): PolicyStatus => ({
  lastEvaluated: toMicroTime(T0 + 30 * SECOND),
  episodes: [
    {
      target: WEB,
      startedAt: toMicroTime(T0),
      state: 'Firing',
      step: 0,
      triggers: [
        { name: 'looping', state: 'Firing', pendingSince: toMicroTime(T0), firingSince: toMicroTime(T0 + 30 * SECOND) },
      ],
      ...change,
    },
  ],
});

interface Scene {
  pods: readonly (typeof loops)[];
  object: KubeObject | undefined;
  facts: Partial<Facts>;
  stop: Stop | undefined;
}

/** One policy and one Deployment whose pods crash; tests change the scene and play laps. */
function playing(given: { readonly status?: PolicyStatus; readonly policy?: HealingPolicy | 'unreadable' } = {}) {
  const { status = {}, policy = policyOf() } = given;
  const book = new PolicyBook();
  const object = {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name: 'p', namespace: 'shop', uid: 'policy-uid', generation: 1 },
    status,
  };
  const { entry } = book.put(KEY, {
    object,
    policy: policy === 'unreadable' ? undefined : policy,
    problems: [],
    believed: () => ({ status }),
  });
  const scene: Scene = { pods: [loops], object: web, facts: {}, stop: undefined };
  const counted: string[] = [];
  const looks: string[] = [];
  const done = { woken: 0, told: [] as (Announcement & { about: readonly string[] })[], proposed: [] as Proposed[] };
  const blocked: string[] = [];
  const recovered: string[] = [];
  const matched: number[] = [];
  const decisions: Extract<DecisionMade, { readonly kind: 'target' }>[] = [];
  const lap = (at: number, id = ID) =>
    targetLap(
      {
        clock: { now: () => T0 + at },
        book,
        gather: {
          find: () => scene.object,
          remembered: (of, uid) =>
            restoredState({ episode: of.episode(uid), status: of.status, action: undefined }, T0 + at),
          input: (of, { policy: spec, object: target, state }) => {
            matched.push(of.targets.size);
            const observation = { target, pods: scene.pods, events: [] };
            return {
              input: { policy: spec, observation, state, facts: { ...FACTS, ...scene.facts } },
              stop: scene.stop,
            };
          },
        },
        propose: async (_input, proposed) => void done.proposed.push(proposed),
        voice: {
          announce: (about, told) => void done.told.push({ ...told, about: about.map(({ kind }) => kind) }),
          observer: { ...UNOBSERVED, blocked: (reason) => void blocked.push(reason) },
        },
        decisions: { made: (decision) => void (decision.kind === 'target' && decisions.push(decision)) },
        recovered: (_policyUid, { name }) => void recovered.push(name),
        looks: { want: ({ name }, since) => void looks.push(`${name} since ${since - T0}`) },
        wakes: { policyQueue: { add: () => void done.woken++ }, targetQueue: { add: (key) => void counted.push(key) } },
      },
      id,
    );
  return { entry, scene, lap, done, blocked, matched, decisions, counted, recovered, looks };
}

describe('the lap of a target', () => {
  it('keeps what it saw, wakes the policy, and comes again when the answer may change', async () => {
    const { entry, lap, done } = playing();
    expect(await lap(0)).toEqual({ wakeAt: T0 + 30 * SECOND });
    expect(entry.targets.get(ID)).toMatchObject({ ref: WEB, standing: 'unhealthy', state: { startedAt: T0 } });
    expect(done).toEqual({ woken: 1, told: [], proposed: [] });
  });

  it('wakes those that were held back once the last target has been looked at', async () => {
    const { entry, lap, counted } = playing();
    entry.expect(ID);
    entry.expect('shop/p × gone');
    await lap(0);
    expect([entry.unseen, counted]).toEqual([1, []]);
    entry.delete('shop/p × gone');
    expect(entry.unseen).toBe(0);
    entry.delete(ID);
    entry.expect(ID);
    entry.open.add('another');
    await lap(0);
    expect([entry.unseen, counted]).toEqual([0, ['another']]);
  });

  it('tells each decision with the input that leads to it', async () => {
    const { entry, lap, decisions } = playing();
    await lap(0);
    await lap(30 * SECOND);
    expect(decisions.map(({ now }) => now)).toEqual([T0, T0 + 30 * SECOND]);
    expect(decisions.map(({ input, now }) => evaluateTarget(input, now))).toEqual(
      decisions.map(({ decided }) => decided),
    );
    expect(decisions.at(-1)?.decided.decision).toEqual(entry.targets.get(ID)?.decision);
  });

  it('wakes the policy for news only (I35)', async () => {
    const { lap, done } = playing();
    await lap(0);
    await lap(SECOND);
    expect(done.woken).toBe(1);
  });

  it('counts the target in the population before it is judged for the first time', async () => {
    const { lap, matched } = playing();
    await lap(0);
    expect(matched).toEqual([1]);
  });

  it('proposes only what stands in the status (law 4)', async () => {
    const { entry, lap, done } = playing();
    await lap(0);
    await lap(30 * SECOND);
    expect(entry.targets.get(ID)?.decision.kind).toBe('propose');
    expect(done.proposed).toEqual([]);
    entry.status = persisted();
    await lap(31 * SECOND);
    expect(done.proposed).toMatchObject([{ step: 0, episodeStart: T0, action: { name: 'restart' } }]);
  });

  it('goes on after a restart with the episode of the status', async () => {
    const { entry, lap, done } = playing({ status: persisted({ step: 2 }) });
    await lap(31 * SECOND);
    expect(entry.targets.get(ID)?.state).toMatchObject({ startedAt: T0, step: 2 });
    expect(done.told).toEqual([]);
  });

  it('begins anew with another object of the same name', async () => {
    const { entry, scene, lap } = playing();
    await lap(0);
    scene.object = workload('Deployment', { metadata: { uid: 'another' } });
    await lap(20 * SECOND);
    expect(entry.targets.get(ID)).toMatchObject({
      ref: { uid: 'another' },
      state: { startedAt: T0 + 20 * SECOND },
    });
  });

  it('tells what began and what ended, about the target and the policy, and asks what waits to heal it', async () => {
    const { scene, lap, done, recovered } = playing();
    await lap(0);
    await lap(30 * SECOND);
    expect(recovered).toEqual([]);
    scene.pods = [runs];
    await lap(40 * SECOND);
    expect(recovered).toEqual(['web']);
    expect(done.told.map(({ reason, about }) => [reason, about])).toEqual([
      ['TriggerFiring', ['Deployment', 'HealingPolicy']],
      ['TriggerResolved', ['Deployment', 'HealingPolicy']],
    ]);
  });

  it('tells and counts a block once, as long as its reason is the same', async () => {
    const { scene, lap, done, blocked } = playing({ status: persisted() });
    scene.facts = { paused: 'paused by hand' };
    await lap(31 * SECOND);
    await lap(32 * SECOND);
    expect(done.told.map(({ reason }) => reason)).toEqual(['HealingBlocked']);
    scene.facts = { stale: 'the cache of pods has not synced' };
    await lap(33 * SECOND);
    expect(blocked).toEqual(['Suspended', 'StaleObservation']);
  });

  it('keeps a stop that begins, and wakes the policy to write it', async () => {
    const { entry, scene, lap, done } = playing();
    await lap(0);
    scene.stop = STOP;
    await lap(SECOND);
    await lap(2 * SECOND);
    expect([entry.massFailure, done.woken]).toEqual([STOP, 2]);
    scene.stop = undefined;
    await lap(3 * SECOND);
    expect(entry.massFailure).toBeUndefined();
  });

  it('lets go of what is no target any more, and wakes the policy for that once', async () => {
    const { entry, scene, lap, done } = playing();
    await lap(0);
    scene.object = undefined;
    expect(await lap(SECOND)).toEqual({});
    expect(await lap(2 * SECOND)).toEqual({});
    expect([entry.targets.size, done.woken]).toEqual([0, 2]);
  });

  it.each<[string, ReturnType<typeof playing>, string]>([
    ['that nobody knows', playing(), targetKey('shop/other', web)],
    ['of which nothing can be used', playing({ policy: 'unreadable' }), ID],
  ])('does nothing for a policy %s', async (_title, { lap, done, matched }, id) => {
    expect(await lap(0, id)).toEqual({});
    expect([done.woken, matched]).toEqual([0, []]);
  });
});
