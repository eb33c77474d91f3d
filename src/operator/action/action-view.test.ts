import { describe, expect, it } from 'vitest';
import { byHand, claim } from '../../../test/kit/action-data.ts';
import { healingAction, policyOf, proposal, T0 } from '../../../test/kit/core-data.ts';
import type { HealingAction, ParsedAction } from '../../api/parse-action.ts';
import { actionRegistry } from '../../core/actions/index.ts';
import { restart } from '../../core/actions/restart.ts';
import type { GateScene } from '../../core/action/action-gates.ts';
import { VirtualClock } from '../../std/clock.ts';
import { type ActionGathering, gatherAction } from './action-view.ts';

const POLICY = policyOf({ safetyRules: { approvalTimeout: '3m', undoOnFailure: false } });

const { actionType: _type, policy: _policy, ...FACTS } = proposal();
const scene = (action: HealingAction): GateScene => ({
  action,
  claim: 'ours',
  facts: FACTS,
  scope: { clusterPolicyNamespaces: [], operatorNamespace: 'kubeskippy-system' },
});

const releaseUnreadable = async () => undefined;

async function play(action: HealingAction | ParsedAction | undefined, change: Partial<ActionGathering> = {}) {
  const log: string[] = [];
  const parsed = action === undefined || 'problems' in action ? action : { action, problems: [] as const };
  const object = { apiVersion: 'v1', kind: 'HealingPolicy', metadata: { name: 'p' } };
  const found = await gatherAction(
    {
      clock: new VirtualClock(T0),
      config: {},
      share: { includes: () => true },
      actions: { visible: () => true, get: () => parsed, releaseUnreadable },
      policies: {
        get: (key) =>
          key === 'shop/p' ? { object, policy: POLICY, problems: [], believed: () => ({ status: {} }) } : undefined,
      },
      places: { without: () => undefined },
      registry: actionRegistry(),
      approval: async () => undefined,
      author: async () => undefined,
      scope: { clusterPolicyNamespaces: [], operatorNamespace: 'kubeskippy-system' },
      paused: () => undefined,
      gates: async (of) => {
        log.push('gates');
        return scene(of);
      },
      rereadKeys: async () => void log.push('keys'),
      lookEnds: () => undefined,
      mayAct: () => true,
      unreadable: (key, problems) => void log.push(`${key} ${JSON.stringify(problems)}`),
      ...change,
    },
    'shop/a',
  );
  return { found, log };
}

describe('the view of an action', () => {
  it('has its policy, its terms and its kind', async () => {
    const action = healingAction(claim());
    const { found, log } = await play(action, { paused: () => 'the kill switch is thrown' });
    const terms = { undo: 'unwanted' };
    expect(found).toMatchObject({
      input: { action, policy: POLICY, kind: restart, terms: { ...terms, approvalTimeoutMs: 180_000 } },
      seen: { action, ...terms, paused: 'the kill switch is thrown' },
    });
    expect(log).toEqual([]);
  });

  it('has what the gates judge, while the action waits to be claimed', async () => {
    const { found, log } = await play(healingAction({ phase: 'Approved' }));
    expect(log).toEqual(['gates']);
    expect(found).toMatchObject({ seen: { gates: scene(healingAction({ phase: 'Approved' })) } });
  });

  it('of one without a place is nothing but that; of one that was begun there is no place to lose', async () => {
    const without = { places: { without: () => ({ places: 2, before: 5 }) } };
    const { found, log } = await play(healingAction(), without);
    expect(found).toMatchObject({ seen: { noPlace: { places: 2, before: 5 } } });
    expect(log).toEqual([]);
    const asked = { phase: 'Pending', approval: { required: true, approved: false } } as const;
    for (const begun of [healingAction({ phase: 'Approved' }), healingAction(asked), healingAction(claim())])
      expect((await play(begun, without)).found).not.toHaveProperty('seen.noPlace');
  });

  it('of one that asks a person waits for the look at its cause, and not for long', async () => {
    const asks = healingAction({ phase: 'Pending' }, { spec: { approvalRequired: true } });
    const looking = { lookEnds: () => T0 + 500 };
    expect((await play(asks, looking)).found).toEqual({ wakeAt: T0 + 500 });
    expect((await play(healingAction(), looking)).found).toHaveProperty('seen');
    expect((await play(asks, { lookEnds: () => T0 })).found).toHaveProperty('seen');
  });

  it('has the terms of no policy, where a person made the action', async () => {
    const { found } = await play(byHand(healingAction()));
    expect(found).toMatchObject({ input: { policy: undefined, terms: { undo: 'wanted' } } });
  });

  it('has no kind, where the type was switched off', async () => {
    const { found } = await play(healingAction(), { registry: actionRegistry({ disabled: ['restart'] }) });
    expect(found).toMatchObject({ input: { kind: undefined } });
  });
});

describe('an action whose seal does not verify', () => {
  const message = 'not ours';
  const doubted = (phase: 'Pending' | 'Failed') =>
    ({ ...healingAction({ phase }), doubt: { reason: 'StatusTampered', message } }) as const;

  it('is believed when the keys, read again, know it', async () => {
    let keys: 'old' | 'new' = 'old';
    const action = healingAction(claim());
    const { found } = await play(action, {
      actions: {
        visible: () => true,
        get: () => ({ action: keys === 'new' ? action : doubted('Pending'), problems: [] }),
        releaseUnreadable,
      },
      rereadKeys: async () => {
        keys = 'new';
      },
    });
    expect(found).toMatchObject({ seen: { action } });
  });

  it('costs no read of the keys when it has ended', async () => {
    const { found, log } = await play(doubted('Failed'));
    expect([found, log]).toEqual([expect.objectContaining({ seen: expect.anything() }), []]);
  });
});

describe('nothing is done with an action', () => {
  const written: ActionGathering['actions'] = { visible: () => false, get: () => undefined, releaseUnreadable };
  it.each<[string, HealingAction | undefined, Partial<ActionGathering>, object]>([
    ['that is gone', undefined, {}, {}],
    [
      'as long as the cache does not show our own last write (I11)',
      undefined,
      { actions: written },
      { wakeAt: T0 + 50 },
    ],
    ['while another process leads (I33)', healingAction(), { mayAct: () => false }, { wakeAt: T0 + 1000 }],
    ['of a namespace that another operator heals', healingAction(), { config: { policyNamespace: 'other' } }, {}],
    [
      'by hand, where one namespace of policies is healed',
      byHand(healingAction()),
      { config: { policyNamespace: 'shop' } },
      {},
    ],
  ])('%s', async (_title, action, change, result) => {
    const { found, log } = await play(action, change);
    expect([found, log]).toEqual([result, []]);
  });

  it('that cannot be read, and a person is told', async () => {
    const problems = [{ path: 'spec.action', message: 'is required', reason: 'InvalidField' as const }];
    const { found, log } = await play({ action: undefined, problems });
    expect(found).toEqual({});
    expect(log).toEqual([`shop/a ${JSON.stringify(problems)}`]);
  });
});
