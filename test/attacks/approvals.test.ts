/**
 * The attack: somebody makes the operator carry out an action that waits for approval, without being allowed to approve
 * it: by a write on its status, in the name of another person, by an approval of another plan.
 * The guards: an approval is an object of its own, which the operator judges on live reads between claim and effect
 * (src/core/authority/approval.ts), and whose author the admission policy proves (src/api/admission/approvals.ts).
 */
import { describe, expect, it } from 'vitest';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { OWN_KINDS } from '../../src/operator/definitions.ts';
import type { OperatorConfig } from '../../src/operator/ports.ts';
import type { Gvr } from '../../src/sandbox/index.ts';
import { afterClaim } from '../kit/fault-scripts.ts';
import { answerTo, member, wordOn } from '../kit/people.ts';
import { ACTIONS, APPROVALS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import {
  CRASHES,
  CRASHES_UNTIL_RESTARTED,
  deployment,
  type OperatorOptions,
  policy,
  TestCluster,
} from '../kit/test-cluster.ts';

const GROUP = ['kubeskippy.io'];
const CREATE = { apiGroups: GROUP, resources: ['healingapprovals'], verbs: ['create'] };
const STATUS = { apiGroups: GROUP, resources: ['healingactions/status'], verbs: ['get', 'update', 'patch'] };
const BINDINGS: Gvr = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingadmissionpolicybindings',
};

const LOOPING = { namespace: 'default', name: 'looping' };
const asksFor = (world: TestCluster) => world.actionStatus().reason;
const generation = (world: TestCluster) => world.cluster.get(DEPLOYMENTS, LOOPING)?.metadata.generation;

/** An action that waits for approval, a minute after everything was installed. */
async function waiting(
  options: OperatorOptions & {
    readonly spec?: Record<string, unknown>;
    readonly without?: 'admission policies';
    readonly script?: unknown;
  } = {},
): Promise<TestCluster> {
  const { spec = {}, without, script = CRASHES_UNTIL_RESTARTED, ...rest } = options;
  const world = new TestCluster(2, 'on', 'on');
  const token = await world.account(actionRegistry().rules);
  if (without !== undefined)
    for (const { metadata } of world.cluster.list(BINDINGS)) world.cluster.remove(BINDINGS, { name: metadata.name });
  await world.clock.advance(60_000);
  world.operator({ token, ...rest });
  world.cluster.create(DEPLOYMENTS, deployment('looping', script));
  world.cluster.create(POLICIES, policy({ mode: 'manual', ...spec }));
  expect(await world.until(() => asksFor(world) === 'AwaitingApproval')).toBe(true);
  return world;
}

const unproven = (word: 'accept' | 'refuse'): { readonly config: Partial<OperatorConfig> } => ({
  config: { approvals: { unproven: word } },
});

