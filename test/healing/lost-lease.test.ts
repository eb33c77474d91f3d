/**
 * The lease is lost between the decision and its request: this process sends nothing more, and the next one does it
 * once. Judged from the API server's own log.
 */
import { describe, expect, it } from 'vitest';
import { COMPONENT, DEFAULT_NAMESPACE, LEASE_NAME } from '../../src/api/names.ts';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import { LeaderElection } from '../../src/kube/lease.ts';
import { afterClaim } from '../kit/fault-scripts.ts';
import { effects, illCluster, QUICK } from '../kit/ill-cluster.ts';
import { as } from '../kit/people.ts';
import { DEPLOYMENTS } from '../kit/resources.ts';
import { TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const LEASE = { namespace: DEFAULT_NAMESPACE, name: LEASE_NAME };

/** Whether a process leads, as it knows it itself. */
function lease() {
  const held = { leads: true };
  return { held, mayAct: () => held.leads };
}

describe('a process that has lost the lease changes nothing (I33)', () => {
  it('when it is lost while the gates are read: not even an intent is recorded', async () => {
    const world = illCluster(1);
    const { held, mayAct } = lease();
    const first = world.operator({ actions: { mayAct }, faults: [afterClaim(() => void (held.leads = false))] });
    expect(await world.until(() => !held.leads)).toBe(true);
    await world.clock.advance(5 * MINUTE);
    expect([effects(world), first.audit]).toEqual([0, []]);
    first.kill();
    world.operator();
    expect(await world.until(() => effects(world) === 1)).toBe(true);
    await world.clock.advance(5 * MINUTE);
    expect(effects(world)).toBe(1);
  });

  it('when it is lost while the intent of a call is recorded', async () => {
    const webhook = { name: 'call', type: 'webhook', webhookAction: { name: 'repair' } };
    const world = illCluster(1, { actions: [webhook] });
    const { held, mayAct } = lease();
    const calls: string[] = [];
    const settings = { ...DEFAULT_ACTION_SETTINGS, endpoints: ['repair'] };
    const send = (by: string) => async () => {
      calls.push(by);
      return { kind: 'answered', status: 200 } as const;
    };
    const first = world.operator({
      auditing: ({ entry }) => {
        if (entry === 'intent') held.leads = false;
      },
      actions: { mayAct, settings, endpoints: { send: send('first') } },
    });
    expect(await world.until(() => !held.leads)).toBe(true);
    await world.clock.advance(5 * MINUTE);
    expect(calls).toEqual([]);
    expect(first.audit.map(({ entry, result }) => `${entry} ${result ?? ''}`)).toEqual(['intent ', 'outcome NotSent']);
  });

  it('when it is lost while requests wait for the rate limit', async () => {
    const many = 12;
    const world = illCluster(many, { safetyRules: { ...QUICK, maxConcurrent: many, maxActionsPerHour: 1000 } });
    const { held, mayAct } = lease();
    const config = {
      maxConcurrent: many,
      maxActionsPerHour: 1000,
      commonCause: { minWorkloads: 1000, sharePercent: 100 },
      namespaceLimits: { policies: 100, sharePercent: 100, unfinishedActions: 1000, notificationsPerHour: 150 },
    };
    let before = 0;
    world.cluster.subscribe(DEPLOYMENTS, () => {
      if (!held.leads) return;
      before = effects(world);
      held.leads = before === 0;
    });
    const first = world.operator({ config, actions: { mayAct } });
    await world.clock.advance(20_000);
    // Others were on their way: some five hundred requests were asked for in a second, and fifty may leave.
    expect([held.leads, before, effects(world)]).toEqual([false, 1, 1]);
    expect(first.audit.filter(({ result }) => result === 'NotSent').length).toBeGreaterThan(0);
  }, 60_000);
});

describe('the role that install gives the operator', () => {
  const account = (world: TestCluster, identity: string, key = LEASE) => {
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${DEFAULT_NAMESPACE}`];
    const client = as(world, `system:serviceaccount:${DEFAULT_NAMESPACE}:${COMPONENT}`, groups);
    const errors: string[] = [];
    const stop = new AbortController();
    const onError = (error: unknown) => void errors.push(String(error));
    const election = new LeaderElection({ client, key, identity, random: () => 0.5, onError });
    const run = election.run(stop.signal);
    return { election, errors, end: async () => (stop.abort(), world.clock.advance(1000), await run) };
  };

  it('is enough to be elected, to renew, and to hand over', async () => {
    const world = new TestCluster(0, 'off', 'on');
    await world.account([]);
    const a = account(world, 'a');
    await world.clock.advance(1000);
    const b = account(world, 'b');
    await world.clock.advance(MINUTE);
    expect([a.election.isLeader(), b.election.isLeader(), a.errors, b.errors]).toEqual([true, false, [], []]);
    void a.end();
    await world.clock.advance(10_000);
    expect([b.election.isLeader(), b.errors]).toEqual([true, []]);
    await b.end();
  });

  it.each([
    ['a Lease of another name', { ...LEASE, name: 'somebody-elses' }],
    ['a Lease of another namespace', { ...LEASE, namespace: 'default' }],
  ])('does not let it renew %s', async (_title, key) => {
    const world = new TestCluster(0, 'off', 'on');
    await world.account([]);
    const a = account(world, 'a', key);
    await world.clock.advance(MINUTE);
    expect([a.election.isLeader(), a.errors[0]]).toEqual([false, expect.stringMatching(/forbidden|403/i)]);
    await a.end();
  });
});
