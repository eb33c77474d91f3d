import { describe, expect, it } from 'vitest';
import { podWith, SECOND } from '../../test/kit/core-data.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { Pod } from '../shapes/workloads.ts';
import { VirtualClock } from '../std/clock.ts';
import { DependencySight } from './dependency-sight.ts';

const workload = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace, name, uid: `${namespace}/${name}` },
});
const NAMES_DB = {
  template: { spec: { containers: [{ name: 'app', env: [{ name: 'DB_HOST', value: 'db.pay.svc' }] }] } },
};
const DB = 'dependency Service pay/db';

/** Every workload names the Service `db` in `pay`, and the one pod behind it is not ready. */
function world() {
  const clock = new VirtualClock();
  const server = { answers: true, reads: [] as string[] };
  const behind = podWith({ restartCount: 9, state: { waiting: { reason: 'CrashLoopBackOff' } } });
  const pod = { ...behind, metadata: { ...behind.metadata, namespace: 'pay', labels: { app: 'db' } } } as Pod;
  const sight = new DependencySight({
    clock,
    signal: new AbortController().signal,
    world: { pods: { list: (namespace?: string) => (namespace === 'pay' ? [pod] : []) } as never },
    reader: {
      one: async (kind, { namespace, name }) => {
        if (!server.answers) return { items: [], gap: { kind, why: 'Timeout' } };
        if (kind !== 'Service') server.reads.push(`${namespace}/${name}`);
        const spec = kind !== 'Service' ? NAMES_DB : name === 'db' ? { selector: { app: 'db' } } : undefined;
        return { items: spec === undefined ? [] : [{ ...workload(namespace ?? '', name), spec }] };
      },
    },
  });
  /** So many looks, each with all that the workloads ask. */
  const looks = async (count: number, asking: readonly KubeObject[]): Promise<void> => {
    for (let i = 0; i < count; i++) {
      for (const one of asking) sight.of(one);
      await clock.advance(31 * SECOND);
    }
  };
  const knownOf = (asking: readonly KubeObject[]) => asking.filter((one) => sight.of(one).includes(DB)).length;
  return { server, looks, knownOf };
}
const many = (namespace: string, count: number) =>
  Array.from({ length: count }, (_, index) => workload(namespace, `app-${index}`));

describe('the Services that workloads in trouble need', () => {
  it('come to be known of all workloads, fifty with each look', async () => {
    const { looks, knownOf } = world();
    const all = many('cart', 120);
    await looks(1, all);
    expect(knownOf(all)).toBe(50);
    await looks(2, all);
    expect(knownOf(all)).toBe(120);
  });

  it('are known of the few of one namespace before those of another that has hundreds', async () => {
    const { looks, knownOf } = world();
    const [few, hundreds] = [many('mail', 3), many('cart', 500)];
    await looks(1, [...hundreds, ...few]);
    expect([knownOf(few), knownOf(hundreds)]).toEqual([3, 47]);
  });

  it('stay as they were while the server does not answer', async () => {
    const { server, looks, knownOf } = world();
    const all = many('cart', 12);
    await looks(1, all);
    server.answers = false;
    await looks(3, all);
    expect(knownOf(all)).toBe(12);
  });

  it('are forgotten with a workload that is well', async () => {
    const { server, looks } = world();
    await looks(1, many('cart', 2));
    await looks(2, many('cart', 1));
    await looks(1, many('cart', 2));
    expect(server.reads.filter((key) => key === 'cart/app-1')).toHaveLength(2);
  });
});