describe('an approval (I28)', () => {
  it('of somebody with the verb approve lets the action run, and is recorded', async () => {
    const world = await waiting();
    const ada = member(world, 'ada', 'kubeskippy-approver');
    await ada.create(OWN_KINDS.approvals, wordOn(world.actions()[0]));
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(world.actionStatus().approval).toMatchObject({
      approved: true,
      approvedBy: 'ada',
      author: 'Proven',
      reason: 'seen',
    });
    expect(generation(world)).toBe(2);
  });

  it('of somebody who may create approvals, and not approve, is refused by the server', async () => {
    const world = await waiting();
    const eve = member(world, 'eve', [CREATE]);
    const word = wordOn(world.actions()[0], { approvedBy: 'eve' });
    expect(await answerTo(eve.create(OWN_KINDS.approvals, word))).toMatch(
      /^403: .*deciding needs the verb approve on healingactions/,
    );
  });

  it('in the name of another person is refused by the server', async () => {
    const world = await waiting();
    const eve = member(world, 'eve', 'kubeskippy-approver');
    expect(await answerTo(eve.create(OWN_KINDS.approvals, wordOn(world.actions()[0])))).toMatch(
      /^403: .*spec.approvedBy must be the user who makes the request/,
    );
  });

  it('is not changed by its author either', async () => {
    const world = await waiting();
    const rules = [
      { ...CREATE, verbs: ['create', 'update'] },
      { apiGroups: GROUP, resources: ['healingactions'], verbs: ['approve'] },
    ];
    const ada = member(world, 'ada', rules);
    const made = await ada.create(OWN_KINDS.approvals, wordOn(world.actions()[0]));
    const turned = { ...made, spec: { ...(made['spec'] as object), decision: 'Reject' } };
    expect(await answerTo(ada.update(OWN_KINDS.approvals, turned))).toMatch(/spec is immutable/);
  });

  it.each<[string, (status: object) => object]>([
    ['phase Approved', (status) => ({ ...status, phase: 'Approved', reason: 'Approved' })],
    [
      'an approval in the record',
      (status) => ({
        ...status,
        phase: 'Approved',
        approval: { ...(status as { approval: object }).approval, approved: true, approvedBy: 'ada', author: 'Proven' },
      }),
    ],
    [
      'an approval in the record of an action that still waits',
      (status) => ({
        ...status,
        approval: { ...(status as { approval: object }).approval, approved: true, approvedBy: 'ada' },
      }),
    ],
  ])('is not %s in the status', async (_title, forge) => {
    const world = await waiting({ without: 'admission policies' });
    const eve = member(world, 'eve', [STATUS]);
    const [action] = world.actions();
    const forged = { ...action, status: forge(action?.['status'] ?? {}) };
    await answerTo(eve.updateStatus(OWN_KINDS.actions, forged as never));
    await world.clock.advance(120_000);
    expect(generation(world)).toBe(1);
    expect(world.phases()).not.toContain('Succeeded');
  });

  it('counts for nothing without the admission policy, and says so', async () => {
    const world = await waiting({ without: 'admission policies' });
    const eve = member(world, 'eve', [CREATE]);
    await eve.create(OWN_KINDS.approvals, wordOn(world.actions()[0]));
    expect(await world.until(() => asksFor(world) === 'ApprovalUnproven', 60_000)).toBe(true);
    await world.clock.advance(300_000);
    expect([world.phases(), generation(world)]).toEqual([['Pending'], 1]);
    expect(world.actionStatus().message).toMatch(/its author is not proven, since admission policy .* has no binding/);
  });

  it('counts without the admission policy where the configuration says so, as a claim', async () => {
    const world = await waiting({ without: 'admission policies', ...unproven('accept') });
    const eve = member(world, 'eve', [CREATE]);
    await eve.create(OWN_KINDS.approvals, wordOn(world.actions()[0]));
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(world.actionStatus().approval).toMatchObject({ approvedBy: 'ada', author: 'Claimed' });
  });

  it('that is deleted before the effect is taken back', async () => {
    const world = await waiting({
      faults: [
        afterClaim(() => {
          for (const { metadata } of world.cluster.list(APPROVALS))
            world.cluster.remove(APPROVALS, { namespace: 'default', name: metadata.name });
        }),
      ],
    });
    const ada = member(world, 'ada', 'kubeskippy-approver');
    await ada.create(OWN_KINDS.approvals, wordOn(world.actions()[0]));
    expect(await world.until(() => world.phases().includes('Failed'), 60_000)).toBe(true);
    expect([world.actionStatus().reason, generation(world)]).toEqual(['ApprovalVoid', 1]);
  });

  it('of a plan that is no longer made is void, and asked for again', async () => {
    const world = await waiting({
      spec: { actions: [{ name: 'more', type: 'scale', scaleAction: { direction: 'up', replicas: 1 } }] },
      script: CRASHES,
    });
    const ada = member(world, 'ada', 'kubeskippy-approver');
    const [asked] = world.actions();
    world.cluster.modify(DEPLOYMENTS, LOOPING, (draft) => ({
      ...draft,
      spec: { ...(draft['spec'] as object), replicas: 3 },
    }));
    await world.clock.advance(10_000);
    await ada.create(OWN_KINDS.approvals, wordOn(asked));
    expect(await world.until(() => (world.actionStatus().message ?? '').includes('another plan'), 60_000)).toBe(true);
    const replicas = () => {
      const { spec } = world.cluster.get(DEPLOYMENTS, LOOPING) as unknown as { readonly spec: { replicas: number } };
      return spec.replicas;
    };
    expect([world.phases(), asksFor(world), replicas()]).toEqual([['Pending'], 'ApprovalVoid', 3]);
    await ada.create(OWN_KINDS.approvals, wordOn(world.actions()[0]));
    expect(await world.until(() => replicas() === 4, 60_000)).toBe(true);
  });

  it('of one action says nothing of another', async () => {
    const world = await waiting();
    const ada = member(world, 'ada', 'kubeskippy-approver');
    const other = world.cluster.create(ACTIONS, {
      ...(world.actions()[0] ?? { apiVersion: '', kind: '' }),
      metadata: { namespace: 'default', name: 'other' },
    });
    await ada.create(OWN_KINDS.approvals, wordOn(world.actions()[0], { action: other.metadata.name }));
    await world.clock.advance(60_000);
    expect([generation(world), world.phases().includes('Succeeded')]).toEqual([1, false]);
  });
});

it('a rejection ends the action, with its reason', async () => {
  const world = await waiting();
  const ada = member(world, 'ada', 'kubeskippy-approver');
  const { planHash: _none, ...spec } = wordOn(world.actions()[0], { decision: 'Reject', reason: 'not today' })[
    'spec'
  ] as {
    planHash: string;
  };
  await ada.create(OWN_KINDS.approvals, { ...wordOn(world.actions()[0]), spec });
  expect(await world.until(() => world.phases().includes('Cancelled'), 60_000)).toBe(true);
  expect(world.actionStatus()).toMatchObject({ reason: 'Rejected', message: 'rejected by ada: not today' });
  expect(generation(world)).toBe(1);
});
