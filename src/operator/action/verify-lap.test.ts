import { describe, expect, it } from 'vitest';
import { at, claim, EFFECT } from '../../../test/kit/action-data.ts';
import { healingAction, MINUTE, T0, workload } from '../../../test/kit/core-data.ts';
import { lapInput, lapLog, switchedOff } from '../../../test/kit/lap-input.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import { carriedOut } from '../../core/action/effect.ts';
import type { Scene } from '../../core/action/proof.ts';
import { STABLE_MS } from '../../core/action/verify-action.ts';
import type { EventSeen } from '../../core/observation.ts';
import type { LapInput } from './lap-input.ts';
import { verifyLap } from './verify-lap.ts';

const sceneOf = (target: ReturnType<typeof workload>): Scene => ({
  target: { target, pods: [], events: [] },
  keepers: [],
  replacements: [],
});
const well = sceneOf(workload('Deployment'));
const gone: Scene = { keepers: [], replacements: [] };

const watched = carriedOut(healingAction(claim()), EFFECT, T0);
const stable: ActionStatus = {
  ...watched,
  verification: { state: 'Stabilising', startedAt: at(0), deadline: at(MINUTE), healthySince: at(0) },
};

async function play(
  status: ActionStatus,
  {
    now,
    cached,
    live = well,
    said = [],
    given = lapInput,
  }: {
    readonly now: number;
    readonly cached: Scene;
    readonly live?: Scene;
    readonly said?: readonly EventSeen[];
    readonly given?: (action: LapInput['action']) => LapInput;
  },
) {
  const log = lapLog();
  await log.clock.advance(now);
  const liveScene = async () => {
    log.done.push('read live');
    return live;
  };
  const readSaid = async () => {
    log.done.push('read Events');
    return said;
  };
  const parts = { ...log, cachedScene: () => cached, liveScene, readSaid };
  const result = await verifyLap(parts, given(healingAction(status)));
  return { ...log, result };
}

describe('verification', () => {
  it.each<[string, ActionStatus, number, Scene, readonly string[], object]>([
    [
      'begins to count when the target is well',
      watched,
      1000,
      well,
      ['commit InProgress Verifying'],
      { wakeAt: T0 + 1000 + STABLE_MS },
    ],
    ['waits until it has been well for long enough', stable, 5000, well, [], { wakeAt: T0 + STABLE_MS }],
    [
      'says so when the target is not well any more',
      stable,
      5000,
      gone,
      ['commit InProgress Verifying'],
      { wakeAt: T0 + MINUTE },
    ],
    ['waits for the deadline while it is not well', watched, 5000, gone, [], { wakeAt: T0 + MINUTE }],
    ['fails at the deadline', watched, MINUTE, gone, ['commit Failed NotVerified'], {}],
  ])('%s, on the caches alone', async (_title, status, now, cached, done, result) => {
    const played = await play(status, { now, cached });
    expect(played.done).toEqual(done);
    expect(played.result).toEqual(result);
  });

  const short = sceneOf(
    workload('StatefulSet', { status: { observedGeneration: 2, replicas: 1, readyReplicas: 1, updatedReplicas: 1 } }),
  );
  const { startedAt = at(0) } = stable.verification ?? {};
  const told: ActionStatus = { ...watched, verification: { ...stable.verification, startedAt, state: 'Unhealthy' } };
  const quota: EventSeen = {
    uid: 'e',
    about: { uid: 'u', kind: 'StatefulSet', name: 'web' },
    reason: 'FailedCreate',
    type: 'Warning',
    message: 'exceeded quota',
    firstAt: T0 + MINUTE,
    points: [{ at: T0 + MINUTE, count: 1 }],
  };
  it.each<[string, ActionStatus, number, Scene, readonly string[], string | undefined]>([
    ['that are read when it is said', watched, MINUTE, short, ['read Events', 'commit Failed NotVerified'], 'quota'],
    [
      'that were looked for already',
      watched,
      MINUTE,
      { ...short, said: [quota] },
      ['commit Failed NotVerified'],
      'quota',
    ],
    ['which nobody asks for while nothing is written', told, 5000, short, [], undefined],
  ])('says what is in the way, by Events %s', async (_title, status, now, cached, done, words) => {
    const given = (action: LapInput['action']) => ({ ...lapInput(action), policy: undefined });
    const played = await play(status, { now, cached, said: [quota], given });
    expect(played.done).toEqual(done);
    expect(played.committed[0]?.message?.includes('StatefulSet web: FailedCreate: exceeded quota')).toBe(
      words === undefined ? undefined : true,
    );
  });

  it('commits success when live reads say the same (I6)', async () => {
    const { done, result } = await play(stable, { now: STABLE_MS, cached: well });
    expect([done, result]).toEqual([['read live', 'commit Succeeded Verified'], {}]);
  });

  it('looks again soon when live reads say otherwise: the caches lag behind (I11)', async () => {
    const { done, result } = await play(stable, { now: STABLE_MS, cached: well, live: gone });
    expect([done, result]).toEqual([['read live'], { wakeAt: T0 + STABLE_MS + 1000 }]);
  });

  it('stands still when its type was switched off', async () => {
    const { done, committed } = await play(stable, { now: STABLE_MS, cached: well, given: switchedOff });
    expect(done).toEqual(['commit InProgress InStages']);
    expect(committed[0]?.message).toBe('actions of type restart were switched off; not verified');
  });
});
