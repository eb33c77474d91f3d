/** What has recovered is not healed (I42): the trigger is asked again while an action waits, and before its effect. */
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { afterClaim, once } from '../kit/fault-scripts.ts';
import { isWatch, refusal, type Script, type Sent } from '../kit/faulty-transport.ts';
import { wordOn } from '../kit/people.ts';
import { APPROVALS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const LOOPING = { namespace: 'default', name: 'looping' };
const BY_PEOPLE = { approvals: { unproven: 'accept' } } as const;
const ended = (world: TestCluster) => {
  const { phase, reason, message = '' } = world.actionStatus();
  return [phase, reason, /does not hold any more/.test(message)];
};
/** Of the workload: somebody restarts it by hand, which heals it. */
const healedByHand = (world: TestCluster) =>
  world.cluster.modify(DEPLOYMENTS, LOOPING, (draft) => {
    const spec = draft['spec'] as { readonly template: KubeObject };
    const annotations = { ...spec.template.metadata.annotations, 'example.com/restarted-by': 'ada' };
    const template = { ...spec.template, metadata: { ...spec.template.metadata, annotations } };
    return { ...draft, spec: { ...spec, template } };
  });
const generation = (world: TestCluster) => world.cluster.get(DEPLOYMENTS, LOOPING)?.metadata.generation;
const awaitsApproval = (world: TestCluster) => world.actionStatus().reason === 'AwaitingApproval';

async function looping(spec: Record<string, unknown>, faults: readonly Script[] = []): Promise<TestCluster> {
  const world = new TestCluster();
  world.operator({ faults, config: BY_PEOPLE });
  world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy(spec));
  return world;
}

describe('an action whose target recovers by itself', () => {
  it('while it waits for a person ends as Resolved, and an approval that comes later changes nothing (I42)', async () => {
    const world = await looping({ mode: 'manual' });
    expect(await world.until(() => awaitsApproval(world))).toBe(true);
    healedByHand(world);
    expect(await world.until(() => world.phases()[0] === 'Cancelled', 120_000)).toBe(true);
    expect(ended(world)).toEqual(['Cancelled', 'Resolved', true]);
    world.cluster.create(APPROVALS, wordOn(world.actions()[0]));
    await world.clock.advance(120_000);
    expect([world.phases(), generation(world)]).toEqual([['Cancelled'], 2]);
  });

  it('while it waits for its hour ends as Resolved too', async () => {
    // The operator's clock begins at midnight; the action is made within the first minutes.
    const windows = [{ type: 'deny', schedule: '4 * * * *', duration: '50m' }];
    const world = await looping({ mode: 'manual', safetyRules: { requireHealthCheck: true, windows } });
    expect(await world.until(() => awaitsApproval(world))).toBe(true);
    await world.clock.advance(300_000);
    world.cluster.create(APPROVALS, wordOn(world.actions()[0]));
    expect(await world.until(() => world.phases()[0] === 'Approved', 60_000)).toBe(true);
    healedByHand(world);
    expect(await world.until(() => world.phases()[0] === 'Cancelled', 120_000)).toBe(true);
    expect(ended(world)).toEqual(['Cancelled', 'Resolved', true]);
  });

  it('between claim and effect, unseen by the caches, is left alone (I42)', async () => {
    const deaf: { state: 'hears' | 'deaf' } = { state: 'hears' };
    const isOfPods = (sent: Sent) => isWatch(sent) && /\/(pods|replicasets|deployments)\b/.test(sent.path);
    const cutOff: Script = (sent) =>
      deaf.state === 'deaf' && isOfPods(sent) ? { kind: 'watch', after: 0, turns: 'silent' } : undefined;
    const recovers = async (world: TestCluster) => {
      healedByHand(world);
      await Promise.resolve();
    };
    const held: { world?: TestCluster } = {};
    const world = await looping({}, [
      cutOff,
      afterClaim(() => {
        deaf.state = 'deaf';
        return held.world === undefined ? undefined : recovers(held.world);
      }),
    ]);
    held.world = world;
    expect(await world.until(() => world.actions().length > 0 && !world.phases().includes('InProgress'))).toBe(true);
    await world.clock.advance(60_000);
    expect(generation(world)).toBe(2);
    const status = world.actions()[0]?.['status'] as ActionStatus;
    expect(status.phase).toBe('Failed');
  });

  it('before an attempt is repeated is left alone (I42)', async () => {
    const isPatch = ({ request, path }: Sent) => request.method === 'PATCH' && path.includes('/deployments/looping');
    const world = new TestCluster();
    const refused = once(isPatch, {
      kind: 'answer',
      when: 'before',
      response: refusal(429),
    });
    const { audit } = world.operator({ faults: [refused] });
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    expect(await world.until(() => world.actionStatus().reason === 'Retrying')).toBe(true);
    healedByHand(world);
    expect(await world.until(() => world.phases()[0] === 'Failed', 120_000)).toBe(true);
    await world.clock.advance(60_000);
    expect([generation(world), world.actionStatus().reason]).toEqual([2, 'Resolved']);
    expect(audit.filter(({ result }) => result === '200')).toEqual([]);
  });
});
