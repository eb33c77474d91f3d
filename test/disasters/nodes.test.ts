/** Programs that take nodes away, and what came of it. */
import { expect } from 'vitest';
import { wordOn } from '../kit/people.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { APPROVALS, NODES } from '../kit/resources.ts';
import { inWords, nodeCluster } from './node-cluster.ts';
import { disaster } from './story.ts';

// The nodes of these stories are well but for what they say of themselves.
const DRAIN = { name: 'drain', type: 'drain', drainAction: { signals: 1 } };
/** Of which `explain` is asked at the end. */
const NODE_1 = { namespace: undefined, kind: 'Node', name: 'node-1' };
const CORDON = { name: 'cordon', type: 'cordon', priority: 90, cordonAction: { signals: 1 } };

disaster(
  {
    title: 'a node is drained after it has recovered',
    report: 'https://github.com/planetlabs/draino/issues/50',
    others:
      'A drain was planned for ten minutes later. The node recovered within them, nobody looked again, and it was drained.',
    why: 'The trigger is asked again while an action waits, and on live reads right before its first request.',
  },
  async () => {
    const { world, cordoned, reports, statuses } = await nodeCluster({
      actions: [{ ...DRAIN, requiresApproval: true }],
    });
    reports('node-1', 'True');
    expect(await world.until(() => statuses()[0]?.reason === 'AwaitingApproval', 120_000)).toBe(true);
    const [action] = world.actions();
    reports('node-1', 'False');
    await world.clock.advance(10_000);
    world.cluster.create(APPROVALS, wordOn(action));
    await world.clock.advance(60_000);
    expect([statuses()[0]?.reason, cordoned()]).toEqual(['Resolved', []]);
    return { ours: inWords(statuses()[0] ?? {}), world, asked: NODE_1 };
  },
);

disaster(
  {
    title: 'a node is drained although its administrator has uncordoned it',
    report: 'https://github.com/planetlabs/draino/issues/17',
    others: 'Cordon and drain knew nothing of each other: the node was uncordoned by hand, and drained all the same.',
    why: 'An uncordon by a person is their word on the whole episode.',
  },
  async () => {
    const { world, cordoned, reports, statuses, uncordon, blocked, on } = await nodeCluster({
      actions: [CORDON, DRAIN],
    });
    const before = on('node-1');
    reports('node-1', 'True');
    expect(await world.until(() => statuses()[0]?.phase === 'Succeeded', 120_000)).toBe(true);
    uncordon('node-1');
    await world.clock.advance(120_000);
    expect([cordoned(), on('node-1'), statuses().length]).toEqual([[], before, 1]);
    expect(blocked()[0]?.reason).toBe('Uncordoned');
    return { ours: inWords(blocked()[0] ?? {}), world, asked: NODE_1 };
  },
);

disaster(
  {
    title: 'every node is cordoned on install',
    report: 'https://github.com/planetlabs/draino/issues/54',
    others: 'It was installed to be tried out, and cordoned all nodes of the cluster within the second.',
    why: 'When most targets of a policy fail at once, the fault lies in none of them: nothing is done.',
  },
  async () => {
    const { world, cordoned, blocked } = await nodeCluster({
      actions: [DRAIN],
      // What every healthy node says.
      condition: { type: 'Ready', status: 'True' },
    });
    await world.clock.advance(120_000);
    expect([cordoned(), world.actions().length]).toEqual([[], 0]);
    expect(blocked().map(({ reason }) => reason)).toEqual(Array(4).fill('MassFailure'));
    return { ours: inWords(blocked()[0] ?? {}), world, asked: NODE_1 };
  },
);

disaster(
  {
    title: 'three quarters of the nodes get a condition at once',
    report: 'https://github.com/planetlabs/draino/issues/89',
    others: 'Drains were spread over time, cordons were not: nothing could be rolled out until people stepped in.',
    why: 'Nodes are taken one at a time, and at least half of a pool stays that takes pods, whatever the policy allows.',
  },
  async () => {
    const { world, cordoned, reports, statuses } = await nodeCluster({
      actions: [CORDON],
      safetyRules: { maxUnhealthy: '100%', maxConcurrent: 4, maxActionsPerHour: 10 },
    });
    for (const name of ['node-1', 'node-2', 'node-3']) reports(name, 'True');
    await world.clock.advance(180_000);
    expect(cordoned()).toHaveLength(2);
    const refused = statuses().find(({ reason }) => reason === 'TooFewNodes');
    const left = ['node-1', 'node-2', 'node-3'].find((name) => !cordoned().includes(name)) ?? '';
    expect(refused?.phase).toBe('Cancelled');
    return { ours: inWords(refused ?? {}), world, asked: { ...NODE_1, name: left } };
  },
);

