/** Who tells of a node names it by its UID, by its name in place of the UID, or by no UID. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { EVENTS, NODES, POLICIES } from '../kit/resources.ts';
import { policy, TestCluster } from '../kit/test-cluster.ts';

const EARLIER = '11111111-1111-4111-8111-111111111111';
const TELL = { name: 'tell', type: 'notify', notifyAction: { message: 'Please look' } };
const actions = {
  settings: { ...DEFAULT_ACTION_SETTINGS, channels: ['ops'] },
  endpoints: { send: async () => ({ kind: 'answered', status: 200 }) as const },
};

/** A policy of nodes, and an Event of this source about node-1. */
async function told(involved: (node: MutableObject) => object) {
  const world = new TestCluster();
  world.operator({ actions, config: { clusterPolicyNamespaces: ['default'] } });
  const triggers = [{ name: 'hung', type: 'event', eventTrigger: { reason: 'TaskHung', count: 1 } }];
  const selector = { resources: [{ apiVersion: 'v1', kind: 'Node' }] };
  world.cluster.create(POLICIES, policy({ selector, triggers, actions: [TELL] }));
  await world.clock.advance(5000);
  const node = world.cluster.get(NODES, { name: 'node-1' }) as MutableObject;
  const stamp = new Date(world.clock.now()).toISOString();
  world.cluster.create(EVENTS, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'node-1.hung', namespace: 'default' },
    involvedObject: { kind: 'Node', name: 'node-1', ...involved(node) },
    reason: 'TaskHung',
    message: 'task kworker blocked for more than 300 seconds',
    type: 'Warning',
    firstTimestamp: stamp,
    lastTimestamp: stamp,
    count: 1,
  });
  await world.clock.advance(30_000);
  return (world.actions() as readonly MutableObject[]).map(({ spec }) => spec.targetResource.name);
}

describe('an Event about a node', () => {
  it.each<[string, (node: MutableObject) => object, readonly string[]]>([
    ['of a kubelet, which writes the name as UID', ({ metadata }) => ({ uid: metadata.name }), ['node-1']],
    ['of a problem detector that writes no UID', () => ({}), ['node-1']],
    ['of a controller, which writes the UID', ({ metadata }) => ({ uid: metadata.uid }), ['node-1']],
    ['about another node that had the name before', () => ({ uid: EARLIER }), []],
  ])('%s fires for that node alone', async (_title, involved, targets) => {
    expect(await told(involved)).toEqual(targets);
  });
});

describe('an embedded kubelet', () => {
  it('writes the name of its node where the UID belongs, as real ones do', async () => {
    const world = new TestCluster();
    await world.clock.advance(5000);
    const about = (world.cluster.list(EVENTS) as readonly MutableObject[]).flatMap((event) =>
      event['source']?.component === 'kubelet' && event['involvedObject'].kind === 'Node'
        ? [event['involvedObject']]
        : [],
    );
    expect(about.length).toBeGreaterThan(0);
    expect(about[0]).toEqual({ kind: 'Node', name: 'node-1', uid: 'node-1' });
  });
});
