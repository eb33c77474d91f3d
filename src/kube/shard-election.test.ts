import { describe, expect, it } from 'vitest';
import { TransportError } from '../shapes/transport.ts';
import { VirtualClock } from '../std/clock.ts';
import { Prng } from '../std/prng.ts';
import { KubeClient } from './client.ts';
import type { LeaseSpec } from './lease.ts';
import { ShardElection, shardToAsk } from './shard-election.ts';
import { ScriptedApi } from './test-kit/scripted-api.ts';

const marks = { shards: 'x/shards', shardsSettled: 'x/settled', wantedBy: 'x/wanted-by' };

function setUp() {
  const api = new ScriptedApi();
  const clock = new VirtualClock();
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  /** `leavesMs`: how long what is in hand takes. */
  const process = (identity: string, count: number, leavesMs = 0) => {
    const stop = new AbortController();
    const log: string[] = [];
    /** Shards in which it has still something to end. */
    const inHand = new Set<number>();
    const election: ShardElection = new ShardElection({
      client: new KubeClient({ transport: api, clock }),
      namespace: 'ops',
      nameOf: (shard) => `shard-${shard}`,
      count,
      marks,
      identity,
      random,
      onGained: (shard) => log.push(`gained ${shard}`),
      onLeaving: async (shard) => {
        log.push(`leaving ${shard}`);
        inHand.add(shard);
        await clock.until(clock.now() + leavesMs);
        inHand.delete(shard);
      },
      onOtherCount: (other) => log.push(`others say ${other}`),
    });
    const run = election.run(stop.signal, () => log.push('lost'));
    const held = () => Array.from({ length: count }, (_, shard) => shard).filter((shard) => election.holds(shard));
    return { identity, election, log, stop, run, held, inHand };
  };
  type Process = ReturnType<typeof process>;
  /** Whether two processes ever held the same shard, or one lost its Lease before it had ended what it had in hand. */
  let twice = false;
  const advance = async (ms: number, ...all: readonly Process[]) => {
    for (let passed = 0; passed < ms; passed += 100) {
      await clock.advance(100);
      const held = all.filter(({ election }) => election.isLeader()).flatMap((one) => one.held());
      twice ||= new Set(held).size < held.length;
      for (const { identity, election, inHand } of all)
        if (election.isLeader()) twice ||= [...inHand].some((shard) => lease(shard).holderIdentity !== identity);
    }
  };
  const lease = (shard: number) => {
    const found = api.collection('leases').get(`ops/shard-${shard}`);
    return { ...(found?.['spec'] as LeaseSpec | undefined), annotations: found?.metadata.annotations };
  };
  /** As SIGKILL ends a process: nothing that it sends arrives any more. */
  const kill = (identity: string) => {
    const before = api.before;
    const hang = new Promise<never>(() => undefined);
    api.before = (request) => (String(request.body ?? '').includes(`"${identity}"`) ? hang : before(request));
  };
  return { api, clock, process, advance, lease, kill, twice: () => twice };
}

describe('the shard to ask for', () => {
  it.each([
    ['the last one of those who hold most', ['a', 'a', 'a'], 'b', 2],
    ['of several of these the last one', ['a', 'c', 'a', 'c', 'a'], 'b', 4],
    ['none when others hold one more', ['a', 'b', 'a'], 'b', undefined],
    ['none of one', ['a'], 'b', undefined],
    ['none of its own', ['a', 'a', 'a'], 'a', undefined],
  ])('is %s', (_, holders, self, expected) => {
    expect(shardToAsk(new Map(holders.map((holder, shard) => [shard, holder])), self)).toBe(expected);
  });
});

