/** Programs that restart, scale and roll back workloads, and what came of it. */
import { expect } from 'vitest';
import type { MetricResult } from '../../src/operator/ports.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { DEPLOYMENTS, NODES, PODS, POLICIES } from '../kit/resources.ts';
import {
  CRASHES,
  CRASHES_UNTIL_RESTARTED,
  deployment,
  FIRST_POD_CRASHES,
  policy,
  TestCluster,
} from '../kit/test-cluster.ts';
import { inWords } from './node-cluster.ts';
import { disaster } from './story.ts';

const WEB = { namespace: 'default', name: 'web' };
/** Of which `explain` is asked at the end. */
const DEPLOYMENT = { ...WEB, kind: 'Deployment' };
const RESTART = { name: 'restart', type: 'restart' };
const blocked = (world: TestCluster) => world.status('crash-loops').blocked ?? [];

disaster(
  {
    title: 'a redeployed updater evicts half of the cluster',
    report: 'https://github.com/kubernetes/autoscaler/issues/2180',
    others:
      'Two to three thousand pods were evicted within twenty minutes of a redeployment, since all its advice was new at once.',
    why: 'What counts of a policy stands in its status and is counted before anything acts: a new process meets the same stop.',
  },
  async () => {
    const world = new TestCluster();
    const before = world.operator();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) world.cluster.create(DEPLOYMENTS, deployment(name, CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy({ mode: 'monitor' }));
    await world.clock.advance(60_000);
    before.kill();
    world.cluster.modify(POLICIES, { namespace: 'default', name: 'crash-loops' }, (draft) => ({
      ...draft,
      spec: policy()['spec'],
    }));
    world.operator();
    await world.clock.advance(120_000);
    expect([world.actions().length, blocked(world).length]).toEqual([0, names.length]);
    return { ours: inWords(blocked(world)[0] ?? {}), world, asked: { ...DEPLOYMENT, name: 'a' } };
  },
);

disaster(
  {
    title: 'the source of metrics is away, and its silence is read as zero',
    report: 'https://github.com/kubernetes/kubernetes/issues/104387',
    others:
      'During an outage of the metrics endpoint every value became 0, and all services were scaled in to their minimum.',
    why: 'What is not known neither starts nor ends anything. The policy says which source does not answer.',
  },
  async () => {
    const world = new TestCluster();
    const down: MetricResult = { type: 'unknown', reason: 'SourceDown', message: 'connection refused', warnings: [] };
    const servers = new Map([['prometheus', { query: () => Promise.resolve(down) }]]);
    const operator = { servers, config: { clusterPolicyNamespaces: ['default'] } };
    world.operator(operator);
    const web = deployment('web') as MutableObject;
    web.spec.replicas = 4;
    world.cluster.create(DEPLOYMENTS, web);
    const metricTrigger = { query: 'requests_per_second', operator: '<', threshold: 5, duration: '30s' };
    const triggers = [{ name: 'idle', type: 'metric', metricTrigger }];
    const scaleIn = { name: 'in', type: 'scale', scaleAction: { direction: 'absolute', replicas: 1 } };
    world.cluster.create(POLICIES, policy({ triggers, actions: [scaleIn] }));
    await world.clock.advance(300_000);
    const said = world.status('crash-loops').conditions?.find(({ type }) => type === 'MetricsAvailable');
    expect([world.actions(), said?.status, said?.reason]).toEqual([[], 'False', 'SourceDown']);
    return { ours: inWords(said ?? {}), world, asked: DEPLOYMENT, as: operator };
  },
);