disaster(
  {
    title: 'a replica that tolerates the taint of its node is evicted for ever',
    report: 'https://github.com/kubernetes/kubernetes/issues/117520',
    others: 'The pod was taken away, made again on the same node, and taken away again, without an end.',
    why: 'A drain works off the pods that it began with. The one that came back is left and named.',
  },
  async () => {
    const toleration = { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' };
    const { world, audit, reports, statuses, nodeOf } = await nodeCluster({
      nodes: 2,
      replicas: 1,
      actions: [DRAIN],
      pod: { spec: { tolerations: [toleration] } },
    });
    const node = nodeOf('web-');
    reports(node, 'True');
    expect(await world.until(() => statuses()[0]?.phase === 'Succeeded', 300_000)).toBe(true);
    const evictions = audit.filter(({ entry, path }) => entry === 'intent' && path.endsWith('/eviction'));
    expect(evictions).toHaveLength(1);
    expect(statuses()[0]?.message).toContain('it came after the drain had begun');
    return { ours: inWords(statuses()[0] ?? {}), world, asked: { ...NODE_1, name: node } };
  },
);

disaster(
  {
    title: 'the data of pods goes with their node',
    report: 'https://github.com/kubernetes-retired/contrib/issues/1162',
    others: 'Nodes with pods that keep data in emptyDir volumes were removed; the data was gone.',
    why: 'Such pods stay where they are and are named, unless the action says deleteEmptyDirData.',
  },
  async () => {
    const { world, on, reports, statuses } = await nodeCluster({
      actions: [DRAIN],
      pod: { spec: { volumes: [{ name: 'queue', emptyDir: {} }] } },
    });
    const before = on('node-1');
    reports('node-1', 'True');
    expect(await world.until(() => statuses()[0]?.phase === 'Succeeded', 120_000)).toBe(true);
    expect(on('node-1')).toEqual(before);
    return { ours: inWords(statuses()[0] ?? {}), world, asked: NODE_1 };
  },
);

disaster(
  {
    title: 'a pod marked safe-to-evict: "false" is evicted',
    report: 'https://github.com/kubernetes/autoscaler/issues/5668',
    others: 'The pod and its node were taken away although the annotation stood on the pod.',
    why: 'The marks of other programs that evict mean the same to ours, by a live read of each pod.',
  },
  async () => {
    const { world, on, reports, statuses } = await nodeCluster({
      actions: [DRAIN],
      pod: { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } },
    });
    const before = on('node-1');
    reports('node-1', 'True');
    expect(await world.until(() => statuses()[0]?.phase === 'Succeeded', 120_000)).toBe(true);
    expect(on('node-1')).toEqual(before);
    return { ours: inWords(statuses()[0] ?? {}), world, asked: NODE_1 };
  },
);

disaster(
  {
    title: 'a drain waits for ever for a pod that only its node takes',
    report: 'https://github.com/kubernetes/kubernetes/issues/91141',
    others:
      'A pod bound to the node by its affinity was evicted, stood Pending under its old name, and was evicted again.',
    why: 'A pod that no other node takes is left where it runs, and named.',
  },
  async () => {
    const { world, on, reports, statuses, audit } = await nodeCluster({
      replicas: 1,
      actions: [DRAIN],
      pod: { spec: { nodeSelector: { 'kubernetes.io/hostname': 'node-1' } } },
    });
    const before = on('node-1');
    expect(before).toHaveLength(1);
    reports('node-1', 'True');
    expect(await world.until(() => statuses()[0]?.phase === 'Succeeded', 120_000)).toBe(true);
    expect([on('node-1'), audit.filter(({ path }) => path.endsWith('/eviction'))]).toEqual([before, []]);
    return { ours: inWords(statuses()[0] ?? {}), world, asked: NODE_1 };
  },
);

disaster(
  {
    title: 'those that are being repaired do not count as unhealthy',
    report: 'https://github.com/openshift/machine-api-operator/pull/898',
    others:
      'Machines in the middle of their repair counted as healthy, so that a limit of unhealthy ones held nothing back.',
    why: 'A target that is being healed counts as one in trouble until that has ended.',
  },
  async () => {
    const { world, reports, blocked, cordoned, statuses } = await nodeCluster({
      actions: [{ ...DRAIN, drainAction: { timeout: '5m', signals: 1 } }],
      safetyRules: { maxUnhealthy: 1, maxConcurrent: 4 },
    });
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec: { minAvailable: 4, selector: { matchLabels: { app: 'web' } } },
    };
    world.cluster.create({ group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' }, budget);
    reports('node-1', 'True');
    expect(await world.until(() => cordoned().includes('node-1'), 120_000)).toBe(true);
    // While its drain waits for the budget, the first one says that it is well.
    reports('node-1', 'False');
    reports('node-2', 'True');
    await world.clock.advance(60_000);
    expect([cordoned(), statuses().length]).toEqual([['node-1'], 1]);
    expect(blocked()[0]?.reason).toBe('MassFailure');
    return { ours: inWords(blocked()[0] ?? {}), world, asked: { ...NODE_1, name: 'node-2' } };
  },
);

disaster(
  {
    title: 'one false sign takes a node away that works',
    report: 'https://github.com/kubernetes/kubernetes/issues/77864',
    others:
      'A load balancer between the kubelets and the API server failed. Every node that worked was called Unknown, and what ran there was given up.',
    why: 'A node goes only when two signs say so that do not repeat each other. Here a second one came later.',
  },
  async () => {
    const { world, cordoned, reports, statuses } = await nodeCluster({ actions: [{ name: 'drain', type: 'drain' }] });
    reports('node-1', 'True');
    expect(await world.until(() => statuses()[0]?.phase === 'Cancelled', 120_000)).toBe(true);
    const words = inWords(statuses()[0] ?? {});
    expect([statuses()[0]?.reason, cordoned()]).toEqual(['Uncorroborated', []]);
    world.cluster.modify(NODES, { name: 'node-1' }, (draft: MutableObject) => {
      draft['spec'].taints = [{ key: 'node.cloudprovider.kubernetes.io/shutdown', effect: 'NoSchedule' }];
      return draft;
    });
    expect(await world.until(() => cordoned().includes('node-1'), 300_000)).toBe(true);
    return { ours: words, world, asked: NODE_1 };
  },
);
