import { describe, expect, it } from 'vitest';
import { embeddedMetrics, loopingPod } from '../../../../test/kit/embedded-metrics.ts';
import type { UsageFeed } from '../../../operator/ports.ts';
import { toTimestamp } from '../../../std/clock.ts';

describe('the embedded source', () => {
  it('answers the README rule for the pod that restarts, once it has watched for as long as the rule looks back', async () => {
    const { source, objects, ask, rounds } = embeddedMetrics();
    const rule = 'rate(kube_pod_container_status_restarts_total[5m]) > 0.01';
    source.refer(rule);
    objects.put(loopingPod('steady', 3));
    await rounds(10, (round) => objects.put(loopingPod('looping', round)));
    expect(await ask(rule)).toMatchObject({ type: 'unknown', reason: 'NotCovered' });
    await rounds(15, (round) => objects.put(loopingPod('looping', 10 + round)));
    const answer = await ask(rule);
    expect(answer).toMatchObject({
      type: 'vector',
      samples: [{ labels: { namespace: 'shop', pod: 'looping', container: 'app' } }],
    });
  });

  it('makes only families that are asked for, from what is there when they are', async () => {
    const { source, objects, ask, rounds } = embeddedMetrics();
    objects.put(loopingPod('a', 0));
    await rounds(1);
    expect(source.seriesCount).toBe(0);
    expect(await ask('kube_pod_status_phase == 1')).toMatchObject({ reason: 'NotCovered' });
    await rounds(1);
    expect(await ask('kube_pod_status_phase == 1')).toMatchObject({
      samples: [{ labels: { pod: 'a', phase: 'Running' }, value: 1 }],
    });
    expect(source.seriesCount).toBe(5);
  });

  it('never takes ignorance for absence (I13)', async () => {
    const { objects, ask, rounds } = embeddedMetrics();
    expect(await ask('absent(node_load1)')).toMatchObject({ type: 'unknown', reason: 'NoSuchFamily' });
    expect(await ask('absent({__name__=~"kube_.*"})')).toMatchObject({ reason: 'NoSuchFamily' });
    expect(await ask('absent(kube_pod_info{job="kube-state-metrics"})')).toMatchObject({ reason: 'NoSuchFamily' });
    expect(await ask('error_rate_percent > 5')).toMatchObject({ reason: 'NoSuchFamily' });
    expect(await ask('memory_usage_percent > 85')).toMatchObject({ reason: 'NoSuchFamily' });
    objects.synced = false;
    await ask('absent(kube_pod_info)');
    await rounds(1);
    expect(await ask('absent(kube_pod_info)')).toMatchObject({ type: 'unknown', reason: 'NotCovered' });
    objects.synced = true;
    await rounds(1);
    expect(await ask('absent(kube_pod_info)')).toMatchObject({ type: 'vector', samples: [{ value: 1 }] });
  });

  it('drops the series of a deleted object at the next sampling', async () => {
    const { source, objects, ask, rounds } = embeddedMetrics();
    source.refer('kube_pod_info');
    objects.put(loopingPod('a', 0));
    await rounds(2);
    expect(await ask('count(kube_pod_info)')).toMatchObject({ samples: [{ value: 1 }] });
    objects.remove('Pod', 'a');
    await rounds(1);
    expect(await ask('kube_pod_info')).toMatchObject({ type: 'vector', samples: [] });
  });

  it('knows nothing of now when it has not sampled for three intervals', async () => {
    const { clock, objects, ask, rounds } = embeddedMetrics();
    objects.put(loopingPod('a', 0));
    await ask('kube_pod_info');
    await rounds(1);
    await clock.advance(31_000);
    expect(await ask('absent(kube_pod_info)')).toMatchObject({ type: 'unknown', reason: 'NotCovered' });
  });

  it('says what is wrong with a query', async () => {
    const { ask, rounds, objects } = embeddedMetrics();
    objects.put(loopingPod('a', 0));
    objects.put(loopingPod('b', 0));
    expect(await ask('rate(kube_pod_info)')).toMatchObject({
      reason: 'InvalidQuery',
      message: expect.stringMatching(/^1:6: parse error/) as string,
    });
    await ask('kube_pod_info * on (namespace) kube_pod_info');
    await rounds(1);
    expect(await ask('kube_pod_info * on (namespace) kube_pod_info')).toMatchObject({ reason: 'Failed' });
    expect(await ask('absent(histogram_sum(kube_pod_info))')).toMatchObject({ reason: 'InvalidQuery' });
    expect(await ask('kube_pod_info[5m]')).toMatchObject({ type: 'unknown' });
  });

  it('turns usage into counters, bytes and shares, and knows nothing while metrics.k8s.io is silent', async () => {
    let isDown = false;
    let memory = '100Mi';
    const at = { timestamp: '' };
    const feed: UsageFeed = {
      pods: () =>
        isDown
          ? Promise.reject(new Error('503'))
          : Promise.resolve([
              {
                apiVersion: 'metrics.k8s.io/v1beta1',
                kind: 'PodMetrics',
                metadata: { name: 'a', namespace: 'shop' },
                timestamp: at.timestamp,
                containers: [{ name: 'app', usage: { cpu: '250m', memory } }],
              },
            ]),
      nodes: () => Promise.resolve([]),
    };
    const { source, clock, objects, ask, rounds } = embeddedMetrics(feed);
    objects.put(loopingPod('a', 0));
    for (const query of ['memory_usage_percent', 'cpu_usage_percent', 'rate(container_cpu_usage_seconds_total[2m])'])
      source.refer(query);
    const tick = (): void => {
      at.timestamp = toTimestamp(clock.now());
    };
    await rounds(12, tick);
    expect(await ask('memory_usage_percent > 85')).toMatchObject({ type: 'vector', samples: [] });
    expect(await ask('cpu_usage_percent')).toMatchObject({
      samples: [{ labels: { namespace: 'shop', pod: 'a' }, value: 50 }],
    });
    const rate = await ask('rate(container_cpu_usage_seconds_total[2m])');
    expect(rate.type === 'vector' && rate.samples[0]?.value).toBeCloseTo(0.25, 5);
    memory = '190Mi';
    await rounds(1, tick);
    expect(await ask('memory_usage_percent > 85')).toMatchObject({ samples: [{ value: 95 }] });
    isDown = true;
    await rounds(1, tick);
    expect(await ask('absent(memory_usage_percent)')).toMatchObject({ type: 'unknown', reason: 'SourceDown' });
  });
});
