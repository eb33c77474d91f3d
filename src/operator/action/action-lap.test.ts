import { describe, expect, it } from 'vitest';
import { at, byHand, claim, INVERSE } from '../../../test/kit/action-data.ts';
import { healingAction, HOUR, MINUTE, past, proposal, T0 } from '../../../test/kit/core-data.ts';
import { lapInput, lapLog } from '../../../test/kit/lap-input.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { GateScene } from '../../core/action/action-gates.ts';
import { CLAIM_MS, decideStep, type NoPlace } from '../../core/action/step-action.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import { actionLap, type Gathered } from './action-lap.ts';

const { actionType: _type, policy: _policy, ...FACTS } = proposal();
/** The last action of this hour ended 59 minutes ago. */
const RATE_LIMITED: GateScene = {
  action: byHand(healingAction({ phase: 'Approved' })),
  claim: 'ours',
  facts: {
    ...FACTS,
    limits: { ...FACTS.limits, maxActionsPerHour: 1 },
    history: [past({ createdAt: T0 - HOUR, lastAttemptAt: T0 - 59 * MINUTE })],
  },
  scope: { clusterPolicyNamespaces: [], operatorNamespace: 'kubeskippy-system' },
};

const WEB_OBJECT: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', uid: 'web-uid' } };

const PASS: ReconcileResult = { wakeAt: T0 + 7 };

/** One lap over this action, so many milliseconds after T0. */
async function play(
  action: HealingAction,
  change: {
    readonly now?: number;
    readonly gates?: GateScene;
    readonly paused?: string;
    readonly named?: KubeObject;
    readonly rootUid?: string;
    readonly noted?: ActionStatus;
    readonly noPlace?: NoPlace;
  } = {},
) {
  const { now = 0, named, rootUid, noted, ...rest } = change;
  const log = lapLog();
  await log.clock.advance(now);
  const lap = (name: string) => async () => {
    log.done.push(name);
    return PASS;
  };
  const gathered: Gathered = {
    input: lapInput(action),
    seen: { action, undo: 'wanted', ...rest },
  };
  const result = await actionLap(
    {
      ...log,
      gather: async (key) => {
        expect(key).toBe('shop/web');
        return gathered;
      },
      named: async ({ name }) => {
        log.done.push(`read ${name}`);
        return named;
      },
      rootOf: async ({ name }) => {
        log.done.push(`read the root of ${name}`);
        return rootUid;
      },
      noted: () => noted,
      announce: (_action, { reason }) => void log.done.push(`announce ${reason}`),
      ask: lap('ask'),
      claim: lap('claim'),
      classify: lap('classify'),
      verify: lap('verify'),
      undo: lap('undo'),
      retire: lap('retire'),
      release: lap('release'),
    },
    'shop/web',
  );
  return { ...log, result };
}

