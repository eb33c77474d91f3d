/**
 * Two operators as processes, over TLS with RBAC on. The one that leads is killed between its effect and the proof of
 * it: the other one takes over in less than 20 seconds, finishes the action, and sends the effect no second time.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { DEFAULT_NAMESPACE, LEASE_NAME } from '../../src/api/names.ts';
import type { LeaseSpec } from '../../src/kube/lease.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { fromTimestamp, systemClock } from '../../src/std/clock.ts';
import { hasOpenssl } from '../kit/certificates.ts';
import { kubectls } from '../kit/kubectl.ts';
import { ProcessCluster, seen } from '../kit/process-cluster.ts';
import { broken, CLUSTER, healing } from './attack-objects.ts';

const [kubectl] = kubectls();
const missing = kubectl === undefined ? 'kubectl' : hasOpenssl() ? undefined : 'openssl';
if (missing !== undefined) console.log(`skipped: a hand-over between processes needs ${missing}, which is not there`);

/** A Lease lasts 15 s, and a candidate looks every 2 s. */
const HAND_OVER_MS = 20_000;
const CONFIG = { evaluationInterval: '1s', leaderElect: true };

const statusOf = (action: KubeObject | undefined): ActionStatus => action?.['status'] ?? {};

describe.skipIf(missing !== undefined)('of two operators', () => {
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

  const lease = async (): Promise<LeaseSpec> => {
    const leases = await cluster.list(['leases', '-n', DEFAULT_NAMESPACE]);
    return leases.find(({ metadata }) => metadata.name === LEASE_NAME)?.['spec'] ?? {};
  };
  const actions = () => cluster.list(['healingactions', '-n', 'shop']);
  /** Requests for the workload that left, of either operator. */
  const effects = (): readonly string[] =>
    ['first', 'second'].flatMap((name) =>
      cluster
        .audit(name)
        .split('\n')
        .filter((line) => line.includes('"entry":"intent"') && line.includes('/deployments/')),
    );

  it('the second goes on where the first was killed, and nothing is done twice', async () => {
    const first = await cluster.operate(CONFIG, 'first');
    const { holderIdentity: led = '' } = await seen(lease, ({ holderIdentity = '' }) => holderIdentity !== '');
    await cluster.operate(CONFIG, 'second');
    await cluster.done('admin', ['apply', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'List',
      items: [...CLUSTER, broken('web', 'healing'), healing('healing', 'automatic')],
    });
    // Its effect is done, and it looks whether that helps.
    const midway = await seen(actions, ([action]) => statusOf(action).verification !== undefined, 60_000);
    expect(statusOf(midway[0]).phase).toBe('InProgress');
    // It has read everything by now, and waits.
    await seen(
      async () => cluster.log('second'),
      (log) => log.includes('another process leads'),
      30_000,
    );
    const killedAt = systemClock.now();
    first.kill('SIGKILL');
    const { holderIdentity, acquireTime } = await seen(lease, (now) => now.holderIdentity !== led, 40_000);
    expect(holderIdentity).not.toBe(led);
    // By the clock of this machine, which all of them share: how long it takes to look does not count.
    const tookMs = (fromTimestamp(acquireTime) ?? Infinity) - killedAt;
    console.log(`hand-over after a kill: ${(tookMs / 1000).toFixed(1)} s`);
    expect(tookMs).toBeLessThan(HAND_OVER_MS);
    const ended = await seen(actions, ([action]) => statusOf(action).completionTime !== undefined, 60_000);
    expect(ended.map((action) => statusOf(action).phase)).toEqual(['Succeeded']);
    expect(effects()).toHaveLength(1);
    const [web] = await cluster.list(['deployments', '-n', 'shop', 'web']);
    // Made, and restarted once.
    expect(web?.metadata.generation).toBe(2);
  }, 180_000);
});