disaster(
  {
    title: 'a database is down, and everything that needs it is restarted',
    report: 'https://github.com/kubernetes/kubernetes/issues/66230',
    others: 'A liveness probe failed in all pods at once. All were restarted, and what would have been slow was down.',
    why: 'One failure among three or more is healed. When more fail at once the cause lies elsewhere.',
  },
  async () => {
    const world = new TestCluster();
    world.operator();
    for (const name of ['cart', 'search', 'pay', 'mail'])
      world.cluster.create(DEPLOYMENTS, deployment(name, [{ ready: { failsAfter: '30s' } }]));
    const conditionTrigger = { type: 'Available', status: 'False', duration: '20s' };
    world.cluster.create(POLICIES, policy({ triggers: [{ name: 'down', type: 'condition', conditionTrigger }] }));
    await world.clock.advance(180_000);
    expect([world.actions().length, blocked(world)[0]?.reason]).toEqual([0, 'MassFailure']);
    return { ours: inWords(blocked(world)[0] ?? {}), world, asked: { ...DEPLOYMENT, name: 'cart' } };
  },
);

disaster(
  {
    title: 'a repair that helps for a while is repeated without an end',
    report: 'https://github.com/pfnet-research/node-operation-controller/issues/31',
    others: 'A node that recovered for a while after each repair was repaired for ever, and people never heard of it.',
    why: 'The same action that has ended alike three times in a row is not taken again; people are told once.',
  },
  async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('web', [{ ready: { failsAfter: '2m' } }]));
    const conditionTrigger = { type: 'Available', status: 'False', duration: '10s' };
    const triggers = [{ name: 'down', type: 'condition', conditionTrigger, cooldownPeriod: '30s' }];
    world.cluster.create(POLICIES, policy({ triggers }));
    await world.clock.advance(1_800_000);
    expect(world.phases()).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    expect(blocked(world)[0]?.reason).toBe('Oscillating');
    return { ours: inWords(blocked(world)[0] ?? {}), world, asked: DEPLOYMENT };
  },
);

disaster(
  {
    title: 'a rollback meets a database that has been migrated',
    report: 'https://github.com/airflow-helm/charts/issues/461',
    others:
      'A failed release was rolled back. The older one did not know the new schema and crashed, so that nothing ran.',
    why: 'A release that must not be undone is marked as a barrier, and no rollback goes back across it.',
  },
  async () => {
    const world = new TestCluster();
    world.operator();
    const crashing = [{ when: { revision: 2 }, ready: { failsAfter: '0s' }, exit: { after: '2s', code: 1 } }];
    world.cluster.create(DEPLOYMENTS, deployment('web', crashing));
    await world.clock.advance(20_000);
    world.cluster.modify(DEPLOYMENTS, WEB, (draft: MutableObject) => {
      draft.spec.template.spec.containers[0].image = 'registry.example/app:2';
      draft.spec.template.metadata.annotations['kubeskippy.io/rollback-barrier'] = 'schema 7';
      return draft;
    });
    const actions = [{ name: 'rollback', type: 'rollback' }];
    world.cluster.create(POLICIES, policy({ actions }));
    expect(await world.until(() => world.phases()[0] === 'Cancelled', 900_000)).toBe(true);
    const status = world.actionStatus();
    expect(status.reason).toBe('RollbackBarrier');
    return { ours: inWords(status), world, asked: DEPLOYMENT };
  },
);

disaster(
  {
    title: 'a StatefulSet stays broken after its template was rolled back',
    report: 'https://github.com/kubernetes/kubernetes/issues/67250',
    others: 'The template was set back, and the set waited for its broken pod for ever, until somebody deleted it.',
    why: 'A rollback of an ordered StatefulSet has a second stage, which evicts the pods of the failed revision.',
  },
  async () => {
    const world = new TestCluster();
    world.operator();
    const sets = { group: 'apps', version: 'v1', resource: 'statefulsets' };
    const crashing = [{ when: { revision: 2 }, ready: { failsAfter: '0s' }, exit: { after: '2s', code: 1 } }];
    const web = { ...deployment('web', crashing), kind: 'StatefulSet' } as MutableObject;
    web.spec.serviceName = 'web';
    web.spec.replicas = 2;
    world.cluster.create(sets, web);
    const live = () => world.cluster.get(sets, WEB) as MutableObject;
    expect(await world.until(() => live()['status']?.readyReplicas === 2)).toBe(true);
    world.cluster.modify(sets, WEB, (draft: MutableObject) => {
      draft.spec.template.spec.containers[0].image = 'registry.example/app:2';
      return draft;
    });
    const selector = { resources: [{ apiVersion: 'apps/v1', kind: 'StatefulSet' }] };
    world.cluster.create(POLICIES, policy({ selector, actions: [{ name: 'rollback', type: 'rollback' }] }));
    expect(await world.until(() => world.phases()[0] === 'Succeeded')).toBe(true);
    expect(live()['status'].readyReplicas).toBe(2);
    return { ours: inWords(world.actionStatus()), world, asked: { ...WEB, kind: 'StatefulSet' } };
  },
);

