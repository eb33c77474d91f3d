/** What metric triggers do when answers are missing, wrong, late, or about somebody else. */
import { describe, expect, it } from 'vitest';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { refusal, type Script } from '../kit/faulty-transport.ts';
import { fromTimestamp } from '../../src/std/clock.ts';
import type { MetricResult, MetricSource } from '../../src/operator/ports.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

/** A server that answers as told, and counts who asks. */
class Server implements MetricSource {
  readonly asked: string[] = [];
  answer: (query: string) => MetricResult = () => vector();

  query(promql: string): Promise<MetricResult> {
    this.asked.push(promql);
    return Promise.resolve(this.answer(promql));
  }
}

type Series = readonly [labels: Readonly<Record<string, string>>, value: number];

const vector = (...series: readonly Series[]): MetricResult => ({
  type: 'vector',
  samples: series.map(([labels, value]) => ({ labels, value })),
  warnings: [],
});
const DOWN: MetricResult = { type: 'unknown', reason: 'SourceDown', message: 'connection refused', warnings: [] };

const named = (name: string, trigger: Record<string, unknown>, more: Record<string, unknown> = {}): KubeObject => {
  const metricTrigger = { query: 'errors', operator: '>', threshold: 5, duration: '30s', ...trigger };
  const made = policy({ triggers: [{ name: 'measured', type: 'metric', metricTrigger }], ...more });
  return { ...made, metadata: { ...made.metadata, name } };
};

function begin(server: Server, ...policies: readonly KubeObject[]): TestCluster {
  const world = new TestCluster();
  world.operator({ servers: new Map([['prometheus', server]]), config: { clusterPolicyNamespaces: ['default'] } });
  for (const name of ['web', 'other']) world.cluster.create(DEPLOYMENTS, deployment(name));
  for (const one of policies) world.cluster.create(POLICIES, one);
  return world;
}

const condition = (world: TestCluster, policyName: string, type: string) => {
  const found = world.status(policyName).conditions?.find((one) => one.type === type);
  return found === undefined ? undefined : `${found.status} ${found.reason}`;
};
const firing = (world: TestCluster, name: string): readonly string[] =>
  (world.status(name).triggers ?? [])
    .flatMap((trigger) => (trigger.firing ?? []).map(({ target }) => `${target.kind}/${target.name}`))
    .sort();
const web: Series = [{ namespace: 'default', deployment: 'web' }, 9];

describe('a server of metrics', () => {
  it('is asked each distinct query once an interval, however many policies want to know', async () => {
    const server = new Server();
    const world = begin(server, named('a', {}), named('b', { threshold: 7 }), named('c', { query: 'latency' }));
    await world.clock.advance(5000);
    server.asked.length = 0;
    await world.clock.advance(150_000);
    const counts = ['errors', 'latency'].map((query) => server.asked.filter((one) => one === query).length);
    expect(counts).toEqual([10, 10]);
  });

  it('that is down is said to be, starts nothing and ends nothing, and is used again when it is back (I13, I36)', async () => {
    const server = new Server();
    const world = begin(server, named('a', { duration: '1m' }, { mode: 'monitor' }));
    server.answer = () => vector(web);
    await world.clock.advance(45_000);
    server.answer = () => DOWN;
    await world.clock.advance(120_000);
    expect(condition(world, 'a', 'MetricsAvailable')).toBe('False SourceDown');
    expect([world.actions().length, firing(world, 'a')]).toEqual([0, []]);
    server.answer = () => vector(web);
    await world.clock.advance(50_000);
    expect(condition(world, 'a', 'MetricsAvailable')).toBe('True Available');
    // Nobody knows what was in between, so the minute has begun anew.
    expect(firing(world, 'a')).toEqual([]);
    await world.clock.advance(30_000);
    expect(firing(world, 'a')).toEqual(['Deployment/web']);
    server.answer = () => DOWN;
    await world.clock.advance(300_000);
    expect(firing(world, 'a')).toEqual(['Deployment/web']);
    server.answer = () => vector();
    await world.clock.advance(20_000);
    expect(firing(world, 'a')).toEqual(['Deployment/web']);
    server.answer = () => vector([web[0], 1]);
    await world.clock.advance(20_000);
    expect(firing(world, 'a')).toEqual([]);
  });

  it('has its warnings told', async () => {
    const server = new Server();
    server.answer = () => ({ type: 'vector', samples: [], warnings: ['metric might not be a counter'] });
    const world = begin(server, named('a', {}));
    await world.clock.advance(20_000);
    expect(world.status('a').conditions?.find(({ type }) => type === 'MetricsAvailable')?.message).toContain(
      'metric might not be a counter',
    );
  });

  it('is not asked for a policy that names the embedded source, or one that does not exist', async () => {
    const server = new Server();
    const world = begin(
      server,
      named('own', { source: 'embedded', query: 'kube_deployment_spec_replicas', threshold: 0 }),
      named('lost', { source: 'mimir' }),
    );
    await world.clock.advance(60_000);
    expect(server.asked).toEqual([]);
    expect(condition(world, 'lost', 'Ready')).toBe('False UnknownSource');
    expect(world.actions().length).toBeGreaterThan(0);
  });
});