describe('shards', () => {
  it('one shard is led at once, and its Lease says nothing of shards', async () => {
    const { process, advance, lease } = setUp();
    const a = process('a', 1);
    await advance(1000, a);
    expect([a.election.isLeader(), a.held(), lease(0).annotations]).toEqual([true, [0], {}]);
  });

  it('three processes that begin together hold one each, and never the same', async () => {
    const { process, advance, twice } = setUp();
    const all = ['a', 'b', 'c'].map((name) => process(name, 3));
    await advance(60_000, ...all);
    expect(all.map((one) => one.held().length)).toEqual([1, 1, 1]);
    expect(all.flatMap((one) => one.held()).sort((a, b) => a - b)).toEqual([0, 1, 2]);
    expect(twice()).toBe(false);
  });

  it('one process holds all, and gives shards to those that come later, after what is in hand', async () => {
    const { process, advance, twice, lease } = setUp();
    const a = process('a', 3, 1500);
    await advance(40_000, a);
    expect(a.held()).toEqual([0, 1, 2]);
    const b = process('b', 3, 1500);
    const c = process('c', 3, 1500);
    await advance(60_000, a, b, c);
    expect([a, b, c].map((one) => one.held().length)).toEqual([1, 1, 1]);
    expect(twice()).toBe(false);
    expect([1, 2].map((shard) => lease(shard).annotations)).toEqual([{}, {}]);
    // It goes on as it is.
    const before = [a, b, c].map((one) => one.log.length);
    await advance(300_000, a, b, c);
    expect([a, b, c].map((one) => one.log.length)).toEqual(before);
  });

  it('of three the shard of one that was killed goes to another within 20 seconds', async () => {
    const { process, advance, kill, twice } = setUp();
    const all = ['a', 'b', 'c'].map((name) => process(name, 3));
    await advance(60_000, ...all);
    kill('b');
    const [a, , c] = all;
    await advance(20_000, ...all);
    expect([...(a?.held() ?? []), ...(c?.held() ?? [])].sort((a, b) => a - b)).toEqual([0, 1, 2]);
    expect(all[1]?.election.isLeader()).toBe(false);
    expect(all[1]?.log).toContain('lost');
    expect(twice()).toBe(false);
  });

  it('a process that cannot renew one of its shards acts in none of them', async () => {
    const { process, advance, api } = setUp();
    const a = process('a', 3);
    await advance(40_000, a);
    const hang = new Promise<never>(() => undefined);
    api.before = ({ path }) => (path.endsWith('/shard-1') ? hang : undefined);
    await advance(11_000, a);
    expect([a.election.isLeader(), a.log.includes('lost')]).toEqual([false, true]);
    a.stop.abort();
  });

  it('one that stops gives its shards back at once', async () => {
    const { process, advance, twice } = setUp();
    const all = ['a', 'b', 'c'].map((name) => process(name, 3));
    await advance(60_000, ...all);
    all[0]?.stop.abort();
    await all[0]?.run;
    await advance(8000, ...all);
    expect(
      all
        .slice(1)
        .flatMap((one) => one.held())
        .sort((a, b) => a - b),
    ).toEqual([0, 1, 2]);
    expect(twice()).toBe(false);
  });

  it('a process that asks for a shard and ends does not keep it from the others', async () => {
    const { process, advance, kill } = setUp();
    const a = process('a', 2, 3000);
    await advance(40_000, a);
    const b = process('b', 2);
    while (!a.log.some((line) => line.startsWith('leaving'))) await advance(100, a, b);
    kill('b');
    await advance(40_000, a);
    expect(a.held()).toEqual([0, 1]);
  });

  it('while the number of shards changes none is held by processes that divide otherwise', async () => {
    const { process, advance, twice } = setUp();
    const old = ['a', 'b'].map((name) => process(name, 2));
    await advance(60_000, ...old);
    expect(old.map((one) => one.held().length)).toEqual([1, 1]);
    // They hold them since they took them, or got them when they asked: nothing goes to and fro.
    for (const one of old) expect(one.log.length).toBeLessThan(5);
    const next = process('n', 3);
    await advance(30_000, ...old, next);
    // As long as the old ones work, the new one waits.
    expect([next.held(), next.log]).toEqual([[], expect.arrayContaining(['others say 2'])]);
    const first = old.find((one) => one.election.holds(0));
    const other = old.find((one) => one !== first);
    first?.stop.abort();
    await first?.run;
    // The first Lease says 3, and the old process passes its deadline before anything begins.
    while (other?.election.isLeader() === true) {
      await advance(100, next);
      expect(next.held()).toEqual([]);
    }
    expect(other?.log).toContain('others say 3');
    await advance(30_000, next);
    expect(next.held()).toEqual([0, 1, 2]);
    expect(twice()).toBe(false);
  });

  it.each([
    [3, 1],
    [3, 2],
    [1, 3],
  ])('from %i shards to %i: no process of the new number works beside one of the old', async (before, after) => {
    const { process, advance, twice } = setUp();
    const old = ['a', 'b', 'c'].slice(0, before).map((name) => process(name, before));
    await advance(60_000, ...old);
    const next = process('n', after);
    const first = old.find((one) => one.election.holds(0));
    first?.stop.abort();
    await first?.run;
    const others = old.filter((one) => one !== first);
    // As in a rollout: the others end later, and may take what the first one has left.
    for (let ms = 0; ms < 90_000; ms += 100) {
      await advance(100, ...others, next);
      if (others.some((one) => one.election.isLeader())) expect(next.held()).toEqual([]);
      for (const one of others) if (ms > 30_000 || one.log.includes('lost')) one.stop.abort();
    }
    expect(next.held()).toEqual(Array.from({ length: after }, (_, shard) => shard));
    expect(twice()).toBe(false);
  });

  it('a first Lease that somebody deletes ends the others before it begins anew', async () => {
    const { process, advance, api, twice } = setUp();
    const all = ['a', 'b', 'c'].map((name) => process(name, 3));
    await advance(60_000, ...all);
    api.remove('leases', 'shard-0', 'ops');
    await advance(14_000, ...all);
    expect(all.filter((one) => one.log.includes('lost'))).toHaveLength(2);
    expect(twice()).toBe(false);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'each has one holder at most, and one in the end, while processes begin and end and answers are lost (I33; seed %i)',
    async (seed) => {
      const { process, advance, kill, api, twice } = setUp();
      const chance = new Prng(seed);
      const living = new Map<string, ReturnType<typeof process>>();
      let [born, isCalm] = [0, false];
      const lost = () => new TransportError('ConnectionReset', 'lost', { delivered: 'maybe' });
      api.after = () => (!isCalm && chance.float() < 0.05 ? lost() : undefined);
      for (let step = 0; step < 25; step++) {
        const name = chance.pick([...living.keys(), 'new']);
        const one = living.get(name);
        if (one === undefined && living.size < 4) {
          const next = `p${born++}`;
          // Some have the old number of shards for a while.
          living.set(next, process(next, step < 8 ? chance.pick([2, 3]) : 3, chance.below(2000)));
        } else if (one !== undefined && chance.float() < 0.3) {
          living.delete(name);
          if (chance.float() < 0.5) kill(name);
          else one.stop.abort();
        }
        await advance(chance.below(12_000), ...living.values());
        // A process that has lost a shard ends.
        for (const [name, { log, stop }] of living)
          if (log.includes('lost')) {
            stop.abort();
            living.delete(name);
          }
        expect(twice()).toBe(false);
      }
      isCalm = true;
      for (const [name, { stop }] of living) {
        stop.abort();
        living.delete(name);
      }
      const last = process('last', 3);
      await advance(60_000, last);
      expect(last.held()).toEqual([0, 1, 2]);
    },
  );
});