disaster(
  {
    title: 'a scaler and Argo CD set the count back and forth',
    report: 'https://github.com/argoproj/argo-cd/issues/8207',
    others: 'What a downscaler had set was set back at once by the self-heal of Argo CD, again and again.',
    why: 'Who sets a field is read from its managedFields first. One that somebody keeps setting is left alone.',
  },
  async () => {
    const world = new TestCluster();
    const { audit } = world.operator();
    await world.sandbox.transport().send({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/default/deployments/web?fieldManager=argocd-controller',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: Buffer.from(JSON.stringify({ ...deployment('web', CRASHES), metadata: { name: 'web' } })),
    });
    const more = { name: 'more', type: 'scale', scaleAction: { direction: 'absolute', replicas: 3 } };
    world.cluster.create(POLICIES, policy({ actions: [more] }));
    expect(await world.until(() => world.phases()[0] === 'Cancelled')).toBe(true);
    expect([world.actionStatus().reason, audit]).toEqual(['FieldOwned', []]);
    return { ours: inWords(world.actionStatus()), world, asked: DEPLOYMENT };
  },
);

disaster(
  {
    title: 'a problem is healed again because of its old Events',
    report: 'https://github.com/planetlabs/draino/issues/116',
    others: 'Events are kept for an hour. A node that had been repaired was drained until the last of them was gone.',
    why: 'What happened before the last healing of an object was answered by it, and does not count again.',
  },
  async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
    const eventTrigger = { reason: 'BackOff', count: 2, window: '1h' };
    const triggers = [{ name: 'backing-off', type: 'event', eventTrigger, cooldownPeriod: '1m' }];
    world.cluster.create(POLICIES, policy({ triggers, actions: [RESTART] }));
    expect(await world.until(() => world.phases()[0] === 'Succeeded')).toBe(true);
    await world.clock.advance(1_200_000);
    expect([world.phases(), blocked(world)]).toEqual([['Succeeded'], []]);
    return { ours: inWords(world.actionStatus()), world, asked: DEPLOYMENT };
  },
);

disaster(
  {
    title: 'completed pods are taken for broken ones',
    report: 'https://github.com/kubernetes-sigs/descheduler/issues/1677',
    others:
      'Strategies listed pods that had succeeded or failed by accident, and asked for the eviction of what had ended.',
    why: 'What has ended is not sick: no trigger fires for it, and it is not counted.',
  },
  async () => {
    const world = new TestCluster();
    world.operator();
    const script = JSON.stringify([{ exit: { after: '2s', code: 0 } }]);
    const done = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', annotations: { 'sandbox.kubeskippy.io/script': script } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/report:1' }] },
    });
    for (const name of ['a', 'b', 'c']) world.cluster.create(PODS, done(name));
    const conditionTrigger = { type: 'Ready', status: 'False', duration: '10s' };
    const triggers = [{ name: 'not-ready', type: 'condition', conditionTrigger }];
    const selector = { resources: [{ apiVersion: 'v1', kind: 'Pod' }] };
    world.cluster.create(POLICIES, policy({ selector, triggers }));
    await world.clock.advance(180_000);
    const { targets } = world.status('crash-loops');
    expect([world.actions(), blocked(world), targets]).toEqual([[], [], { matched: 3, unhealthy: 0, unknown: 0 }]);
    return {
      ours: `${targets?.matched} targets, ${targets?.unhealthy} of them unhealthy`,
      world,
      asked: { ...WEB, kind: 'Pod', name: 'a' },
    };
  },
);