describe('what a trigger fires for', () => {
  const cases: readonly (readonly [string, readonly Series[], Record<string, unknown>, readonly string[]])[] = [
    ['the object that is named', [web], {}, ['Deployment/web']],
    [
      'nothing, when the object is not selected or does not exist',
      [
        [{ namespace: 'default', deployment: 'gone' }, 9],
        [{ namespace: 'kube-system', deployment: 'web' }, 9],
      ],
      {},
      [],
    ],
    ['nothing, for numbers that are none', [[web[0], Number.NaN]], {}, []],
    ['nothing, for a series that is there twice', [web, web], {}, []],
    [
      'what the exporter speaks of, and not the exporter',
      [[{ namespace: 'default', deployment: 'other', exported_namespace: 'default', exported_deployment: 'web' }, 9]],
      {},
      ['Deployment/web'],
    ],
    ['nothing, when a series names nobody', [[{ job: 'x' }, 9]], {}, []],
    [
      'everything, when that is meant',
      [[{ job: 'x' }, 9]],
      { target: { aggregate: 'AllSelected' } },
      ['Deployment/other', 'Deployment/web'],
    ],
    [
      'what the target override names',
      [[{ namespace: 'default', app: 'web' }, 9]],
      { target: { kind: 'Deployment', nameLabel: 'app' } },
      ['Deployment/web'],
    ],
  ];

  it('is exactly what its series name', async () => {
    const server = new Server();
    server.answer = (query) => vector(...(cases[Number(query.slice(1))]?.[1] ?? []));
    const world = begin(
      server,
      ...cases.map(([, , trigger], index) =>
        named(`p${index}`, { query: `q${index}`, ...trigger }, { mode: 'monitor' }),
      ),
    );
    await world.clock.advance(60_000);
    expect(cases.map(([title], index) => [title, firing(world, `p${index}`)])).toEqual(
      cases.map(([title, , , expected]) => [title, expected]),
    );
  });

  it('is the owner of the pod that a series names, and the node of an instance', async () => {
    const server = new Server();
    const nodes = { selector: { namespaces: ['*'], resources: [{ apiVersion: 'v1', kind: 'Node' }] }, mode: 'monitor' };
    const world = begin(
      server,
      named('pods', { query: 'pods' }, { mode: 'monitor' }),
      named('nodes', { query: 'nodes' }, nodes),
    );
    await world.clock.advance(5000);
    const pod = world.cluster
      .list({ group: '', version: 'v1', resource: 'pods' })
      .find(({ metadata }) => metadata.name.startsWith('web-'));
    const [, node] = world.cluster.list({ group: '', version: 'v1', resource: 'nodes' });
    server.answer = (query) =>
      query === 'pods'
        ? vector([{ namespace: 'default', pod: pod?.metadata.name ?? '' }, 9])
        : vector([{ instance: `${node?.metadata.name}:9100` }, 9]);
    await world.clock.advance(60_000);
    expect(firing(world, 'pods')).toEqual(['Deployment/web']);
    expect(firing(world, 'nodes')).toEqual([`Node/${node?.metadata.name}`]);
  });

  it('goes on for keepFiringFor, and no longer', async () => {
    const server = new Server();
    server.answer = () => vector(web);
    const world = begin(server, named('a', { duration: '0s', keepFiringFor: '2m' }, { mode: 'monitor' }));
    await world.clock.advance(20_000);
    server.answer = () => vector([web[0], 1]);
    await world.clock.advance(110_000);
    expect(firing(world, 'a')).toEqual(['Deployment/web']);
    await world.clock.advance(30_000);
    expect(firing(world, 'a')).toEqual([]);
  });
});

