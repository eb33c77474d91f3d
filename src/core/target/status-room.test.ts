import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, policyOf, T0, WEB } from '../../../test/kit/core-data.ts';
import { MAX_EPISODES, type PolicyStatus, policyStatusSchema } from '../../api/policy-status.ts';
import { MAX_TRIGGERS } from '../../api/action-template.ts';
import { type Decision, HEALTHY, type TargetState } from './evaluate-target.ts';
import { policyStatus, type StatusInput } from './policy-status.ts';
import type { TargetView } from './target-view.ts';
import { byNeed, bytesIn, MAX_STATUS_BYTES, smallerRoom } from './status-room.ts';

const propose: Decision = {
  kind: 'propose',
  action: policyOf().actions[0] as never,
  step: 0,
  episodeStart: T0,
  triggers: ['looping'],
  evidence: [],
};
const blocked: Decision = { kind: 'blocked', reason: 'RateLimited', message: 'x'.repeat(1024) };
const exhausted: Decision = { kind: 'exhausted', reason: 'Exhausted', message: 'x'.repeat(1024) };

/** Names as long as they may be. */
const names = Array.from({ length: MAX_TRIGGERS }, (_, i) => `trigger-${i}-`.padEnd(63, 't'));
const policy = policyOf({
  triggers: names.map((name) => ({ name, type: 'event', eventTrigger: { reason: 'BackOff' } })),
});
const stateOf = (change: Partial<TargetState> = {}): TargetState => ({
  triggers: Object.fromEntries(
    names.map((name) => [
      name,
      { state: 'firing', since: T0, firingSince: T0, unknownSince: T0, detail: '', value: 7 },
    ]),
  ),
  startedAt: T0,
  step: 0,
  exhausted: false,
  ...change,
});
const view = (name: string, decision: Decision, change: Partial<TargetView> = {}): TargetView => ({
  ref: { ...WEB, name: name.padEnd(253, 'n'), namespace: 's'.repeat(63), uid: `uid-${name}`.padEnd(36, '0') },
  state: stateOf({ exhausted: decision.kind === 'exhausted' }),
  standing: 'unhealthy',
  decision,
  ...change,
});
const many = (count: number, decision: Decision): readonly TargetView[] =>
  Array.from({ length: count }, (_, i) => view(`${decision.kind}-${i}`, decision));
const status = (targets: readonly TargetView[], change: Partial<StatusInput> = {}): PolicyStatus =>
  policyStatus(
    {
      generation: 1,
      policy,
      problems: [],
      targets,
      previous: {},
      massFailure: undefined,
      metrics: [],
      actionsTaken: 0,
      lastActionTime: undefined,
      ...change,
    },
    T0,
  );
const sizeOf = (one: PolicyStatus): number => Buffer.byteLength(JSON.stringify(one));
const kept = ({ episodes = [] }: PolicyStatus, kind: string): number =>
  episodes.filter(({ target }) => target.name.startsWith(kind)).length;

describe('a status', () => {
  it.each([
    [256, blocked],
    [256, exhausted],
    [5000, propose],
    [5000, exhausted],
  ])('of %d episodes of 16 triggers, with all texts as long as they may be, has room', (count, decision) => {
    const one = status(many(count, decision));
    expect(policyStatusSchema.safeParse(one).success).toBe(true);
    expect(sizeOf(one)).toBeLessThanOrEqual(MAX_STATUS_BYTES);
    expect((one.episodes?.length ?? 0) + (one.episodesOmitted ?? 0)).toBe(count);
    expect(one.firing).toBe(count);
  });

  it('shows fewer targets of each trigger, then fewer refusals, before it leaves out an episode', () => {
    const targets = many(100, blocked);
    const whole = sizeOf(status(targets));
    const shown = (bytes: number) => {
      const one = status(targets, { room: { bytes, since: T0 } });
      const [first] = one.triggers ?? [];
      expect((first?.firing?.length ?? 0) + (first?.firingOmitted ?? 0)).toBe(100);
      return [first?.firing?.length ?? 0, one.blocked?.length ?? 0, one.episodes?.length ?? 0];
    };
    expect(whole).toBeGreaterThan(MAX_STATUS_BYTES / 2);
    const steps = [500_000, 460_000, 420_000, 300_000].map(shown);
    for (const [index, step] of steps.slice(1).entries())
      for (const [place, count] of step.entries()) expect(count).toBeLessThanOrEqual(steps[index]?.[place] ?? 0);
    expect(steps.at(-1)?.[2]).toBeLessThan(100);
    expect(steps.at(-1)?.slice(0, 2)).toEqual([0, 3]);
  });

  it('keeps a place for what could act before what has used up its ladder, and that before what only waits', () => {
    const one = status([...many(200, blocked), ...many(200, exhausted), ...many(30, propose)]);
    expect(kept(one, 'propose')).toBe(30);
    expect(kept(one, 'exhausted')).toBeGreaterThan(kept(one, 'blocked'));
  });

  it('says how many episodes it leaves out, and why those that could act do not', () => {
    const small = policyOf();
    const targets = many(MAX_EPISODES + 9, propose).map((one) => ({
      ...one,
      state: { ...HEALTHY, triggers: { looping: { state: 'firing', since: T0, detail: '' } as const }, startedAt: T0 },
    }));
    const one = status(targets, { policy: small });
    expect([one.episodes?.length, one.episodesOmitted]).toEqual([MAX_EPISODES, 9]);
    expect(one.blocked).toHaveLength(9);
    expect(one.blocked?.[0]).toMatchObject({ reason: 'NoRoom', action: 'restart' });
    expect(one.conditions?.find(({ type }) => type === 'StatusComplete')).toMatchObject({
      status: 'False',
      reason: 'NoRoom',
      message: '9 of 265 episodes are not in the status; they take turns',
    });
  });

  it('says what the server refused', () => {
    const room = smallerRoom(undefined, T0);
    const one = status([], { room, refusal: 'limit is 1 MiB' });
    expect(one.conditions?.at(-1)).toMatchObject({ type: 'StatusComplete', status: 'False', reason: 'StatusRefused' });
    expect(one.conditions?.at(-1)?.message).toContain('limit is 1 MiB');
    expect(status([]).conditions?.some(({ type }) => type === 'StatusComplete')).toBe(false);
  });
});

describe('places', () => {
  it('are given in turns: a target whose action could not be created stands behind the others', () => {
    const [a, b, c] = [view('a', propose, { triedAt: T0 + MINUTE }), view('b', propose), view('c', propose)];
    const later = { ...c, state: stateOf({ startedAt: T0 + 1 }) };
    expect(byNeed([a, later, b]).map(({ ref }) => ref.name[0])).toEqual(['b', 'c', 'a']);
  });
});

describe('the room', () => {
  it('is halved at each refusal down to what holds conditions alone, and grows again by the hour', () => {
    let room = smallerRoom(undefined, T0);
    expect(bytesIn(room, T0)).toBe(MAX_STATUS_BYTES / 2);
    for (let times = 0; times < 20; times++) room = smallerRoom(room, T0);
    expect(bytesIn(room, T0)).toBe(16 * 1024);
    expect(bytesIn(room, T0 + HOUR)).toBe(32 * 1024);
    expect(bytesIn(room, T0 + 24 * HOUR)).toBe(MAX_STATUS_BYTES);
  });
});
