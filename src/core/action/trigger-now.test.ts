import { describe, expect, it } from 'vitest';
import { healingAction, MINUTE, podWith, policyOf, SECOND, T0, workload } from '../../../test/kit/core-data.ts';
import type { TriggerState } from '../target/episode.ts';
import { triggerNow } from './trigger-now.ts';

const loops = podWith({ state: { waiting: { reason: 'CrashLoopBackOff' } } });
const runs = podWith({ state: { running: {} } });
const seen = (pods: readonly (typeof loops)[], metrics = {}) => ({
  target: workload('Deployment'),
  pods,
  events: [],
  metrics,
});
const FIRING: TriggerState = { state: 'firing', since: T0 - MINUTE, firingSince: T0 - 30 * SECOND, detail: '' };
const action = healingAction();
const looping = {
  name: 'looping',
  type: 'condition',
  conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '30s' },
};
const slow = {
  name: 'slow',
  type: 'metric',
  metricTrigger: { query: 'latency', operator: '>', threshold: 1, duration: '0s', keepFiringFor: '2m' },
};
const answered = (value: number) => ({
  slow: { at: T0, goodUntil: T0 + MINUTE, absence: 'unknown' as const, series: [{ labels: {}, value }] },
});
const both = policyOf({ triggers: [looping, slow] });

describe('the trigger that an action answers, asked again', () => {
  it.each<[string, Parameters<typeof triggerNow>[1], string | undefined]>([
    ['holds', { policy: policyOf(), look: { observation: seen([loops]), before: { looping: FIRING } } }, 'holds'],
    ['has cleared', { policy: policyOf(), look: { observation: seen([runs]), before: { looping: FIRING } } }, 'over'],
    ['is seen no more', { policy: policyOf(), look: { observation: seen([]), before: { looping: FIRING } } }, 'unseen'],
    [
      'had cleared and holds anew, not yet for its duration',
      {
        policy: policyOf(),
        look: { observation: seen([loops]), before: { looping: { ...FIRING, state: 'pending', since: T0 - SECOND } } },
      },
      'over',
    ],
    [
      'holds, and this process has not evaluated it yet',
      { policy: policyOf(), look: { observation: seen([loops]), before: {} } },
      'holds',
    ],
    [
      'has cleared, and another of its triggers holds',
      { policy: both, look: { observation: seen([runs], answered(2)), before: { looping: FIRING, slow: FIRING } } },
      'holds',
    ],
    [
      'has cleared, and another that never fired is unknown',
      { policy: both, look: { observation: seen([runs]), before: { looping: FIRING } } },
      'over',
    ],
    [
      'is none of the policy',
      { policy: policyOf({ triggers: [slow] }), look: { observation: seen([runs]), before: {} } },
      undefined,
    ],
  ])('%s', (_title, input, state) => {
    expect(triggerNow(action, input, T0)?.state).toBe(state);
  });

  it('keeps its episode for keepFiringFor, and says until when', () => {
    const look = { observation: seen([], answered(0)), before: { slow: FIRING } };
    const answer = triggerNow(healingAction({}, { spec: { trigger: 'slow' } }), { policy: both, look }, T0);
    expect(answer).toMatchObject({ state: 'clearing', detail: '0 is not > 1' });
    const cleared = { ...look, before: { slow: { ...FIRING, clearedAt: T0 - 2 * MINUTE } } };
    const later = triggerNow(healingAction({}, { spec: { trigger: 'slow' } }), { policy: both, look: cleared }, T0);
    expect(later).toMatchObject({ state: 'over' });
  });
});
