import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../std/clock.ts';
import { KubeClient } from './client.ts';
import { LeaderElection, type LeaseSpec } from './lease.ts';
import { TransportError } from '../shapes/transport.ts';
import { ScriptedApi } from './test-kit/scripted-api.ts';

const LEASE = { namespace: 'ops', name: 'leader' };

function setUp() {
  const api = new ScriptedApi();
  const clock = new VirtualClock();
  const candidate = (identity: string, random = 0.5) => {
    const stop = new AbortController();
    const client = new KubeClient({ transport: api, clock });
    const election = new LeaderElection({
      client,
      key: LEASE,
      identity,
      random: () => random,
    });
    let outcome: string | undefined;
    const run = election.run(stop.signal).then((result) => (outcome = result));
    return { election, stop, run, outcome: () => outcome };
  };
  const lease = () => api.collection('leases').get('ops/leader')?.['spec'] as LeaseSpec | undefined;
  return { api, clock, candidate, lease };
}

describe('leader election', () => {
  it('gives the lease to the first and keeps the second waiting as long as it is renewed', async () => {
    const { clock, candidate, lease } = setUp();
    const a = candidate('a');
    await clock.advance(10);
    const b = candidate('b');
    await clock.advance(10 * 60_000);
    expect([a.election.isLeader(), b.election.isLeader(), lease()?.holderIdentity, lease()?.leaseTransitions]).toEqual([
      true,
      false,
      'a',
      0,
    ]);
    expect(b.election.holder).toBe('a');
    a.stop.abort();
    b.stop.abort();
    await Promise.all([a.run, b.run]);
  });

  it('hands over within seconds when the leader stops and releases', async () => {
    const { clock, candidate, lease } = setUp();
    const a = candidate('a');
    await clock.advance(10);
    const b = candidate('b');
    await clock.advance(1000);
    a.stop.abort();
    await clock.advance(5000);
    expect([a.outcome(), a.election.isLeader(), b.election.isLeader(), lease()?.leaseTransitions]).toEqual([
      'stopped',
      false,
      true,
      1,
    ]);
    b.stop.abort();
    await b.run;
  });

  it('is no leader after the renew deadline even while a write hangs, and the next one leads only after that (I33)', async () => {
    const { api, clock, candidate } = setUp();
    const a = candidate('a');
    await clock.advance(10);
    const b = candidate('b');
    await clock.advance(1000);
    // From now on every request of a hangs: told apart by the identity in the body, and its reads by turns.
    const hang = new Promise<never>(() => undefined);
    api.before = (request) => (String(request.body ?? '').includes('"a"') ? hang : undefined);
    let overlap = false;
    let lostAt: number | undefined;
    const start = clock.now();
    for (let ms = 0; ms < 40_000; ms += 100) {
      await clock.advance(100);
      if (!a.election.isLeader()) lostAt ??= clock.now() - start;
      overlap ||= a.election.isLeader() && b.election.isLeader();
    }
    expect(lostAt).toBeLessThanOrEqual(10_000);
    expect([overlap, a.outcome(), b.election.isLeader()]).toEqual([false, 'lost', true]);
    b.stop.abort();
    await b.run;
  });

  it('stays leader through failures shorter than the deadline', async () => {
    const { api, clock, candidate } = setUp();
    const a = candidate('a');
    await clock.advance(1000);
    api.before = () => new TransportError('ConnectionReset', 'reset', { delivered: 'maybe' });
    await clock.advance(6000);
    api.before = () => undefined;
    await clock.advance(60_000);
    expect(a.election.isLeader()).toBe(true);
    a.stop.abort();
    await a.run;
  });

  it('looks again when the lease of a leader that is gone ends, however long its pauses are', async () => {
    const { api, clock, candidate } = setUp();
    // As SIGKILL ends a process: it neither renews nor releases.
    const spec: LeaseSpec = { holderIdentity: 'gone', leaseDurationSeconds: 15 };
    api.put('leases', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: LEASE, spec });
    const b = candidate('b', 0.99);
    await clock.advance(15_000);
    expect(b.election.isLeader()).toBe(false);
    await clock.advance(200);
    expect(b.election.isLeader()).toBe(true);
    b.stop.abort();
    await b.run;
  });

  it('does not take a lease over because a wall clock jumped', async () => {
    const { clock, candidate, lease } = setUp();
    const a = candidate('a');
    await clock.advance(10);
    const b = candidate('b');
    await clock.advance(5000);
    clock.jump(3_600_000);
    await clock.advance(60_000);
    clock.jump(-3_600_000);
    expect([a.election.isLeader(), b.election.isLeader(), lease()?.leaseTransitions]).toEqual([true, false, 0]);
    a.stop.abort();
    b.stop.abort();
    await Promise.all([a.run, b.run]);
  });

  it('leaves a lease that another has taken, though its own deadline has not passed (I33)', async () => {
    const { api, clock, candidate, lease } = setUp();
    const a = candidate('a');
    await clock.advance(1000);
    const taken = api.collection('leases').get('ops/leader');
    const spec: LeaseSpec = { ...(taken?.['spec'] as LeaseSpec), holderIdentity: 'thief' };
    api.put('leases', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: LEASE, spec });
    await clock.advance(9000);
    expect(lease()?.holderIdentity).toBe('thief');
    await clock.advance(4000);
    expect(a.outcome()).toBe('lost');
  });

  it('renews without reading it first, and reads it when somebody else has written', async () => {
    const { api, clock, candidate, lease } = setUp();
    const a = candidate('a');
    await clock.advance(1000);
    api.requests.length = 0;
    await clock.advance(20_000);
    expect(new Set(api.requests.map(({ method }) => method))).toEqual(new Set(['PUT']));
    const metadata = { ...LEASE, labels: { by: 'somebody' } };
    const held = lease() ?? {};
    api.put('leases', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: held });
    await clock.advance(20_000);
    expect([a.election.isLeader(), lease()?.leaseTransitions]).toEqual([true, 0]);
    expect(api.collection('leases').get('ops/leader')?.metadata.labels).toEqual({ by: 'somebody' });
    expect(api.requests.filter(({ method }) => method === 'GET')).toHaveLength(1);
    a.stop.abort();
    await a.run;
  });

  it('recognises its own renewal whose reply was lost', async () => {
    const { api, clock, candidate, lease } = setUp();
    const a = candidate('a');
    await clock.advance(1000);
    let lose = 1;
    api.after = ({ method }) =>
      method === 'PUT' && lose-- > 0
        ? new TransportError('ConnectionReset', 'reply lost', { delivered: 'maybe' })
        : undefined;
    await clock.advance(60_000);
    expect([a.election.isLeader(), lease()?.leaseTransitions]).toEqual([true, 0]);
    a.stop.abort();
    await a.run;
  });
});
