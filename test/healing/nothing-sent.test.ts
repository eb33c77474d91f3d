/** An action of which nothing was sent was not tried: its target is healed once the way is free (I34). */
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { isClaim, isWriteTo, once } from '../kit/fault-scripts.ts';
import { refusal, type Script, type Sent } from '../kit/faulty-transport.ts';
import { CRASHES, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const WEB = { namespace: 'default', name: 'web' };
const restart = { name: 'restart', type: 'restart' };

function illCluster(script: unknown, spec: Record<string, unknown> = {}): TestCluster {
  const world = new TestCluster();
  world.cluster.create(DEPLOYMENTS, deployment('web', script));
  world.cluster.create(POLICIES, policy({ actions: [restart], ...spec }));
  return world;
}

/** By the API server's own log: how often the template of the workload was changed. */
const restarts = (world: TestCluster) =>
  new Set(
    world.sandbox
      .commits()
      .filter(({ by, object }) => by?.agent.startsWith('kubeskippy') && object.kind === 'Deployment')
      .map(({ object }) => object.metadata.generation),
  ).size;
const isClaimOf =
  (attempt: number) =>
  (sent: Sent): boolean =>
    isClaim(sent) &&
    !String(sent.request.body).includes('nextAttempt') &&
    String(sent.request.body).includes(`"attempts":${attempt}`);
const ends = (world: TestCluster) => world.actions().map(({ status }) => (status as ActionStatus | undefined)?.reason);
const block = (world: TestCluster) => world.status('crash-loops').blocked?.[0];
const isBlocked = (world: TestCluster, reason: string) =>
  world.until(() => block(world)?.reason === reason, 30 * MINUTE);

describe('a target is healed later, and its status says what was in the way,', () => {
  it('when the operator died in each of three attempts before it sent anything', async () => {
    const world = illCluster(CRASHES_UNTIL_RESTARTED);
    for (const attempt of [1, 2, 3]) {
      let dead = false;
      const dies = () => {
        dead = true;
        operator.kill();
      };
      const operator = world.operator({
        faults: [once(isClaimOf(attempt), { kind: 'act', when: 'after', act: dies })],
      });
      expect(await world.until(() => dead)).toBe(true);
    }
    expect(restarts(world)).toBe(0);
    world.operator();
    expect(await isBlocked(world, 'NotCarriedOut')).toBe(true);
    expect(block(world)?.message).toMatch(/ended with nothing sent \(Interrupted\): the last attempt/);
    expect(await world.until(() => ends(world).includes('Verified'), 60 * MINUTE)).toBe(true);
    expect([restarts(world), ends(world).filter((end) => end === 'Interrupted').length]).toEqual([1, 1]);
  });

  it('when the server refused it for a while', async () => {
    const world = illCluster(CRASHES_UNTIL_RESTARTED);
    const until = world.clock.now() + 10 * MINUTE;
    const isPatch = isWriteTo(DEPLOYMENTS, WEB);
    const refused: Script = (sent) =>
      world.clock.now() < until && isPatch(sent)
        ? { kind: 'answer', when: 'before', response: refusal(403) }
        : undefined;
    world.operator({ faults: [refused] });
    expect(await isBlocked(world, 'NotCarriedOut')).toBe(true);
    expect(block(world)?.message).toContain('(Forbidden)');
    expect(await world.until(() => ends(world).includes('Verified'), 60 * MINUTE)).toBe(true);
    expect(restarts(world)).toBe(1);
    // The pauses grow: ten minutes see few tries.
    expect(ends(world).length).toBeLessThanOrEqual(7);
  });

  it('when its rollout was paused for a while', async () => {
    const world = illCluster(CRASHES_UNTIL_RESTARTED);
    const set = (change: object) => {
      const found = world.cluster.get(DEPLOYMENTS, WEB);
      if (found !== undefined)
        world.cluster.update(DEPLOYMENTS, { ...found, spec: { ...(found['spec'] as object), ...change } });
    };
    await world.clock.advance(MINUTE);
    set({ paused: true });
    world.operator();
    expect(await isBlocked(world, 'NotCarriedOut')).toBe(true);
    expect(restarts(world)).toBe(0);
    set({ paused: false });
    expect(await world.until(() => ends(world).includes('Verified'), 60 * MINUTE)).toBe(true);
  });

  it('when nobody approved in time: another approval is asked for', async () => {
    const world = illCluster(CRASHES, { mode: 'manual', safetyRules: { approvalTimeout: '5m' } });
    world.operator();
    expect(await isBlocked(world, 'NotCarriedOut')).toBe(true);
    expect(block(world)?.message).toContain('(ApprovalExpired): it was not approved in time');
    expect(await world.until(() => world.phases().join() === 'Cancelled,Pending')).toBe(true);
  });
});
