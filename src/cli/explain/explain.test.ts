import { describe, expect, it } from 'vitest';
import { explaining as printing } from '../../../test/kit/explaining.ts';
import { ACTIONS, DEPLOYMENTS, POLICIES } from '../../../test/kit/resources.ts';
import { CRASHES, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../../../test/kit/test-cluster.ts';
import type { Question } from './live-decisions.ts';

const WEB: Question = { namespace: 'default', kind: 'Deployment', name: 'web' };

async function explaining(world: TestCluster, asked: Question, width = 80) {
  const printed = await printing(world, asked, { config: { approvals: { unproven: 'accept' } }, width });
  expect(printed.waitingFor).toEqual([]);
  return printed;
}

async function playing(script: unknown, spec: Record<string, unknown>): Promise<TestCluster> {
  const world = new TestCluster();
  world.operator({ config: { approvals: { unproven: 'accept' } } });
  world.cluster.create(DEPLOYMENTS, deployment('web', script));
  world.cluster.create(POLICIES, policy(spec));
  await world.clock.advance(90_000);
  return world;
}
const words = (text: string): string => text.replace(/\s+/g, ' ');

describe('an explanation from the live cluster', () => {
  it('says which gate holds an object back, with its figures, and sends reads alone', async () => {
    const world = await playing(CRASHES, { safetyRules: { maxActionsPerHour: 0 } });
    const { text, writes } = await explaining(world, WEB);
    expect(writes).toEqual([]);
    expect(words(text)).toContain('decision blocked, RateLimited: policy default/crash-loops: 0 of 0 actions');
    expect(words(text)).toContain('trigger looping: CrashLoopBackOff=True for 20s holds: pod web-');
    expect(words(text)).toContain('gate RateLimited refuses');
    expect(world.actions()).toEqual([]);
  });

  it.each([80, 160])('has lines of %i columns', async (width) => {
    const world = await playing(CRASHES, { safetyRules: { maxActionsPerHour: 0 } });
    const { text } = await explaining(world, WEB, width);
    // Names and numbers that a cluster draws, as long as they are.
    const steady = text
      .replaceAll(/web-[a-z0-9]+-[a-z0-9]+/g, (name) => 'web-'.padEnd(name.length, 'x'))
      .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (uid) => uid.replaceAll(/[0-9a-f]/g, '0'));
    expect(steady).toMatchSnapshot();
    expect(text.split('\n').filter((line) => line.length > width && line.trim().includes(' '))).toEqual([]);
  });

  it('agrees with the operator on what an episode has become', async () => {
    const world = await playing(CRASHES, { safetyRules: { requireHealthCheck: true, healthCheckTimeout: '30s' } });
    await world.clock.advance(120_000);
    const { text } = await explaining(world, WEB);
    const [said] = world.status('crash-loops').blocked ?? [];
    expect(words(text)).toContain(said?.message);
  });

  it('says that nothing is wrong', async () => {
    const world = await playing([], {});
    const { text } = await explaining(world, WEB);
    expect(words(text)).toContain('decision nothing: no trigger fires for Deployment default/web');
  });

  it('of an action says for whom it waits', async () => {
    const world = await playing(CRASHES_UNTIL_RESTARTED, { mode: 'manual' });
    const [action] = world.cluster.list(ACTIONS);
    const name = action?.metadata.name ?? '';
    const { text } = await explaining(world, { namespace: 'default', kind: 'HealingAction', name });
    expect(words(text)).toContain(`action default/${name}`);
    expect(words(text)).toMatch(/decision wait until 2026-01-01T00:3/);
  });

  it('says that no policy looks at an object', async () => {
    const world = await playing([], {});
    const { text } = await explaining(world, { ...WEB, name: 'other' });
    expect(text).toBe('Deployment default/other: no policy selects it, and no action is on it\n');
  });
});
