/** Clocks that are set or wrong: the operator goes by the API server's time, and an hour is an hour (I18). */
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { OwnClock } from '../kit/own-clock.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, type RunningOperator, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FORWARD_AND_BACK = [HOUR, -HOUR];

/** When each restart was committed, in monotonic time. */
function restartsOf(world: TestCluster): readonly { readonly name: string; readonly at: number }[] {
  const seen = new Map<string, number>();
  for (const { by, object, at } of world.sandbox.commits())
    if (by?.agent.startsWith('kubeskippy') && object.kind === 'Deployment')
      seen.set(`${object.metadata.name}/${object.metadata.generation}`, at);
  return [...seen].map(([name, at]) => ({ name, at }));
}

function illCluster(count: number, spec: Record<string, unknown>): TestCluster {
  const world = new TestCluster();
  for (let n = 0; n < count; n++) world.cluster.create(DEPLOYMENTS, deployment(`web-${n}`, CRASHES));
  world.cluster.create(POLICIES, policy(spec));
  return world;
}

const quick = { maxUnhealthy: '100%', maxConcurrent: 10, healthCheckTimeout: '10s' };
const fourAnHour = { safetyRules: { ...quick, maxActionsPerHour: 4 } };
const twoAnHour = { safetyRules: { ...quick, maxActionsPerHour: 2 } };
const told = ({ logs }: RunningOperator, what: RegExp): number => logs.filter((line) => what.test(line)).length;

describe('the limit of an hour holds', () => {
  it('when the clock of the operator is set forward by an hour, which is told once (I18)', async () => {
    const world = illCluster(5, fourAnHour);
    const clock = new OwnClock(world.clock);
    const operator = world.operator({ clock });
    expect(await world.until(() => restartsOf(world).length === 4)).toBe(true);
    await world.clock.advance(3 * MINUTE);
    clock.set(HOUR);
    await world.clock.advance(20 * MINUTE);
    expect(restartsOf(world)).toHaveLength(4);
    expect(told(operator, /of this machine was set forward by (3599|3600) s/)).toBe(1);
    // Nobody waits for longer than the hour.
    expect(await world.until(() => restartsOf(world).length > 4, HOUR)).toBe(true);
  });

  it('for the process that comes next, on a machine whose clock is an hour ahead (I18)', async () => {
    const world = illCluster(3, twoAnHour);
    const first = world.operator();
    expect(await world.until(() => restartsOf(world).length === 2)).toBe(true);
    await world.clock.advance(3 * MINUTE);
    first.kill();
    const next = world.operator({ clock: new OwnClock(world.clock, HOUR) });
    await world.clock.advance(20 * MINUTE);
    expect(restartsOf(world)).toHaveLength(2);
    expect(told(next, /of this machine is (3599|3600) s ahead of that of the API server/)).toBe(1);
  });

  it('when the clock of the API server is set forward by an hour, and no longer than that (I18)', async () => {
    const world = illCluster(3, twoAnHour);
    const operator = world.operator();
    expect(await world.until(() => restartsOf(world).length === 2)).toBe(true);
    await world.clock.advance(3 * MINUTE);
    world.clock.jump(HOUR);
    await world.clock.advance(20 * MINUTE);
    expect(restartsOf(world)).toHaveLength(2);
    expect(told(operator, /of the API server was set forward by (3599|3600) s/)).toBe(1);
    expect(await world.until(() => restartsOf(world).length > 2, 2 * HOUR)).toBe(true);
  });
});

describe('nobody waits for ever', () => {
  it.each(FORWARD_AND_BACK)('when the clock of the operator is set by %i ms', async (byMs) => {
    const world = illCluster(2, { safetyRules: { ...quick, maxActionsPerHour: 1 } });
    const clock = new OwnClock(world.clock);
    world.operator({ clock });
    expect(await world.until(() => restartsOf(world).length === 1)).toBe(true);
    clock.set(byMs);
    await world.clock.advance(50 * MINUTE);
    expect(restartsOf(world)).toHaveLength(1);
    await world.clock.advance(15 * MINUTE);
    expect(restartsOf(world)).toHaveLength(2);
  });

  it('when the clock of the API server is set back: within the time by which it was set', async () => {
    const world = illCluster(2, { safetyRules: { ...quick, maxActionsPerHour: 1 } });
    world.operator();
    expect(await world.until(() => restartsOf(world).length === 1)).toBe(true);
    await world.clock.advance(10 * MINUTE);
    world.clock.jump(-HOUR);
    await world.clock.advance(2 * HOUR + 10 * MINUTE);
    expect(restartsOf(world).length).toBeGreaterThan(1);
  });
});

describe('a cool-down lasts as long as it says', () => {
  it.each(FORWARD_AND_BACK)('when the clock of the operator is set by %i ms (I19)', async (byMs) => {
    const world = illCluster(1, {
      triggers: [
        {
          name: 'looping',
          type: 'condition',
          cooldownPeriod: '20m',
          conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '20s' },
        },
      ],
      actions: [
        { name: 'first', type: 'restart', priority: 60 },
        { name: 'second', type: 'restart', priority: 50 },
      ],
      safetyRules: { ...quick },
    });
    const clock = new OwnClock(world.clock);
    world.operator({ clock });
    expect(await world.until(() => world.phases().includes('Failed'))).toBe(true);
    clock.set(byMs);
    await world.clock.advance(18 * MINUTE);
    const early = restartsOf(world).length;
    await world.clock.advance(5 * MINUTE);
    expect([early, restartsOf(world).length]).toEqual([1, 2]);
  });
});

describe('an approval is waited for as long as the policy says', () => {
  const ended = (action: KubeObject | undefined) => (action?.['status'] as ActionStatus | undefined)?.reason;

  it.each(FORWARD_AND_BACK)('when the clock of the operator is set by %i ms (I28)', async (byMs) => {
    const world = illCluster(1, { mode: 'manual', safetyRules: { ...quick, approvalTimeout: '30m' } });
    const clock = new OwnClock(world.clock);
    world.operator({ clock });
    expect(await world.until(() => world.actions().length === 1)).toBe(true);
    clock.set(byMs);
    await world.clock.advance(28 * MINUTE);
    const early = ended(world.actions()[0]);
    await world.clock.advance(4 * MINUTE);
    expect([early, ended(world.actions()[0])]).toEqual(['AwaitingApproval', 'ApprovalExpired']);
  });
});

describe('a maintenance window is open by the time of the API server', () => {
  /** The clock of the cluster starts at midnight. */
  const window = { safetyRules: { ...quick, windows: [{ type: 'allow', schedule: '0 1 * * *', duration: '30m' }] } };

  it.each([HOUR + 10 * MINUTE, -HOUR])('on a machine whose clock is %i ms ahead', async (aheadMs) => {
    const world = illCluster(1, window);
    const operator = world.operator({ clock: new OwnClock(world.clock, aheadMs) });
    await world.clock.advance(55 * MINUTE);
    const early = restartsOf(world).length;
    await world.clock.advance(10 * MINUTE);
    expect([early, restartsOf(world).length]).toEqual([0, 1]);
    expect(told(operator, /goes by the API server's/)).toBe(1);
  });
});
