/**
 * Three operators as processes that share the namespaces, over TLS with RBAC on. The one that works on a shard is
 * killed between its effect and the proof of it: another takes the shard over in less than 20 seconds, finishes the
 * action, and sends the effect no second time. A process that comes back gets a shard again.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { DEFAULT_NAMESPACE, leaseOfShard } from '../../src/api/names.ts';
import { shardOf } from '../../src/core/shards.ts';
import type { LeaseSpec } from '../../src/kube/lease.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { fromTimestamp, systemClock } from '../../src/std/clock.ts';
import { hasOpenssl } from '../kit/certificates.ts';
import { kubectls } from '../kit/kubectl.ts';
import { ProcessCluster, seen } from '../kit/process-cluster.ts';
import { broken, CLUSTER, healing } from './attack-objects.ts';

const [kubectl] = kubectls();
const missing = kubectl === undefined ? 'kubectl' : hasOpenssl() ? undefined : 'openssl';
if (missing !== undefined) console.log(`skipped: shards of processes need ${missing}, which is not there`);

/** A Lease lasts 15 s, and one that holds a shard already leaves a free one to others for 2 s. */
const HAND_OVER_MS = 20_000;
const SHARDS = 3;
const CONFIG = { evaluationInterval: '1s', leaderElect: true, shards: SHARDS };
const NAMES = ['first', 'second', 'third'] as const;

const statusOf = (action: KubeObject | undefined): ActionStatus => action?.['status'] ?? {};

describe.skipIf(missing !== undefined)('of three operators that share the namespaces', () => {
  let cluster: ProcessCluster;
  beforeAll(async () => {
    cluster = await ProcessCluster.start({
      kubectl: kubectl ?? { path: '', version: '' },
      byToken: [],
      byCertificate: [],
      install: [],
    });
  }, 120_000);
  afterAll(() => cluster.end());

  const leases = async (): Promise<readonly LeaseSpec[]> => {
    const all = await cluster.list(['leases', '-n', DEFAULT_NAMESPACE]);
    return Array.from({ length: SHARDS }, (_, shard): LeaseSpec => {
      const found = all.find(({ metadata }) => metadata.name === leaseOfShard(shard));
      return found?.['spec'] ?? {};
    });
  };
  const holders = async () => (await leases()).map(({ holderIdentity = '' }) => holderIdentity);
  const isSpread = (all: readonly string[]) => new Set(all.filter((one) => one !== '')).size === SHARDS;
  const actions = () => cluster.list(['healingactions', '-n', 'shop']);
  /** Who it is, as its log says. */
  const nameOf = (identity: string) => NAMES.find((name) => cluster.log(name).includes(identity));
  const effects = (): readonly string[] =>
    NAMES.flatMap((name) =>
      cluster
        .audit(name)
        .split('\n')
        .filter((line) => line.includes('"entry":"intent"') && line.includes('/deployments/')),
    );

  it('one takes over what another had begun, and nothing is done twice', async () => {
    const all = {
      first: await cluster.operate(CONFIG, 'first'),
      second: await cluster.operate(CONFIG, 'second'),
      third: await cluster.operate(CONFIG, 'third'),
    };
    const spread = await seen(holders, isSpread, 90_000);
    const shard = shardOf('shop', SHARDS);
    const busy = nameOf(spread[shard] ?? '');
    expect(busy).toBeDefined();
    await cluster.done('admin', ['apply', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'List',
      items: [...CLUSTER, broken('web', 'healing'), healing('healing', 'automatic')],
    });
    const midway = await seen(actions, ([action]) => statusOf(action).verification !== undefined, 60_000);
    expect(statusOf(midway[0]).phase).toBe('InProgress');
    const killedAt = systemClock.now();
    all[busy ?? 'first'].kill('SIGKILL');
    const taken = await seen(leases, (now) => now[shard]?.holderIdentity !== spread[shard], 40_000);
    // By the clock of this machine, which all of them share: how long it takes to look does not count.
    const tookMs = (fromTimestamp(taken[shard]?.acquireTime) ?? Infinity) - killedAt;
    console.log(`hand-over of a shard after a kill: ${(tookMs / 1000).toFixed(1)} s`);
    expect(tookMs).toBeLessThan(HAND_OVER_MS);
    expect(spread).toContain(taken[shard]?.holderIdentity);
    const ended = await seen(actions, ([action]) => statusOf(action).completionTime !== undefined, 60_000);
    expect(ended.map((action) => statusOf(action).phase)).toEqual(['Succeeded']);
    expect(effects()).toHaveLength(1);
    const [web] = await cluster.list(['deployments', '-n', 'shop', 'web']);
    // Made, and restarted once.
    expect(web?.metadata.generation).toBe(2);
    const { out } = await cluster.program(['status']);
    expect(out).toMatch(/operator +3 shards: /);
    await cluster.operate(CONFIG, 'fourth');
    const again = await seen(holders, isSpread, 60_000);
    expect(again.filter((one) => !spread.includes(one))).toHaveLength(1);
  }, 360_000);
});
