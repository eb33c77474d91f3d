import { describe, expect, it } from 'vitest';
import { at, claim } from '../../../test/kit/action-data.ts';
import { healingAction, MINUTE, T0, WEB } from '../../../test/kit/core-data.ts';
import type { Episode } from '../../api/policy-status.ts';
import { endedWithAction, endedWithStatus, episodeSpan, type StatusChange } from './episode-spans.ts';
import { rootOfTrace, traceOfAction } from './span.ts';

const episode = (change: Partial<Episode> = {}): Episode => ({
  target: WEB,
  startedAt: at(0),
  state: 'Firing',
  step: 1,
  triggers: [{ name: 'looping', state: 'Firing', pendingSince: at(0), firingSince: at(0) }],
  ...change,
});

const ended = (change: Partial<StatusChange>) =>
  endedWithStatus({
    policyUid: 'policy-uid',
    policy: 'shop/p',
    before: { episodes: [episode()] },
    after: { lastEvaluated: at(MINUTE) },
    isOpen: () => false,
    actionsOf: () => [{ phase: 'Succeeded', dryRun: false }],
    ...change,
  }).map(({ outcome }) => outcome);

describe('an episode', () => {
  it.each<[string, Partial<StatusChange>, readonly string[]]>([
    ['is healed when it has left the status and an action was proved', {}, ['healed']],
    ['has passed by itself without one', { actionsOf: () => [] }, ['resolved']],
    ['has passed by itself after a dry run', { actionsOf: () => [{ phase: 'Succeeded', dryRun: true }] }, ['resolved']],
    [
      'has passed by itself after an action that did not help',
      { actionsOf: () => [{ phase: 'Failed', dryRun: false }] },
      ['resolved'],
    ],
    [
      'has not ended while an action of it is under way',
      { actionsOf: () => [{ phase: 'InProgress', dryRun: false }] },
      [],
    ],
    ['has not ended for want of room in the status', { isOpen: () => true }, []],
    [
      'has not ended while it stands there',
      { after: { lastEvaluated: at(MINUTE), episodes: [episode({ step: 2 })] } },
      [],
    ],
    [
      'ends when it is given up',
      { after: { lastEvaluated: at(MINUTE), episodes: [episode({ state: 'Exhausted' })] } },
      ['exhausted'],
    ],
    [
      'that was given up has ended before it leaves the status',
      { before: { episodes: [episode({ state: 'Exhausted' })] } },
      [],
    ],
    [
      'that never fired is none',
      {
        before: {
          episodes: [
            episode({
              state: 'Pending',
              step: 0,
              triggers: [{ name: 'looping', state: 'Pending', pendingSince: at(0) }],
            }),
          ],
        },
      },
      [],
    ],
    [
      'of another start is another one',
      { after: { lastEvaluated: at(MINUTE), episodes: [episode({ startedAt: at(MINUTE) })] } },
      ['healed'],
    ],
  ])('%s', (_title, change, outcomes) => {
    expect(ended(change)).toEqual(outcomes);
  });

  it('is the root above its actions, from its start to its end', () => {
    const action = healingAction(
      { ...claim(), phase: 'Succeeded', completionTime: at(2 * MINUTE) },
      { spec: { episode: { startedAt: at(0), step: 1 } } },
    );
    const whole = endedWithAction(action);
    if (whole === undefined) throw new Error('it has ended');
    const span = episodeSpan(whole);
    expect([span.traceId, span.spanId, span.parentId]).toEqual([
      traceOfAction(action),
      rootOfTrace(traceOfAction(action)),
      undefined,
    ]);
    expect([span.startAt, span.endAt, span.failed]).toEqual([T0, T0 + 2 * MINUTE, undefined]);
    expect(span.attributes).toEqual({
      'kubeskippy.policy': 'shop/p',
      'kubeskippy.target.kind': 'Deployment',
      'kubeskippy.target.name': 'web',
      'kubeskippy.target.namespace': 'shop',
      'kubeskippy.triggers': ['looping'],
      'kubeskippy.steps': 2,
      'kubeskippy.outcome': 'healed',
    });
    expect(episodeSpan({ ...whole, outcome: 'exhausted' }).failed).toBe('EpisodeExhausted');
  });

  it('of an action that has not ended, or that a person made, is none', () => {
    expect(endedWithAction(healingAction(claim()))).toBeUndefined();
    const { policyRef: _none, ...spec } = healingAction().spec;
    const status = { ...claim(), phase: 'Succeeded' as const, completionTime: at(MINUTE) };
    expect(endedWithAction({ ...healingAction(status), spec })).toBeUndefined();
  });
});