describe('an action that a metric asked for', () => {
  /** Well until the answer says otherwise; the server answers anew every 15 s. */
  const acting = async (server: Server): Promise<TestCluster> => {
    server.answer = () => vector(web);
    const world = begin(server, named('a', { duration: '30s' }, { safetyRules: { healthCheckTimeout: '2m' } }));
    expect(await world.until(() => world.phases().includes('InProgress'))).toBe(true);
    return world;
  };
  const ended = (world: TestCluster) => {
    const status = world.actions()[0]?.['status'] as Readonly<Record<string, string | undefined>>;
    return { phase: status['phase'], reason: status['reason'], at: fromTimestamp(status['completionTime']) };
  };

  it('is proved by answers that are newer than its effect, and by them for ten seconds (I6, I11)', async () => {
    const server = new Server();
    const world = await acting(server);
    const asked: number[] = [];
    server.answer = () => {
      asked.push(world.clock.now());
      return vector([web[0], 1]);
    };
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect((ended(world).at ?? 0) - (asked[0] ?? Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(10_000);
  });

  it('has not succeeded when nobody can say whether it helped', async () => {
    const server = new Server();
    const world = await acting(server);
    server.answer = () => DOWN;
    expect(await world.until(() => world.phases().every((phase) => phase !== 'InProgress'))).toBe(true);
    expect(ended(world)).toMatchObject({ phase: 'Failed', reason: 'NotVerified' });
  });
});

describe('a policy whose query cannot work', () => {
  it.each([
    ['errors +', 'False InvalidQuery', '1:9'],
    ['rate(kube_pod_info)', 'False InvalidQuery', '1:6'],
    ['sum(errors)', 'False NoTarget', 'names no object'],
    ['http_requests_total', 'False NoSuchFamily', 'http_requests_total'],
  ])('%s: Ready is %s', async (query, ready, words) => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(POLICIES, named('a', { query }));
    await world.clock.advance(20_000);
    expect(condition(world, 'a', 'Ready')).toBe(ready);
    expect(world.status('a').conditions?.find(({ type }) => type === 'Ready')?.message).toContain(words);
  });
});

describe('a restart of the operator', () => {
  const pendingSince = (world: TestCluster): number =>
    fromTimestamp(world.status('a').episodes?.[0]?.triggers[0]?.pendingSince) ?? Number.NaN;

  it('while a trigger is pending adds the time that nobody watched', async () => {
    const server = new Server();
    server.answer = () => vector(web);
    const world = new TestCluster();
    const servers = new Map([['prometheus', server]]);
    const first = world.operator({ servers });
    world.cluster.create(DEPLOYMENTS, deployment('web'));
    world.cluster.create(POLICIES, named('a', { duration: '3m' }, { mode: 'monitor' }));
    await world.clock.advance(70_000);
    const before = pendingSince(world);
    first.kill();
    await world.clock.advance(20_000);
    world.operator({ servers });
    await world.clock.advance(20_000);
    const moved = pendingSince(world) - before;
    expect(moved).toBeGreaterThanOrEqual(20_000);
    expect(moved).toBeLessThanOrEqual(90_000);
    expect(await world.until(() => firing(world, 'a').length > 0, 300_000)).toBe(true);
    expect(world.clock.now() - pendingSince(world)).toBeGreaterThanOrEqual(180_000);
  });

  it('makes a window that was not watched Unknown: what fires goes on, and nothing is done until the window is covered', async () => {
    const world = new TestCluster();
    const first = world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('looping', { exit: { after: '2s', code: 1 } }));
    world.cluster.create(
      POLICIES,
      named(
        'a',
        { query: 'increase(kube_pod_container_status_restarts_total[3m])', threshold: 1 },
        { mode: 'monitor' },
      ),
    );
    expect(await world.until(() => firing(world, 'a').length > 0)).toBe(true);
    const episode = world.status('a').episodes?.[0]?.startedAt;
    first.kill();
    world.operator();
    await world.clock.advance(60_000);
    expect(condition(world, 'a', 'MetricsAvailable')).toBe('False NotCovered');
    expect([firing(world, 'a'), world.status('a').episodes?.[0]?.startedAt]).toEqual([['Deployment/looping'], episode]);
    expect(world.status('a').blocked).toMatchObject([{ reason: 'StaleObservation' }]);
    await world.clock.advance(150_000);
    expect(condition(world, 'a', 'MetricsAvailable')).toBe('True Available');
  });
});

describe('what only kubelets know', () => {
  it('reaches a policy through the API server, once they may be asked', async () => {
    const world = new TestCluster();
    let allowed = false;
    const summaries: Script = ({ path }) => {
      if (!path.endsWith('/proxy/stats/summary')) return undefined;
      const volume = {
        name: 'data',
        pvcRef: { name: 'data', namespace: 'default' },
        usedBytes: 95,
        capacityBytes: 100,
      };
      const pods = path.includes('/node-1/')
        ? [{ podRef: { name: 'db-0', namespace: 'default' }, volume: [volume] }]
        : [];
      const response = { status: 200, headers: {}, body: { form: 'object', value: { pods } } } as const;
      return { kind: 'answer', when: 'before', response: allowed ? response : refusal(403) };
    };
    world.operator({ faults: [summaries], kubelets: 'summary' });
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const CLAIMS = { group: '', version: 'v1', resource: 'persistentvolumeclaims' };
    world.cluster.create(CLAIMS, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'default' },
      spec: claim,
    });
    const query = '100 * kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes';
    const claims = { selector: { resources: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' }] }, mode: 'monitor' };
    world.cluster.create(POLICIES, named('full', { query, threshold: 90 }, claims));
    await world.clock.advance(60_000);
    expect(condition(world, 'full', 'MetricsAvailable')).toBe('False SourceDown');
    expect(world.status('full').conditions?.find(({ type }) => type === 'MetricsAvailable')?.message).toContain(
      'kubelet-metrics.yaml',
    );
    allowed = true;
    await world.clock.advance(75_000);
    expect(firing(world, 'full')).toEqual(['PersistentVolumeClaim/data']);
  });
});
