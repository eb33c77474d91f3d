import { describe, expect, it } from 'vitest';
import type { PastAction } from '../history.ts';
import { retentionOf } from './retention.ts';

const HOUR = 3_600_000;
const action = (uid: string, over: Partial<PastAction> = {}): PastAction => ({
  uid,
  namespace: 'a',
  name: uid,
  policyUid: 'p',
  targetUid: 't',
  rootUid: 't',
  targetKind: 'Pod',
  template: 'restart',
  triggers: [],
  dryRun: false,
  phase: 'Succeeded',
  createdAt: 0,
  executed: true,
  completedAt: 0,
  ...over,
});

/** Of which somebody has changed the status. */
function ended(): PastAction {
  const { completedAt: _end, ...rest } = action('a');
  return rest;
}

describe('a finished action', () => {
  const rules = { keepForMs: 24 * HOUR, keepNewest: 1 };
  const newer = action('newer', { completedAt: 1000 });

  it.each([
    ['stays while it is unfinished', action('a', { phase: 'InProgress' }), [newer], 48 * HOUR, { keep: 'forever' }],
    ['whose end is not told counts from its beginning', ended(), [newer], 25 * HOUR, { keep: 'no longer' }],
    ['stays for its time', action('a'), [newer], HOUR, { keep: 'until', at: 24 * HOUR }],
    ['stays while it is among the newest', action('a'), [], 25 * HOUR, { keep: 'until', at: 26 * HOUR }],
    ['goes after its time when newer ones are there', action('a'), [newer], 25 * HOUR, { keep: 'no longer' }],
  ] as const)('%s', (_title, subject, others, now, expected) => {
    expect(retentionOf(subject, () => [subject, ...others], { rules, now })).toEqual(expected);
  });

  it('is kept for a day even when the setting is shorter: gates still read it (I19)', () => {
    expect(retentionOf(action('a'), () => [newer], { rules: { keepForMs: 0, keepNewest: 1 }, now: HOUR })).toEqual({
      keep: 'until',
      at: 24 * HOUR,
    });
  });
});
