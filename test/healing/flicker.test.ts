/** A moment of health inside an illness is neither health nor the state that an action could have made worse. */
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { isWriteTo } from '../kit/fault-scripts.ts';
import type { Script } from '../kit/faulty-transport.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const WEB = { namespace: 'default', name: 'web' };
const restart = (name: string, priority: number) => ({ name, type: 'restart', priority });

/** Each run of its program lasts so long, and is ready from its first moment. */
function loopOf(seconds: number): TestCluster {
  const world = new TestCluster();
  world.cluster.create(DEPLOYMENTS, deployment('web', [{ exit: { after: `${seconds}s`, code: 1 } }]));
  world.cluster.create(
    POLICIES,
    policy({
      triggers: [
        {
          name: 'looping',
          type: 'condition',
          conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '20s' },
          cooldownPeriod: '10s',
        },
      ],
      actions: [restart('first', 90), restart('second', 80), restart('third', 70)],
      safetyRules: { requireHealthCheck: true, healthCheckTimeout: '2m', maxUnhealthy: '100%' },
    }),
  );
  world.operator();
  return world;
}
const ends = (world: TestCluster) =>
  world.actions().flatMap(({ status }) => {
    const { completionTime, reason = '' } = (status ?? {}) as ActionStatus;
    return completionTime === undefined ? [] : [reason];
  });

describe('a crash loop without a readiness probe', () => {
  it.each([3, 11, 13])('of %i seconds is no success and no harm, at no rung of the ladder', async (seconds) => {
    const world = loopOf(seconds);
    expect(await world.until(() => ends(world).length === 3, 60 * MINUTE)).toBe(true);
    expect(ends(world)).toEqual(['NotVerified', 'NotVerified', 'NotVerified']);
  });
});

describe('a conflict with the controller of the target', () => {
  /** The controller writes the status right before the patch of that number arrives. */
  function meeting(patch: number) {
    const world = new TestCluster();
    let seen = 0;
    const isPatch = isWriteTo(DEPLOYMENTS, WEB);
    let metAt: number | undefined;
    const act = () => {
      metAt = world.clock.now();
      world.cluster.modify(
        DEPLOYMENTS,
        WEB,
        (draft) => {
          draft['status'].collisionCount = seen;
          return draft;
        },
        'status',
      );
    };
    const meets: Script = (sent) =>
      isPatch(sent) && ++seen === patch ? { kind: 'act', when: 'before', act } : undefined;
    world.operator({ faults: [meets] });
    world.cluster.create(DEPLOYMENTS, deployment('web', [{ when: { pod: 1 }, exit: { after: '2s', code: 1 } }]));
    return { world, live: () => world.cluster.get(DEPLOYMENTS, WEB) as MutableObject, met: () => metAt };
  }

  it.each([1, 2])(
    'at stage %i of a recreation is planned again at once, and told as nothing that was done',
    async (patch) => {
      const { world, live, met } = meeting(patch);
      world.cluster.create(
        POLICIES,
        policy({ actions: [{ name: 'restart', type: 'restart', restartAction: { strategy: 'recreate' } }] }),
      );
      const changes: number[] = [];
      world.cluster.subscribe(DEPLOYMENTS, () => {
        if (met() !== undefined && live()['spec'].replicas === (patch === 1 ? 0 : 1)) changes.push(world.clock.now());
      });
      expect(await world.until(() => world.actionStatus().phase === 'Succeeded')).toBe(true);
      expect((changes[0] ?? Infinity) - (met() ?? 0)).toBeLessThan(3000);
      // What was done already is not done again: a later stage takes no attempt of its own.
      expect(world.actionStatus().attempts).toBe(patch === 1 ? 2 : 1);
      expect(world.actionStatus().result?.changes).toMatchObject([
        { field: 'spec.replicas', oldValue: '1', newValue: '0' },
        { field: 'spec.replicas', oldValue: '0', newValue: '1' },
      ]);
    },
  );

  it('that goes on until no attempt is left has changed nothing, and says so', async () => {
    const world = new TestCluster();
    const isPatch = isWriteTo(DEPLOYMENTS, WEB);
    const act = () =>
      void world.cluster.modify(
        DEPLOYMENTS,
        WEB,
        (draft) => {
          draft['status'].collisionCount = (draft['status'].collisionCount ?? 0) + 1;
          return draft;
        },
        'status',
      );
    const faults: readonly Script[] = [(sent) => (isPatch(sent) ? { kind: 'act', when: 'before', act } : undefined)];
    world.operator({ faults });
    world.cluster.create(DEPLOYMENTS, deployment('web', [{ exit: { after: '2s', code: 1 } }]));
    world.cluster.create(
      POLICIES,
      policy({ actions: [{ name: 'restart', type: 'restart', restartAction: { strategy: 'recreate' } }] }),
    );
    expect(await world.until(() => world.actionStatus().phase === 'Failed', 30 * MINUTE)).toBe(true);
    expect(world.actionStatus()).toMatchObject({ reason: 'Conflict', attempts: 3, result: { changes: [] } });
  });
});