disaster(
  {
    title: 'a pod is evicted although no node takes the next one',
    report: 'https://github.com/kubernetes/kubernetes/issues/131814',
    others: 'A pod was taken away that fitted nowhere else, and its successor stayed Pending.',
    why: 'Before a pod goes, the next one is held against the nodes that are there, and against what is free on them.',
  },
  async () => {
    const world = new TestCluster(2);
    const { audit } = world.operator();
    const web = deployment('web', CRASHES) as MutableObject;
    web.spec.template.spec.containers[0].resources = { requests: { cpu: '5' } };
    const other = deployment('other') as MutableObject;
    other.spec.template.spec.containers[0].resources = { requests: { cpu: '5' } };
    for (const one of [web, other]) world.cluster.create(DEPLOYMENTS, one);
    await world.clock.advance(10_000);
    const pods = world.cluster.list(PODS) as readonly MutableObject[];
    const ill = pods.find(({ metadata }) => metadata.name.startsWith('web-'));
    const pod: string = ill?.metadata.name ?? '';
    const node = ill?.spec.nodeName as string;
    // Somebody is about to repair the node: the pod that runs there has nowhere to go.
    world.cluster.modify(NODES, { name: node }, (draft: MutableObject) => {
      draft['spec'].unschedulable = true;
      return draft;
    });
    const selector = { resources: [{ apiVersion: 'v1', kind: 'Pod' }] };
    world.cluster.create(POLICIES, policy({ selector }));
    expect(await world.until(() => world.phases()[0] === 'Cancelled')).toBe(true);
    expect([world.actionStatus().reason, audit]).toEqual(['ReplacementImpossible', []]);
    return { ours: inWords(world.actionStatus()), world, asked: { ...WEB, kind: 'Pod', name: pod } };
  },
);

disaster(
  {
    title: 'a quota lets nothing come back that is restarted',
    report: 'https://github.com/SREGym/SREGym/issues/880',
    others:
      'What ran went on, so that all looked well. Each pod that was replaced was lost to a quota that had been cut.',
    why: 'The quota is asked first: what is used, what would be freed, and what the next pods ask for.',
  },
  async () => {
    const world = new TestCluster();
    const { audit } = world.operator();
    const web = deployment('web', FIRST_POD_CRASHES) as MutableObject;
    web.spec.replicas = 4;
    web.spec.template.spec.containers[0].resources = { requests: { memory: '256Mi' } };
    world.cluster.create(DEPLOYMENTS, web);
    await world.clock.advance(10_000);
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'team', namespace: 'default' },
      spec: { hard: { 'requests.memory': '512Mi' } },
    };
    world.cluster.create({ group: '', version: 'v1', resource: 'resourcequotas' }, quota);
    await world.clock.advance(10_000);
    world.cluster.create(POLICIES, policy());
    expect(await world.until(() => world.phases()[0] === 'Cancelled')).toBe(true);
    expect([world.actionStatus().reason, audit]).toEqual(['ReplacementImpossible', []]);
    return { ours: inWords(world.actionStatus()), world, asked: DEPLOYMENT };
  },
);

disaster(
  {
    title: 'a repair runs every day, and nobody hears that it is needed',
    report: 'https://github.com/LanternOps/breeze/issues/4672',
    others: 'A clean-up went on and on whenever it was due. No person saw that it ran three times in ten days.',
    why: 'Healings that helped for a while are counted over a day and a week. Then it is left to people, who are told once.',
  },
  async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('web', [{ ready: { failsAfter: '3m' } }]));
    const conditionTrigger = { type: 'Available', status: 'False', duration: '10s' };
    const triggers = [{ name: 'down', type: 'condition', conditionTrigger, cooldownPeriod: '30s' }];
    const safetyRules = { requireHealthCheck: true, maxHealingsPerDay: 2 };
    world.cluster.create(POLICIES, policy({ triggers, safetyRules }));
    expect(await world.until(() => blocked(world)[0]?.reason === 'Chronic', 1_800_000)).toBe(true);
    expect(world.phases()).toEqual(['Succeeded', 'Succeeded']);
    return { ours: inWords(blocked(world)[0] ?? {}), world, asked: DEPLOYMENT };
  },
);
