/** A cordon of ours is taken back where its action has `healthyFor`, and no other cordon ever is. */
import { describe, expect, it } from 'vitest';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { nodeCluster } from '../disasters/node-cluster.ts';
import { NODES } from '../kit/resources.ts';

const MINUTE = 60_000;
const cordon = (healthyFor?: string) => ({
  name: 'cordon',
  type: 'cordon',
  cordonAction: { signals: 1, ...(healthyFor !== undefined && { healthyFor }) },
});

async function broken(action: object = cordon('10m')) {
  const scene = await nodeCluster({ nodes: 4, replicas: 1, actions: [action] });
  const { world, reports, cordoned } = scene;
  reports('node-1', 'True');
  expect(await world.until(() => world.actionStatus().phase === 'Succeeded', 5 * MINUTE)).toBe(true);
  expect(cordoned()).toEqual(['node-1']);
  const types = () => world.actions().map((one) => (one as MutableObject)['spec'].action.type as string);
  const setByHand = async (unschedulable: boolean) => {
    const { status } = await world.sandbox.transport().send({
      method: 'PATCH',
      path: '/api/v1/nodes/node-1?fieldManager=kubectl-cordon',
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: Buffer.from(JSON.stringify({ spec: { unschedulable: unschedulable || null } })),
    });
    expect(status).toBe(200);
  };
  return { ...scene, types, setByHand };
}

describe('the cordon of an action with healthyFor', { timeout: 60_000 }, () => {
  it('is taken back by an action of its own when the node was well for that long', async () => {
    const { world, reports, cordoned, types, statuses } = await broken();
    reports('node-1', 'False');
    await world.clock.advance(9 * MINUTE);
    expect(cordoned()).toEqual(['node-1']);
    await world.clock.advance(2 * MINUTE);
    expect(cordoned()).toEqual([]);
    expect(types()).toEqual(['cordon', 'uncordon']);
    expect(statuses().map(({ phase }) => phase)).toEqual(['Succeeded', 'Succeeded']);
    await world.clock.advance(30 * MINUTE);
    expect(types()).toEqual(['cordon', 'uncordon']);
  });

  it('stays on a node that breaks again and again before it was well for that long', async () => {
    const { world, reports, cordoned, types } = await broken();
    for (let round = 0; round < 5; round++) {
      reports('node-1', 'False');
      await world.clock.advance(7 * MINUTE);
      reports('node-1', 'True');
      await world.clock.advance(MINUTE);
    }
    expect(cordoned()).toEqual(['node-1']);
    expect(types()).not.toContain('uncordon');
  });

  it('stays while a condition says that the node is ill of something else', async () => {
    const { world, reports, cordoned } = await broken();
    world.cluster.modify(
      NODES,
      { name: 'node-1' },
      (draft) => {
        draft['status'].conditions.push({ type: 'KernelDeadlock', status: 'True' });
        return draft;
      },
      'status',
    );
    reports('node-1', 'False');
    await world.clock.advance(30 * MINUTE);
    expect(cordoned()).toEqual(['node-1']);
  });

  it('is left to a person who has uncordoned the node and cordoned it again', async () => {
    const { world, reports, cordoned, setByHand, statuses } = await broken();
    reports('node-1', 'False');
    await world.clock.advance(MINUTE);
    await setByHand(false);
    await world.clock.advance(MINUTE);
    await setByHand(true);
    await world.clock.advance(60 * MINUTE);
    expect(cordoned()).toEqual(['node-1']);
    // Asked once: after that it is known whose cordon it is.
    expect(statuses().map(({ phase, reason }) => `${phase} ${reason}`)).toEqual([
      'Succeeded Verified',
      'Cancelled NotOurCordon',
    ]);
  });

  it('is no matter any more once a person has uncordoned the node', async () => {
    const { world, reports, cordoned, setByHand, types } = await broken();
    await setByHand(false);
    reports('node-1', 'False');
    await world.clock.advance(30 * MINUTE);
    expect([cordoned(), types()]).toEqual([[], ['cordon']]);
  });

  it('is taken back by the next process, when the one that made it has ended in between', async () => {
    const { world, reports, cordoned, types, kill } = await broken();
    reports('node-1', 'False');
    await world.clock.advance(4 * MINUTE);
    kill();
    world.operator();
    await world.clock.advance(12 * MINUTE);
    expect([cordoned(), types()]).toEqual([[], ['cordon', 'uncordon']]);
  });
});

describe('a cordon stays', { timeout: 60_000 }, () => {
  it('of an action without healthyFor', async () => {
    const { world, reports, cordoned, types } = await broken(cordon());
    reports('node-1', 'False');
    await world.clock.advance(20 * MINUTE);
    expect([cordoned(), types()]).toEqual([['node-1'], ['cordon']]);
  });

  it('that a person has made, whatever mark the node bears', async () => {
    const { world, cordoned, types } = await nodeCluster({ nodes: 4, actions: [cordon('1m')] }).then((scene) => ({
      ...scene,
      types: () => scene.world.actions(),
    }));
    world.cluster.modify(NODES, { name: 'node-2' }, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, 'kubeskippy.io/attempt': 'a-uid/1' };
      draft['spec'].unschedulable = true;
      return draft;
    });
    await world.clock.advance(30 * MINUTE);
    expect([cordoned(), types()]).toEqual([['node-2'], []]);
  });
});
