import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../std/clock.ts';
import type { KubeObject } from '../../../shapes/kube.ts';
import { EmbeddedSource } from './embedded-source.ts';
import { readExposition } from './exposition.ts';
import type { KubeletMetrics } from './kubelet-poller.ts';

const signal = new AbortController().signal;

const node = (name: string, ready: 'True' | 'False' = 'True'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: ready }] },
});

const summary = (claim: string, used: number): object => ({
  node: { nodeName: 'n' },
  pods: [
    {
      podRef: { name: 'db-0', namespace: 'shop', uid: 'u' },
      containers: [{ name: 'db', memory: { rssBytes: 70, usageBytes: 90 }, rootfs: { usedBytes: 5 } }],
      network: { interfaces: [{ name: 'eth0', rxBytes: 1, rxErrors: 2, txBytes: 3, txErrors: 4 }] },
      volume: [
        {
          name: 'data',
          pvcRef: { name: claim, namespace: 'shop' },
          capacityBytes: 100,
          availableBytes: 100 - used,
          usedBytes: used,
          inodes: 10,
        },
        { name: 'token', capacityBytes: 1, usedBytes: 1 },
      ],
    },
  ],
});

const CADVISOR = `# HELP container_cpu_cfs_throttled_periods_total Number of throttled period intervals.
# TYPE container_cpu_cfs_throttled_periods_total counter
container_cpu_cfs_throttled_periods_total{container="db",id="/kubepods/a",namespace="shop",pod="db-0"} 12 1700000000000
container_spec_memory_limit_bytes{container="",id="/",namespace="",pod=""} 0
machine_cpu_cores 8
`;

function setUp(metrics: KubeletMetrics, nodes: readonly KubeObject[]) {
  const clock = new VirtualClock();
  const answers = new Map<string, unknown>();
  const asked: string[] = [];
  const source = new EmbeddedSource({
    clock,
    objects: {
      hasSynced: () => true,
      subscribe: ({ kind }, onChange) => {
        if (kind === 'Node') for (const one of nodes) onChange(undefined, one);
        return () => undefined;
      },
    },
    kubelets: {
      metrics,
      feed: {
        get: async (name, path) => {
          asked.push(`${name}/${path}`);
          const answer = answers.get(`${name}/${path}`);
          if (answer === undefined) throw new Error('connection refused');
          return answer;
        },
      },
    },
  });
  return {
    answers,
    asked,
    ask: async (promql: string) => {
      await source.beginRound([promql], signal);
      const result = await source.query(promql, clock.now(), signal);
      await clock.advance(15_000);
      return result;
    },
  };
}

describe('kubelets as a source', () => {
  it('tell of volumes, containers and interfaces, each with its node', async () => {
    const { answers, ask, asked } = setUp('summary', [node('n1'), node('n2')]);
    answers.set('n1/stats/summary', summary('data-0', 96)).set('n2/stats/summary', summary('data-1', 10));
    expect(await ask('kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes > 0.9')).toMatchObject({
      samples: [{ labels: { namespace: 'shop', persistentvolumeclaim: 'data-0', node: 'n1' }, value: 0.96 }],
    });
    expect(await ask('container_memory_rss{node="n2"}')).toMatchObject({
      samples: [{ labels: { namespace: 'shop', pod: 'db-0', container: 'db', node: 'n2' }, value: 70 }],
    });
    expect(await ask('sum(container_network_receive_errors_total)')).toMatchObject({ samples: [{ value: 4 }] });
    expect(new Set(asked)).toEqual(new Set(['n1/stats/summary', 'n2/stats/summary']));
  });

  it('are asked only for what a query names', async () => {
    const { ask, asked } = setUp('summary', [node('n1')]);
    expect(await ask('kube_node_info')).toMatchObject({ type: 'vector' });
    expect(asked).toEqual([]);
  });

  it('of which one is silent make the answer partial, and of which none answers, none; a node that is not ready is left out', async () => {
    const { answers, ask } = setUp('summary', [node('n1'), node('n2'), node('gone', 'False')]);
    const query = 'sum(kubelet_volume_stats_used_bytes)';
    expect(await ask(query)).toMatchObject({
      reason: 'SourceDown',
      message: 'the kubelet of node n1 does not answer: connection refused (and 1 more)',
    });
    answers.set('n1/stats/summary', summary('data-0', 20));
    expect(await ask(query)).toMatchObject({
      reason: 'Partial',
      message: expect.stringContaining('node n2') as unknown,
    });
    answers.set('n2/stats/summary', summary('data-1', 1));
    expect(await ask(query)).toMatchObject({ samples: [{ value: 21 }] });
    answers.set('n2/stats/summary', '<html>');
    expect(await ask(query)).toMatchObject({
      reason: 'Partial',
      message: expect.stringContaining('not JSON') as unknown,
    });
  });

  it('answer what cAdvisor publishes when they may be asked, and nothing that it does not', async () => {
    const { answers, ask } = setUp('all', [node('n1')]);
    answers.set('n1/metrics/cadvisor', CADVISOR).set('n1/stats/summary', summary('data-0', 20));
    expect(await ask('container_cpu_cfs_throttled_periods_total')).toMatchObject({
      samples: [{ labels: { namespace: 'shop', pod: 'db-0', container: 'db', node: 'n1' }, value: 12 }],
    });
    expect(await ask('machine_cpu_cores')).toMatchObject({ samples: [{ labels: { node: 'n1' }, value: 8 }] });
    expect(await ask('kubelet_volume_stats_used_bytes')).toMatchObject({ samples: [{ value: 20 }] });
    expect(await ask('absent(container_cpu_cfs_periods_total)')).toMatchObject({
      type: 'unknown',
      reason: 'NoSuchFamily',
    });
    answers.set('n1/metrics/cadvisor', '<html></html>');
    expect(await ask('machine_cpu_cores')).toMatchObject({
      reason: 'SourceDown',
      message: expect.stringContaining('text format') as unknown,
    });
  });

  it('are refused by name where nobody allowed to ask them', async () => {
    const source = new EmbeddedSource({
      clock: new VirtualClock(),
      objects: { hasSynced: () => true, subscribe: () => () => undefined },
    });
    const result = await source.query('kubelet_volume_stats_used_bytes', 0, signal);
    expect(result).toMatchObject({
      reason: 'NoSuchFamily',
      message: expect.stringContaining('kubeletMetrics') as unknown,
    });
  });
});

describe("Prometheus' text format", () => {
  it('is read with its escapes and infinities', () => {
    const page = readExposition('a{x="1\\n\\"2\\"\\\\",y=""} +Inf\na 1e3 5\nb NaN\n', (family) => family === 'a');
    expect([...(page?.families ?? [])]).toEqual(['a', 'b']);
    expect(page?.series).toEqual([
      { family: 'a', labels: { x: '1\n"2"\\' }, value: Number.POSITIVE_INFINITY },
      { family: 'a', labels: {}, value: 1000 },
    ]);
  });

  it.each(['a', 'a{x="1"} one', '<html></html>'])('%s is none', (text) => {
    expect(readExposition(text, () => true)).toBeUndefined();
  });
});
