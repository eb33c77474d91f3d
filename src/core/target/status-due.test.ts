import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND, T0 } from '../../../test/kit/core-data.ts';
import type { PolicyStatus } from '../../api/policy-status.ts';
import { toMicroTime, toTimestamp } from '../../std/clock.ts';
import { HEALTHY, type TargetState } from './evaluate-target.ts';
import { type StatusDue, statusDue, type StatusSeen } from './status-due.ts';

const with_ = (state: 'pending' | 'firing'): TargetState => ({
  triggers: { t: { state, since: T0, detail: '' } },
  startedAt: T0,
  step: 0,
  exhausted: false,
});
const [pending, firing] = [with_('pending'), with_('firing')];
const written: PolicyStatus = { firing: 1, lastEvaluated: toMicroTime(T0) };
const stopped: PolicyStatus = {
  ...written,
  massFailure: { since: toTimestamp(T0), until: toTimestamp(T0 + 5 * MINUTE), message: '4 of 4' },
};
const news: PolicyStatus = { ...written, firing: 2 };

describe('the status of a policy', () => {
  it.each<[string, Partial<StatusSeen>, number, StatusDue]>([
    ['is left when it says the same', {}, T0 + MINUTE, { status: 'leave' }],
    ['is written when it says something new', { next: news }, T0, { status: 'write' }],
    ['is not written as a heartbeat of what fires', { states: [HEALTHY, firing] }, T0 + MINUTE, { status: 'leave' }],
    [
      'waits for the heartbeat of what is pending',
      { states: [firing, pending] },
      T0 + 59 * SECOND,
      { status: 'leave', wakeAt: T0 + MINUTE },
    ],
    [
      'is written as the heartbeat of what is pending once a minute',
      { states: [firing, pending] },
      T0 + MINUTE,
      { status: 'write', wakeAt: T0 + 2 * MINUTE },
    ],
    [
      'counts the heartbeat from its last write, whatever that was for',
      { next: news, states: [pending] },
      T0 + SECOND,
      { status: 'write', wakeAt: T0 + MINUTE + SECOND },
    ],
    [
      'that was never written is written for what is pending',
      { next: {}, previous: {}, states: [pending] },
      T0,
      { status: 'write', wakeAt: T0 + MINUTE },
    ],
    [
      'is looked at once a minute while a kind is unknown, and not written for that',
      { kinds: 'some unknown' },
      T0 + SECOND,
      { status: 'leave', wakeAt: T0 + MINUTE + SECOND },
    ],
    [
      'is looked at when the stop of a mass failure ends',
      { next: stopped, previous: stopped },
      T0 + SECOND,
      { status: 'leave', wakeAt: T0 + 5 * MINUTE },
    ],
    [
      'is looked at every five seconds while the audit trail cannot be written',
      { audit: 'fails' },
      T0,
      { status: 'leave', wakeAt: T0 + 5 * SECOND },
    ],
    [
      'wakes to look again at rules of protection that match nothing',
      { protections: 'some unused' },
      T0,
      { status: 'leave', wakeAt: T0 + 5 * MINUTE },
    ],
    [
      'wakes when the breaker lets one action try',
      { circuitUntil: T0 + 5 * MINUTE },
      T0 + SECOND,
      { status: 'leave', wakeAt: T0 + 5 * MINUTE },
    ],
    [
      'wakes for whatever comes first',
      { kinds: 'some unknown', states: [pending] },
      T0 + 30 * SECOND,
      { status: 'leave', wakeAt: T0 + MINUTE },
    ],
  ])('%s', (_title, change, now, expected) => {
    const seen: StatusSeen = {
      next: written,
      previous: written,
      states: [],
      kinds: 'all served',
      protections: 'used',
      audit: 'works',
      circuitUntil: undefined,
      ...change,
    };
    expect(statusDue(seen, now)).toEqual(expected);
  });
});
