/** More targets fail at once than the status of their policy has room for. */
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { ActionSpec } from '../../src/api/healing-action.ts';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { DEPLOYMENTS, EVENTS, POLICIES } from '../kit/resources.ts';
import { refusal, type Script, type Sent } from '../kit/faulty-transport.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const MANY = 48;
/** Some 15 episodes; the limit of the operator itself is 256, by which this would take minutes. */
const ROOM = 18_000;
/** They fail together, as they are meant to: that is no outage here. */
const commonCause = { minWorkloads: 1000, sharePercent: 100 };
const config = { maxActionsPerHour: 10_000, maxConcurrent: 1000, commonCause };
const ILL = {
  name: 'ill',
  type: 'condition',
  cooldownPeriod: '1m',
  conditionTrigger: { type: 'Available', status: 'False', duration: '0s' },
};

/** It is done when somebody took the message, and heals nothing. */
const TELL = { name: 'tell', type: 'notify', notifyAction: { message: 'Please look' } };
const actions = {
  settings: { ...DEFAULT_ACTION_SETTINGS, channels: ['ops'] },
  endpoints: { send: async () => ({ kind: 'answered', status: 200 }) as const },
};
const operatorOf = (world: TestCluster, faults: readonly Script[] = []) => world.operator({ config, actions, faults });

/** Rolled out, and not available. */
const UNAVAILABLE = {
  observedGeneration: 1,
  replicas: 1,
  updatedReplicas: 1,
  conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }],
};

/** Deployments that say of themselves that they are ill, and stay so: nothing runs on this API server. */
function illCluster(names: readonly string[]): TestCluster {
  const world = new TestCluster(0, 'off');
  for (const name of names) {
    const created = world.cluster.create(DEPLOYMENTS, deployment(name));
    world.cluster.update(DEPLOYMENTS, { ...created, status: UNAVAILABLE }, 'status');
  }
  const safetyRules = {
    maxUnhealthy: '100%',
    maxActionsPerHour: 1000,
    maxConcurrent: 100,
    requireHealthCheck: false,
    healthCheckTimeout: '10s',
  };
  world.cluster.create(POLICIES, policy({ triggers: [ILL], actions: [TELL], safetyRules }));
  return world;
}
const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}-${String(i).padStart(3, '0')}`);

/** By the API server's own log: the targets of actions that were carried out, once for each action. */
const served = (world: TestCluster): readonly string[] => {
  const targets = world.sandbox
    .commits()
    .filter(({ object }) => object.kind === 'HealingAction')
    .map(({ object }) => object as KubeObject & { spec: ActionSpec; status?: ActionStatus })
    .filter(({ status }) => status?.phase === 'Succeeded')
    .map(({ metadata, spec }) => [metadata.uid, spec.targetResource.name] as const);
  return [...new Map(targets).values()];
};
/** Looks every ten seconds: the log of the server is long. */
async function eventually(world: TestCluster, done: () => boolean, limitMs: number): Promise<boolean> {
  for (let waited = 0; waited < limitMs && !done(); waited += 10_000) await world.clock.advance(10_000);
  return done();
}
const condition = (world: TestCluster, type: string) =>
  world.status('crash-loops').conditions?.find((one) => one.type === type);
const eventsOf = (world: TestCluster, reason: string) =>
  world.cluster.list(EVENTS).filter((event) => event['reason'] === reason);

/** A server that takes no longer status of the policy than this. */
const isStatus = ({ request, path }: Sent) =>
  request.method === 'PUT' && path.endsWith('/healingpolicies/crash-loops/status');
const longer =
  (bytes: number, code: number): Script =>
  (sent) =>
    isStatus(sent) && String(sent.request.body).length > bytes
      ? { kind: 'answer', when: 'before', response: refusal(code) }
      : undefined;

describe('targets beyond the room of the status', () => {
  it('are all healed; once all have used up their ladder, a restart of the operator heals none again (I34)', async () => {
    const names = named('web', MANY);
    const world = illCluster(names);
    const operator = operatorOf(world, [longer(ROOM, 413)]);
    expect(await eventually(world, () => served(world).length === MANY, 60 * MINUTE)).toBe(true);
    expect(new Set(served(world)).size).toBe(MANY);
    // What failed is not done again in its episode, whether the status has room for that or not.
    const spent = () => eventsOf(world, 'EpisodeExhausted').length >= MANY;
    expect(await eventually(world, spent, 30 * MINUTE)).toBe(true);
    await world.clock.advance(MINUTE);
    expect(world.status('crash-loops')).toMatchObject({ firing: MANY });
    expect(world.status('crash-loops').episodesOmitted).toBeGreaterThan(0);
    expect(condition(world, 'StatusComplete')).toMatchObject({ status: 'False', reason: 'StatusRefused' });
    operator.kill();
    operatorOf(world, [longer(ROOM, 413)]);
    await world.clock.advance(10 * MINUTE);
    expect(served(world)).toHaveLength(MANY);
  }, 120_000);

  it('are healed though the actions of all that came before them cannot be created', async () => {
    const world = illCluster(named('bad', MANY));
    const isBad = ({ request, path }: Sent) =>
      request.method === 'POST' && path.endsWith('/healingactions') && String(request.body).includes('"bad-');
    const refused: Script = (sent) =>
      isBad(sent) ? { kind: 'answer', when: 'before', response: refusal(403) } : undefined;
    operatorOf(world, [refused, longer(ROOM, 413)]);
    await world.clock.advance(MINUTE);
    expect(served(world)).toEqual([]);
    for (const name of ['late-1', 'late-2']) {
      const created = world.cluster.create(DEPLOYMENTS, deployment(name));
      world.cluster.update(DEPLOYMENTS, { ...created, status: UNAVAILABLE }, 'status');
    }
    expect(await eventually(world, () => served(world).length === 2, 10 * MINUTE)).toBe(true);
    expect(served(world).toSorted()).toEqual(['late-1', 'late-2']);
  }, 120_000);
});

describe('a status that the API server refuses', () => {
  it('for its length is told, and a shorter one is written: healing goes on', async () => {
    const world = illCluster(named('web', 30));
    const operator = operatorOf(world, [longer(ROOM, 413)]);
    expect(await eventually(world, () => served(world).length === 30, 30 * MINUTE)).toBe(true);
    expect(condition(world, 'StatusComplete')).toMatchObject({ status: 'False', reason: 'StatusRefused' });
    expect(eventsOf(world, 'StatusRefused')).toHaveLength(1);
    expect(operator.logs.filter((line) => line.includes('a lap failed')).length).toBeGreaterThan(0);
  }, 120_000);

  it('for good is told by an Event and in the log, and nothing is done that does not stand in it', async () => {
    const world = illCluster(named('web', 3));
    const operator = operatorOf(world, [longer(0, 403)]);
    await world.clock.advance(10 * MINUTE);
    expect(eventsOf(world, 'StatusRefused')).toHaveLength(1);
    expect(operator.logs.some((line) => line.includes('a lap failed') && line.includes('403'))).toBe(true);
    expect([served(world), world.phases()]).toEqual([[], []]);
  });
});
