/** A process that waits for its turn reads, so that it is warm when the turn comes. The key of the seals is there. */
import { describe, expect, it } from 'vitest';
import { PAUSE_CONFIG_MAP } from '../../src/api/names.ts';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const OPERATORS = 'kubeskippy-system';

/** A workload that has crashed for five minutes, and a process that waits meanwhile. */
async function waited() {
  const world = new TestCluster();
  let lead: () => void = () => undefined;
  const leads = new Promise<void>((resolve) => {
    lead = resolve;
  });
  world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATORS } });
  const operator = world.operator({ actions: { leads } });
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy({}));
  const pause = { namespace: OPERATORS, name: PAUSE_CONFIG_MAP };
  world.cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: pause });
  await world.clock.advance(150_000);
  world.cluster.remove(CONFIG_MAPS, pause);
  await world.clock.advance(150_000);
  return { world, operator, lead };
}

describe('a process that waits for its turn', () => {
  it('sends reads alone, and says what it waits for', async () => {
    const { world, operator } = await waited();
    expect(operator.sent.map(({ path }) => path)).toContain('/api/v1/pods');
    expect(operator.sent.filter(({ write }) => write > 0).map(({ path }) => path)).toEqual([]);
    expect([world.actions(), world.status('crash-loops')]).toEqual([[], {}]);
    const told = world.cluster.list(EVENTS).filter(({ source }) => JSON.stringify(source)?.includes('kubeskippy'));
    expect(told).toEqual([]);
    expect(operator.logs.filter((line) => line.startsWith('caches have synced; another process leads'))).toHaveLength(
      1,
    );
  });

  it('heals by what it has read, without reading the cluster anew', async () => {
    const { world, operator, lead } = await waited();
    const read = operator.sent.length;
    lead();
    expect(await world.until(() => world.phases().includes('InProgress'), 60_000)).toBe(true);
    const lists = operator.sent
      .slice(read)
      .filter(({ query }) => !query.has('watch') || query.has('sendInitialEvents'));
    const readBefore = ['/api/v1/pods', '/api/v1/namespaces', '/apis/kubeskippy.io/v1alpha1/healingpolicies'];
    expect(lists.map(({ path }) => path).filter((path) => readBefore.includes(path))).toEqual([]);
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
  });

  it('ends when it is stopped before', async () => {
    const { world, operator, lead } = await waited();
    operator.kill();
    lead();
    await world.clock.advance(600_000);
    expect(world.actions()).toEqual([]);
  });
});
