/** Clocks that are set or wrong: the operator goes by the API server's time, and an hour is an hour (I18). */
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { OwnClock } from '../kit/own-clock.ts';
import { atMost, effects, ILL, illCluster, mark, QUICK } from '../kit/ill-cluster.ts';
import type { RunningOperator, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FORWARD_AND_BACK = [HOUR, -HOUR];

const told = ({ logs }: RunningOperator, what: RegExp): number => logs.filter((line) => what.test(line)).length;

describe('the limit of an hour holds', () => {
  it('when the clock of the operator is set forward by an hour, which is told once (I18)', async () => {
    const world = illCluster(5, atMost(4));
    const clock = new OwnClock(world.clock);
    const operator = world.operator({ clock });
    expect(await world.until(() => effects(world) === 4)).toBe(true);
    await world.clock.advance(3 * MINUTE);
    clock.set(HOUR);
    await world.clock.advance(20 * MINUTE);
    expect(effects(world)).toBe(4);
    expect(told(operator, /of this machine was set forward by (3599|3600) s/)).toBe(1);
    // Nobody waits for longer than the hour.
    expect(await world.until(() => effects(world) > 4, HOUR)).toBe(true);
  });

  it('for the process that comes next, on a machine whose clock is an hour ahead (I18)', async () => {
    const world = illCluster(3, atMost(2));
    const first = world.operator();
    expect(await world.until(() => effects(world) === 2)).toBe(true);
    await world.clock.advance(3 * MINUTE);
    first.kill();
    const next = world.operator({ clock: new OwnClock(world.clock, HOUR) });
    await world.clock.advance(20 * MINUTE);
    expect(effects(world)).toBe(2);
    expect(told(next, /of this machine is (3599|3600) s ahead of that of the API server/)).toBe(1);
  });

  it('when the clock of the API server is set forward by an hour, and no longer than that (I18)', async () => {
    const world = illCluster(3, atMost(2));
    const operator = world.operator();
    expect(await world.until(() => effects(world) === 2)).toBe(true);
    await world.clock.advance(3 * MINUTE);
    world.clock.jump(HOUR);
    await world.clock.advance(20 * MINUTE);
    expect(effects(world)).toBe(2);
    expect(told(operator, /of the API server was set forward by (3599|3600) s/)).toBe(1);
    expect(await world.until(() => effects(world) > 2, 2 * HOUR)).toBe(true);
  });
});

describe('nobody waits for ever', () => {
  it.each(FORWARD_AND_BACK)('when the clock of the operator is set by %i ms', async (byMs) => {
    const world = illCluster(2, atMost(1));
    const clock = new OwnClock(world.clock);
    world.operator({ clock });
    expect(await world.until(() => effects(world) === 1)).toBe(true);
    clock.set(byMs);
    await world.clock.advance(50 * MINUTE);
    expect(effects(world)).toBe(1);
    await world.clock.advance(15 * MINUTE);
    expect(effects(world)).toBe(2);
  });

  it('when the clock of the API server is set back: within the time by which it was set', async () => {
    const world = illCluster(2, atMost(1));
    world.operator();
    expect(await world.until(() => effects(world) === 1)).toBe(true);
    await world.clock.advance(10 * MINUTE);
    world.clock.jump(-HOUR);
    await world.clock.advance(2 * HOUR + 10 * MINUTE);
    expect(effects(world)).toBeGreaterThan(1);
  });
});

describe('a cool-down lasts as long as it says', () => {
  it.each(FORWARD_AND_BACK)('when the clock of the operator is set by %i ms (I19)', async (byMs) => {
    const triggers = [{ ...ILL, cooldownPeriod: '20m' }];
    const world = illCluster(1, { triggers, actions: [mark('first', 60), mark('second', 50)] });
    const clock = new OwnClock(world.clock);
    world.operator({ clock });
    expect(await world.until(() => world.phases().includes('Failed'))).toBe(true);
    clock.set(byMs);
    await world.clock.advance(18 * MINUTE);
    const early = effects(world);
    await world.clock.advance(5 * MINUTE);
    expect([early, effects(world)]).toEqual([1, 2]);
  });
});

describe('an approval is waited for as long as the policy says', () => {
  const expired = (world: TestCluster): number =>
    world.actions().filter(({ status }) => (status as ActionStatus | undefined)?.reason === 'ApprovalExpired').length;

  it.each(FORWARD_AND_BACK)('when the clock of the operator is set by %i ms (I28)', async (byMs) => {
    const world = illCluster(1, { mode: 'manual', safetyRules: { ...QUICK, approvalTimeout: '30m' } });
    const clock = new OwnClock(world.clock);
    world.operator({ clock });
    expect(await world.until(() => world.actions().length === 1)).toBe(true);
    clock.set(byMs);
    await world.clock.advance(28 * MINUTE);
    const early = expired(world);
    await world.clock.advance(4 * MINUTE);
    expect([early, expired(world)]).toEqual([0, 1]);
  });
});

describe('a maintenance window is open by the time of the API server', () => {
  /** The clock of the cluster starts at midnight. */
  const window = { safetyRules: { ...QUICK, windows: [{ type: 'allow', schedule: '0 1 * * *', duration: '30m' }] } };

  it.each([HOUR + 10 * MINUTE, -HOUR])('on a machine whose clock is %i ms ahead', async (aheadMs) => {
    const world = illCluster(1, window);
    const operator = world.operator({ clock: new OwnClock(world.clock, aheadMs) });
    await world.clock.advance(55 * MINUTE);
    const early = effects(world);
    await world.clock.advance(10 * MINUTE);
    expect([early, effects(world)]).toEqual([0, 1]);
    expect(told(operator, /goes by the API server's/)).toBe(1);
  });
});
