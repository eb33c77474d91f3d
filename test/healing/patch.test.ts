import { describe, expect, it } from 'vitest';
import { beforeWrite } from '../kit/fault-scripts.ts';
import type { Script } from '../kit/faulty-transport.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

/** Grows to 100 MiB; killed at its limit, well above it. */
const HUNGRY = [{ memory: { from: '24Mi', growth: '20Mi', max: '100Mi' } }];
const WHERE = { namespace: 'default', name: 'web' };
const moreMemory = {
  type: 'strategic',
  patch: 'spec: {template: {spec: {containers: [{name: main, resources: {limits: {memory: 256Mi}}}]}}}',
};

interface Case {
  readonly script: unknown;
  readonly patchAction: object;
  readonly mode?: string;
  readonly fault?: (world: TestCluster) => Script;
}

function patching({ script, patchAction, mode = 'automatic', fault }: Case) {
  const world = new TestCluster();
  const operator = world.operator({ faults: fault === undefined ? [] : [fault(world)] });
  const web = deployment('web', script);
  const { template } = web['spec'] as { template: { spec: object } };
  const containers = [{ name: 'main', image: 'registry.example/app:1', resources: { limits: { memory: '64Mi' } } }];
  world.cluster.create(DEPLOYMENTS, {
    ...web,
    spec: { ...(web['spec'] as object), template: { ...template, spec: { containers } } },
  });
  const actions = [{ name: 'patch', type: 'patch', patchAction }];
  world.cluster.create(
    POLICIES,
    policy({ mode, actions, safetyRules: { requireHealthCheck: true, healthCheckTimeout: '2m' } }),
  );
  const live = () => world.cluster.get(DEPLOYMENTS, WHERE) as MutableObject;
  const status = () => world.actionStatus();
  const limit = () => live()['spec'].template.spec.containers[0].resources.limits.memory as unknown;
  return { world, operator, live, status, limit };
}

describe('patch', () => {
  it('heals what has too little memory, with one request after one trial', async () => {
    const { world, operator, status, limit } = patching({ script: HUNGRY, patchAction: moreMemory });
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(limit()).toBe('256Mi');
    expect(status().result?.changes).toMatchObject([{ oldValue: '64Mi', newValue: '256Mi' }]);
    expect(operator.audit.map(({ entry, result }) => [entry, result])).toEqual([
      ['intent', undefined],
      ['outcome', '200'],
    ]);
  });

  it('is taken back when it does not help: the template is what it was', async () => {
    const { world, status, live } = patching({ script: CRASHES, patchAction: moreMemory });
    const before = structuredClone(live()['spec']);
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(status()).toMatchObject({ reason: 'NotVerified', undo: { state: 'Done' } });
    expect(live()['spec']).toEqual(before);
    expect(live().metadata.generation).toBe(3);
  });

  it('never lands on an object that took the place of its target (I8)', async () => {
    const { world, operator, status, live } = patching({
      script: CRASHES,
      patchAction: moreMemory,
      fault: (other) => beforeWrite(DEPLOYMENTS, WHERE, () => other.replace(DEPLOYMENTS, deployment('web'))),
    });
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(status().reason).toBe('TargetGone');
    expect(operator.audit.map(({ result }) => result)).toEqual([undefined, '409']);
    expect(live().metadata).toMatchObject({ generation: 1 });
    expect(live()['spec'].template.spec.containers[0].resources).toEqual({});
  });

  it('tries the very request out in mode dryrun, and changes nothing', async () => {
    const { world, operator, status, limit } = patching({ script: CRASHES, patchAction: moreMemory, mode: 'dryrun' });
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(operator.audit.every(({ path }) => path.includes('dryRun=All'))).toBe(true);
    expect(limit()).toBe('64Mi');
  });

  it.each<[string, object, string, RegExp]>([
    [
      'does not apply',
      { type: 'json', patch: '- {op: remove, path: /spec/none}' },
      'PatchRefused',
      /correct the patch/,
    ],
    [
      'is no valid object',
      { type: 'merge', patch: 'spec: {replicas: -1}' },
      'PatchRefused',
      /must be greater than or equal to 0/,
    ],
    [
      'changes an image',
      { type: 'strategic', patch: 'spec: {template: {spec: {containers: [{name: main, image: "evil:1"}]}}}' },
      'FieldNotAllowed',
      /containers\/0\/image/,
    ],
    ['changes nothing', { type: 'merge', patch: 'spec: {replicas: 1}' }, 'NothingToDo', /already/],
  ])('that %s is refused before anything is claimed', async (_title, patchAction, reason, message) => {
    const { world, operator, status, live } = patching({ script: CRASHES, patchAction });
    expect(await world.until(() => status().phase === 'Cancelled')).toBe(true);
    expect(status().reason).toBe(reason);
    expect(status().message).toMatch(message);
    expect([operator.audit, live().metadata.generation]).toEqual([[], 1]);
  });
});
