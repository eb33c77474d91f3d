/** What did not help is taken back, by a plan of its own, and only what is still as it was left. */
import { describe, expect, it } from 'vitest';
import { always, isWriteTo } from '../kit/fault-scripts.ts';
import { refusal, type Script, type Sent } from '../kit/faulty-transport.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const up = { name: 'more', type: 'scale', scaleAction: { direction: 'up', replicas: 2 } };
const rules = { requireHealthCheck: true, healthCheckTimeout: '1m' };
const WHERE = { namespace: 'default', name: 'looping' };

function scaled(safetyRules: object = {}, faults: readonly Script[] = []) {
  const world = new TestCluster();
  const operator = world.operator({ faults });
  world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES));
  world.cluster.create(POLICIES, policy({ actions: [up], safetyRules: { ...rules, ...safetyRules } }));
  const replicas = () =>
    (world.cluster.get(DEPLOYMENTS, WHERE)?.['spec'] as { replicas: number } | undefined)?.replicas;
  const status = () => world.actionStatus();
  return { world, operator, replicas, status };
}

describe('an action that did not help', () => {
  it('is taken back: planned, audited, seen to be done (I7, I31)', async () => {
    const { world, operator, replicas, status } = scaled();
    expect(await world.until(() => replicas() === 3)).toBe(true);
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(replicas()).toBe(1);
    expect(status()).toMatchObject({
      reason: 'NotVerified',
      undo: { state: 'Done', message: 'scale Deployment default/looping back from 3 to 1 replicas' },
    });
    expect(status().undo?.requests).toHaveLength(1);
    expect(status().message).toContain('taken back');
    expect(operator.audit.map(({ entry }) => entry)).toEqual(['intent', 'outcome', 'intent', 'outcome']);
  });

  it('stays when the policy does not want it undone', async () => {
    const { world, replicas, status } = scaled({ undoOnFailure: false });
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect([replicas(), status().undo]).toEqual([3, undefined]);
  });

  it('is left alone when somebody else has changed the count since, and says so', async () => {
    const { world, replicas, status } = scaled();
    expect(await world.until(() => replicas() === 3)).toBe(true);
    world.cluster.modify(DEPLOYMENTS, WHERE, (object) => ({
      ...object,
      spec: { ...(object['spec'] as object), replicas: 5 },
    }));
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(replicas()).toBe(5);
    expect(status().undo).toMatchObject({ state: 'Failed' });
    expect(status().message).toContain('somebody else has changed /spec/replicas since');
  });

  it.each([403, 409, 503])(
    'is tried ever more rarely while the server answers %i, and then a person is asked (I34)',
    async (code) => {
      let writes = 0;
      const takesBack = (sent: Sent) => isWriteTo(DEPLOYMENTS, WHERE)(sent) && ++writes > 1;
      const { world, operator, replicas, status } = scaled({}, [
        always(takesBack, { kind: 'answer', when: 'before', response: refusal(code) }),
      ]);
      expect(await world.until(() => status().undo?.state === 'InProgress')).toBe(true);
      const [at, before] = [world.clock.now(), operator.sent.length];
      expect(await world.until(() => status().phase === 'Failed')).toBe(true);
      const seconds = (world.clock.now() - at) / 1000;
      expect([replicas(), status().undo?.state]).toEqual([3, 'Failed']);
      expect(seconds).toBeGreaterThanOrEqual(120);
      expect(seconds).toBeLessThan(180);
      // Once it did what the server took, and then it tried after 2, 4, 8, 16, 30, 30, … seconds.
      expect(writes - 1).toBeLessThanOrEqual(8);
      // About twenty for each try; five of them are read right before the request.
      expect(operator.sent.length - before).toBeLessThan(200);
    },
  );

  it('waits while healing is paused, and is taken back when the pause is over', async () => {
    const { world, replicas, status } = scaled();
    expect(await world.until(() => replicas() === 3)).toBe(true);
    const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
    await world.clock.advance(10);
    world.cluster.create(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kubeskippy-pause', namespace: 'kubeskippy-system' },
    });
    await world.clock.advance(600_000);
    expect([replicas(), status().phase, status().undo?.state]).toEqual([3, 'InProgress', 'InProgress']);
    expect(status().message).toContain('left midway');
    world.cluster.remove(CONFIG_MAPS, { namespace: 'kubeskippy-system', name: 'kubeskippy-pause' });
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect([replicas(), status().undo?.state]).toEqual([1, 'Done']);
  });
});
