/**
 * What is asked right before an effect, and again between the requests of one stage: nothing is done on a decision that
 * is minutes old. Judged from the API server's own log.
 */
import { describe, expect, it } from 'vitest';
import { LABELS } from '../../src/api/names.ts';
import { afterClaim } from '../kit/fault-scripts.ts';
import { refusal, type Script, type Sent } from '../kit/faulty-transport.ts';
import { effects, illCluster, QUICK } from '../kit/ill-cluster.ts';
import { wordOn } from '../kit/people.ts';
import { APPROVALS, CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const SYSTEM = 'kubeskippy-system';
const COUNT = 6;

/** What each Deployment says of itself. */
function says(world: TestCluster, n: number, available: 'True' | 'False'): void {
  const found = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: `web-${n}` });
  if (found === undefined) throw new Error(`there is no web-${n}`);
  const replicas = {
    replicas: 1,
    updatedReplicas: 1,
    ...(available === 'True' && { readyReplicas: 1, availableReplicas: 1 }),
  };
  const status = { observedGeneration: 100, ...replicas, conditions: [{ type: 'Available', status: available }] };
  world.cluster.update(DEPLOYMENTS, { ...found, status }, 'status');
}
const allSay = (world: TestCluster, available: 'True' | 'False'): void => {
  for (let n = 1; n < COUNT; n++) says(world, n, available);
};

/** One of six is ill, and half of them may be. */
function oneIsIll(mode: 'automatic' | 'manual'): TestCluster {
  const world = illCluster(COUNT, { mode, safetyRules: { ...QUICK, maxUnhealthy: '50%' } });
  allSay(world, 'True');
  return world;
}
const config = { approvals: { unproven: 'accept' } } as const;
const asks = (world: TestCluster) => world.until(() => world.actionStatus().reason === 'AwaitingApproval');
const approve = (world: TestCluster) => void world.cluster.create(APPROVALS, wordOn(world.actions()[0]));

describe('an action that was decided for one of six', () => {
  it('and is approved while all of them are ill does nothing, until they are well (I9, I15)', async () => {
    const world = oneIsIll('manual');
    world.operator({ config });
    expect(await asks(world)).toBe(true);
    allSay(world, 'False');
    await world.clock.advance(MINUTE);
    approve(world);
    await world.clock.advance(5 * MINUTE);
    expect(effects(world)).toBe(0);
    allSay(world, 'True');
    expect(await world.until(() => effects(world) === 1)).toBe(true);
  });

  it('does nothing when the others fall ill between its claim and its effect (I9, I15)', async () => {
    const world = oneIsIll('automatic');
    let claimed = false;
    const fall = () => {
      claimed = true;
      allSay(world, 'False');
    };
    world.operator({ faults: [afterClaim(fall)] });
    expect(await world.until(() => claimed)).toBe(true);
    await world.clock.advance(5 * MINUTE);
    expect(effects(world)).toBe(0);
  });

  it('and is approved while its kind cannot be read does nothing, until it can (I9, I11)', async () => {
    const world = oneIsIll('manual');
    let isBlind = false;
    const reads = (sent: Sent): boolean => sent.request.method === 'GET' && sent.path.endsWith('/apps/v1/deployments');
    const blind: Script = (sent) =>
      isBlind && reads(sent) ? { kind: 'answer', when: 'before', response: refusal(403) } : undefined;
    world.operator({ config, faults: [blind] });
    expect(await asks(world)).toBe(true);
    isBlind = true;
    // The watch that is open ends within ten minutes.
    await world.clock.advance(11 * MINUTE);
    approve(world);
    await world.clock.advance(5 * MINUTE);
    expect(effects(world)).toBe(0);
    isBlind = false;
    expect(await world.until(() => effects(world) === 1)).toBe(true);
  });
});

describe('a stage of five evictions stops after the first one', () => {
  const label = { [LABELS.protected]: 'true' };
  const protect = (
    world: TestCluster,
    gvr: typeof DEPLOYMENTS,
    key: { readonly namespace?: string; readonly name: string },
  ) =>
    void world.cluster.modify(gvr, key, (draft) => {
      draft.metadata.labels = { ...draft.metadata.labels, ...label };
      return draft;
    });
  const pause = ({ cluster }: TestCluster) => {
    if (cluster.get(NAMESPACES, { name: SYSTEM }) === undefined)
      cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } });
    const metadata = { name: 'kubeskippy-pause', namespace: SYSTEM };
    cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  };
  const evicted = (world: TestCluster): ReadonlySet<string> =>
    new Set(
      world.sandbox
        .commits()
        .filter(({ by, object }) => by?.agent.startsWith('kubeskippy') && object.kind === 'Pod')
        .map(({ object }) => object.metadata.name),
    );

  it.each<[string, (world: TestCluster) => void]>([
    ['the kill switch is thrown (I26)', pause],
    ['its workload is protected (I24)', (world) => protect(world, DEPLOYMENTS, { namespace: 'default', name: 'web' })],
    ['its namespace is protected (I24)', (world) => protect(world, NAMESPACES, { name: 'default' })],
  ])('when %s', async (_title, happens) => {
    const world = new TestCluster();
    const web = deployment('web', CRASHES);
    world.cluster.create(DEPLOYMENTS, { ...web, spec: { ...(web['spec'] as object), replicas: COUNT } });
    const restart = { name: 'restart', type: 'restart', restartAction: { strategy: 'graceful', maxConcurrent: 5 } };
    world.cluster.create(POLICIES, policy({ actions: [restart], safetyRules: { maxUnhealthy: '100%' } }));
    let left = 0;
    world.operator({
      auditing: ({ entry, path }) => {
        if (entry !== 'outcome' || !path.endsWith('/eviction') || ++left > 1) return;
        happens(world);
      },
    });
    expect(await world.until(() => left > 0)).toBe(true);
    await world.clock.advance(5 * MINUTE);
    expect(evicted(world).size).toBe(1);
  });
});
