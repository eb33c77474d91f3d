/**
 * The attack: somebody who may create HealingActions copies the policyRef of a real one, with another template, without
 * approval, or a second time, and has it carried out with the policy's rights.
 * The guard: an action that claims to be the operator's has its seal (src/core/authority/creation-seal.ts).
 */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { ACTIONS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

type Fields = Readonly<Record<string, unknown>>;
interface Change {
  readonly spec?: Fields;
  readonly metadata?: Fields;
  readonly drop?: readonly string[];
}

const without = (names: readonly string[], spec: Fields): Fields =>
  Object.fromEntries(Object.entries(spec).filter(([name]) => !names.includes(name)));
const specOf = (object: KubeObject): Fields => object['spec'] as Fields;

/** A real action of a policy that asks people, and the Deployment that it is about. */
async function waiting() {
  const world = new TestCluster();
  const operator = world.operator();
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
  world.cluster.create(POLICIES, policy({ mode: 'manual' }));
  expect(await world.until(() => world.actionStatus().reason === 'AwaitingApproval')).toBe(true);
  const [real] = world.actions();
  if (real === undefined) throw new Error('there is no action');
  const { annotations = {}, labels = {}, name } = real.metadata;
  const forge = (as: string, change: Change) =>
    world.cluster.create(ACTIONS, {
      apiVersion: real.apiVersion,
      kind: real.kind,
      metadata: { namespace: 'default', annotations, labels, ...change.metadata, name: as },
      spec: without(change.drop ?? [], { ...specOf(real), ...change.spec }),
    });
  const status = (of: string) =>
    (world.cluster.get(ACTIONS, { namespace: 'default', name: of })?.['status'] ?? {}) as {
      readonly phase?: string;
      readonly reason?: string;
    };
  return { world, operator, real: { name, spec: specOf(real) }, forge, status };
}

describe('an action that claims to be of a policy', () => {
  it.each<[string, Change]>([
    ['with its seal under another name', {}],
    ['that needs no approval', { spec: { approvalRequired: false } }],
    ['with another template', { spec: { approvalRequired: false, action: { name: 'restart', type: 'delete' } } }],
    ['without a seal', { metadata: { annotations: {} }, spec: { approvalRequired: false } }],
    [
      'without policyRef, with a trigger and evidence',
      { metadata: { annotations: {}, labels: {} }, spec: { approvalRequired: false }, drop: ['policyRef'] },
    ],
  ])('%s is cancelled, and nothing is sent', async (_title, change) => {
    const { world, operator, forge, status } = await waiting();
    forge('forged', change);
    await world.clock.advance(60_000);
    expect(status('forged')).toMatchObject({ phase: 'Cancelled', reason: 'Forged' });
    expect(operator.audit).toEqual([]);
  });

  it('is the real one, made again under its own name later: it is cancelled', async () => {
    const { world, operator, real, forge, status } = await waiting();
    world.cluster.modify(POLICIES, { namespace: 'default', name: 'crash-loops' }, (draft) => ({
      ...draft,
      spec: { ...specOf(draft), suspend: true },
    }));
    world.cluster.remove(ACTIONS, { namespace: 'default', name: real.name });
    await world.clock.advance(700_000);
    forge(real.name, {});
    await world.clock.advance(60_000);
    expect(status(real.name)).toMatchObject({ phase: 'Cancelled', reason: 'Forged' });
    expect(operator.audit).toEqual([]);
  });

  it('is the real one: it waits for people', async () => {
    const { world, real, status } = await waiting();
    await world.clock.advance(60_000);
    expect(status(real.name)).toMatchObject({ phase: 'Pending', reason: 'AwaitingApproval' });
  });
});
