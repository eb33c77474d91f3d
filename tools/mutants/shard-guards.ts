/** What keeps two processes from working on the same namespace. */
import type { Guard } from './guard.ts';

const ELECTION = 'src/kube/shard-election.ts';
const TEST = 'src/kube/shard-election.test.ts';

export const SHARD_GUARDS: readonly Guard[] = [
  {
    name: 'shards: a shard is held only while the first Lease says as many',
    file: ELECTION,
    guard: 'return said === count && settled === count;',
    without: 'return true;',
    test: TEST,
  },
  {
    name: 'shards: another number of shards begins when the old one has ended',
    file: ELECTION,
    guard: 'const isSettled = now - this.#changedAt > SETTLE_MS;',
    without: 'const isSettled = now >= this.#changedAt;',
    test: TEST,
  },
  {
    name: 'shards: what is in hand ends before the Lease is given away',
    file: ELECTION,
    guard: 'void this.#config.onLeaving(shard).then(() => end?.abort',
    without:
      'void Promise.resolve(this.#config.onLeaving(shard)).finally(() => 0);\n    void Promise.resolve().then(() => end?.abort',
    test: TEST,
  },
  {
    name: 'shards: a shard that is asked for is left to the process that asked',
    file: ELECTION,
    guard: '(wantedBy === undefined ? 0 : RESERVED_MS)',
    without: '0',
    test: TEST,
  },
  {
    name: 'shards: one that holds shards leaves free ones to others',
    file: ELECTION,
    guard: 'others.size * LEAVE_MS +',
    without: '0 * LEAVE_MS +',
    test: TEST,
  },
  {
    name: 'shards: a process that lost one acts in none',
    file: ELECTION,
    guard: '.every((shard) => this.#elections.get(shard)?.isLeader() === true)',
    without: '.some((shard) => this.#elections.get(shard)?.isLeader() === true)',
    test: TEST,
  },
  {
    name: 'shards: a Lease of another is not renewed by its last answer',
    file: 'src/kube/lease.ts',
    guard: 'this.isLeader() && this.holder === identity &&',
    without: 'this.isLeader() &&',
    test: 'src/kube/lease.test.ts',
  },
  {
    name: 'shards: policies of other shards are not worked on',
    file: 'src/operator/wakes.ts',
    guard: 'return share.includes(namespace) && ',
    without: 'return ',
    test: 'test/healing/shards.test.ts',
  },
  {
    name: 'shards: actions of other shards are not worked on',
    file: 'src/operator/action/action-view.ts',
    guard: "if (!from.share.includes(action?.spec.policyRef?.namespace ?? parseKey(key).namespace ?? '')) return {};",
    without: '',
    test: 'test/healing/shards.test.ts',
  },
  {
    name: 'shards: one process tells of what concerns all',
    file: 'src/operator/pauses.ts',
    guard: 'if (speaks() && (',
    without: 'if ((',
    test: 'test/healing/shards.test.ts',
  },
];
