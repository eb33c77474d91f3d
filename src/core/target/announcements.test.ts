import { describe, expect, it } from 'vitest';
import { policyOf, T0, WEB } from '../../../test/kit/core-data.ts';
import { announcementsOf, newBlock, type TargetNews } from './announcements.ts';
import type { BlockedReason } from '../reasons/index.ts';
import { type Decision, HEALTHY, type TargetState } from './evaluate-target.ts';

const blocked = (reason: BlockedReason, message = '1 of 1'): Decision => ({ kind: 'blocked', reason, message });
const exhausted: Decision = { kind: 'exhausted', reason: 'Exhausted', message: 'all actions were tried' };
const nothing: Decision = { kind: 'nothing' };

const told = (change: Partial<TargetNews> & { readonly decision?: Decision }) => {
  const { decision = nothing, ...rest } = change;
  return announcementsOf({
    target: WEB,
    policy: 'shop/p',
    before: undefined,
    was: 'open',
    runs: 'in earnest',
    evaluation: { changes: [], decision, state: HEALTHY },
    ...rest,
  });
};

const stateOf = (triggers: Readonly<Record<string, 'pending' | 'firing'>>, change: Partial<TargetState> = {}) => ({
  ...HEALTHY,
  startedAt: T0,
  triggers: Object.fromEntries(
    Object.entries(triggers).map(([name, state]) => [name, { state, since: T0, detail: '' }] as const),
  ),
  ...change,
});

describe('the end of an episode', () => {
  const endsIn = (state: TargetState) => {
    const changes = ['a', 'b'].map((trigger) => ({ trigger, change: 'resolved', detail: 'it runs' }) as const);
    return told({ evaluation: { changes, decision: nothing, state } }).map(({ ends }) => ends);
  };
  it.each([
    ['nothing fires and nothing is pending', HEALTHY, [undefined, 'episode']],
    ['another trigger still fires', stateOf({ c: 'firing' }), [undefined, undefined]],
    ['another trigger is pending', stateOf({ c: 'pending' }), [undefined, 'episode']],
    [
      'one is pending after the ladder has ended',
      stateOf({ c: 'pending' }, { exhausted: true }),
      [undefined, undefined],
    ],
  ])('is told once, with the last trigger that resolves, where %s: %#', (_, state, ends) => {
    expect(endsIn(state)).toEqual(ends);
  });
});

describe('people are told', () => {
  it('that a trigger fires, and that it has resolved', () => {
    const changes = [
      { trigger: 'a', change: 'firing', detail: 'it loops' },
      { trigger: 'b', change: 'resolved', detail: 'it runs' },
    ] as const;
    expect(told({ evaluation: { changes, decision: nothing, state: stateOf({ a: 'firing' }) } })).toEqual([
      {
        type: 'Warning',
        reason: 'TriggerFiring',
        message: 'Deployment shop/web: trigger a of policy shop/p fires: it loops',
      },
      {
        type: 'Normal',
        reason: 'TriggerResolved',
        message: 'Deployment shop/web: trigger b of policy shop/p has resolved: it runs',
      },
    ]);
  });

  it('why a target is not healed', () => {
    expect(told({ decision: blocked('RateLimited') })).toEqual([
      {
        type: 'Warning',
        reason: 'HealingBlocked',
        message: 'Deployment shop/web is not healed (RateLimited): 1 of 1',
      },
    ]);
  });

  it('once what a policy that watches alone would do', () => {
    const would = { kind: 'would', message: 'would restart Deployment shop/web (restart); mode is monitor' } as const;
    const [action] = policyOf().actions;
    if (action === undefined) throw new Error('the policy of the test kit has no action');
    const decision: Decision = { ...would, action };
    expect(told({ decision })).toEqual([
      { type: 'Normal', reason: 'HealingWithheld', message: `Deployment shop/web: ${would.message}` },
    ]);
    expect(told({ before: decision, decision })).toEqual([]);
  });

  it.each<[string, Decision | undefined, Decision, string | undefined]>([
    ['when a target is blocked at first sight', undefined, blocked('RateLimited'), 'RateLimited'],
    ['when it comes to be blocked', nothing, blocked('RateLimited'), 'RateLimited'],
    ['when the reason is another', blocked('CoolingDown'), blocked('RateLimited'), 'RateLimited'],
    ['not again when only the figures are others', blocked('RateLimited', '2 of 2'), blocked('RateLimited'), undefined],
    ['not when it is blocked no more', blocked('RateLimited'), nothing, undefined],
  ])('of a block %s', (_title, before, decision, reason) => {
    expect(newBlock(before, decision)?.reason).toBe(reason);
    expect(told({ before, decision })).toHaveLength(reason === undefined ? 0 : 1);
  });

  it.each<[string, Partial<TargetNews>, readonly (string | undefined)[]]>([
    ['through the channels when the ladder has ended', {}, ['people']],
    ['by an Event alone when it was a dry run', { runs: 'dry' }, ['nobody']],
    ['by an Event alone when the last action has told them already', { lastWord: 'told' }, ['nobody']],
    ['not again when the status says it already: the operator was restarted', { was: 'exhausted' }, []],
  ])('of the end %s', (_title, change, expected) => {
    const all = told({ decision: exhausted, ...change });
    expect(all.map(({ tell }) => tell)).toEqual(expected);
    for (const { reason, message } of all)
      expect([reason, message]).toEqual(['EpisodeExhausted', 'no longer healed (Exhausted): all actions were tried']);
  });
});