describe('a lap', () => {
  const undoing = claim({ inverses: [INVERSE], undo: { state: 'InProgress', requests: [] } });
  it.each<[string, HealingAction, object, readonly string[]]>([
    ['commits what the phase machine says', healingAction(), {}, ['commit Approved NoApprovalNeeded']],
    ['hands on the plan to ask about', healingAction({}, { spec: { approvalRequired: true } }), {}, ['ask']],
    ['hands on a claim', healingAction({ phase: 'Approved' }), {}, ['claim']],
    ['hands on an attempt without an answer', healingAction(claim()), { now: CLAIM_MS }, ['classify']],
    ['hands on what was done', healingAction(claim({ effectTime: at(0) })), {}, ['verify']],
    ['hands on what is taken back', healingAction(undoing), {}, ['undo']],
    ['hands on what has ended', healingAction({ phase: 'Failed' }), {}, ['retire']],
    ['says that it stands still', healingAction(undoing), { paused: 'paused' }, ['commit InProgress InStages']],
    ['waits', healingAction(claim()), {}, []],
    [
      'tells of the first action without a place, and looks nothing up for it',
      byHand(healingAction()),
      { noPlace: { places: 3, before: 3 }, rootUid: 'root' },
      ['commit Pending TooManyActions', 'announce TooManyActions'],
    ],
    [
      'tells of no other one in an Event',
      byHand(healingAction()),
      { noPlace: { places: 3, before: 4 } },
      ['commit Pending TooManyActions'],
    ],
    [
      'notes nothing about what waits for a place',
      healingAction({ phase: 'Pending', reason: 'TooManyActions' }),
      { noPlace: { places: 3, before: 3 }, noted: { phase: 'Pending' } },
      [],
    ],
  ])('%s', async (_title, action, change, done) => {
    expect((await play(action, change)).done).toEqual(done);
  });

  it('wakes when the lap that it handed on to says so', async () => {
    expect((await play(healingAction({ phase: 'Approved' }))).result).toEqual(PASS);
  });

  it.each<[string, HealingAction, object, ReconcileResult]>([
    ['when a claim may be classified', healingAction(claim()), {}, { wakeAt: T0 + CLAIM_MS }],
    [
      'when a gate may change its mind',
      healingAction({ phase: 'Approved', reason: 'RateLimited' }),
      { gates: RATE_LIMITED },
      { wakeAt: T0 + MINUTE },
    ],
    [
      'in a few seconds while it stands still',
      healingAction(claim({ stageTime: at(0) })),
      { paused: 'paused' },
      { wakeAt: T0 + 5000 },
    ],
    // The watch event of the commit begins the next lap.
    ['not by itself after a commit', healingAction(), {}, {}],
  ])('wakes %s', async (_title, action, change, result) => {
    expect((await play(action, change)).result).toEqual(result);
  });

  it('tells what it decided, and what that was decided on', async () => {
    const { made } = await play(healingAction({ phase: 'Approved', reason: 'RateLimited' }), { gates: RATE_LIMITED });
    expect(made).toMatchObject([{ kind: 'step', now: T0, decided: { do: 'wait', refused: 'RateLimited' } }]);
    const again = made.flatMap((one) => (one.kind === 'step' ? [decideStep(one.input, one.now)] : []));
    expect(again).toEqual(made.map(({ decided }) => decided));
  });

  it('does nothing with an action that cannot be looked at yet', async () => {
    const log = lapLog();
    const never = () => Promise.reject(new Error('not asked for'));
    const laps = {
      ask: never,
      claim: never,
      classify: never,
      verify: never,
      undo: never,
      retire: never,
      release: never,
      named: never,
      rootOf: never,
      noted: () => undefined,
      announce: () => undefined,
    };
    const later = { wakeAt: T0 + 50 };
    expect(await actionLap({ ...log, ...laps, gather: async () => later }, 'shop/web')).toBe(later);
    expect(log.done).toEqual([]);
  });
});

describe('an action that a gate lets wait', () => {
  it('says for which, once', async () => {
    const { done, committed } = await play(healingAction({ phase: 'Approved' }), { gates: RATE_LIMITED });
    expect(done).toEqual(['commit Approved RateLimited']);
    expect(committed[0]?.message).toMatch(/^waits: .*1 action/);
    expect((await play(healingAction(committed[0]), { gates: RATE_LIMITED })).done).toEqual([]);
  });
});

describe('an action that names no UID', () => {
  const { uid: _none, ...named } = healingAction().spec.targetResource;
  const made = byHand(healingAction({}, { spec: { targetResource: named } }));

  it('has what is found by the name in its status before anything else', async () => {
    const { done, committed } = await play(made, { named: WEB_OBJECT });
    expect(done).toEqual(['read web', 'commit Pending undefined']);
    expect(committed[0]).toMatchObject({ targetUid: WEB_OBJECT.metadata.uid });
  });

  it('ends when there is nothing of that name', async () => {
    expect((await play(made)).done).toEqual(['read web', 'commit Cancelled TargetGone']);
  });
});

describe('the root of an action that a person made', () => {
  const made = byHand(healingAction());
  it('is looked up with its first commit, so that others on the workload wait for it', async () => {
    const { done, committed } = await play(made, { rootUid: 'web-uid' });
    expect(done).toEqual(['read the root of web', 'commit Approved NoApprovalNeeded']);
    expect(committed[0]?.rootUid).toBe('web-uid');
  });

  it('is left out when the target is gone', async () => {
    expect((await play(made)).committed[0]).not.toHaveProperty('rootUid');
  });

  it.each([
    ['of a policy, which knows it', healingAction()],
    ['that has it', byHand(healingAction({ rootUid: 'known' }))],
  ])('is not looked up of one %s', async (_title, action) => {
    const { done } = await play(action, { rootUid: 'web-uid' });
    expect(done).toEqual(['commit Approved NoApprovalNeeded']);
  });
});
