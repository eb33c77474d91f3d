import { describe, expect, it } from 'vitest';
import { embeddedMetrics } from '../../../../test/kit/embedded-metrics.ts';
import { EVERY_KIND } from '../../../../test/kit/every-kind.ts';
import { type MetricAllowLists, NOTHING_ALLOWED } from '../../../api/metric-allow-lists.ts';
import type { KubeObject } from '../../../shapes/kube.ts';
import { allowedFamilies, allowListFor } from './metadata-families.ts';

const pod = (metadata: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name: 'web', uid: 'u', ...metadata },
});
const labels = (metricLabelsAllowlist: MetricAllowLists['metricLabelsAllowlist']): MetricAllowLists => ({
  ...NOTHING_ALLOWED,
  metricLabelsAllowlist,
});

async function asked(family: string, allowed: MetricAllowLists, objects: readonly KubeObject[]) {
  const metrics = embeddedMetrics(undefined, allowed);
  for (const object of objects) metrics.objects.put(object);
  metrics.source.refer(family);
  await metrics.rounds(1);
  return metrics.ask(family);
}
const seriesOf = async (...of: Parameters<typeof asked>) => {
  const answer = await asked(...of);
  if (answer.type !== 'vector') throw new Error(JSON.stringify(answer));
  return answer.samples.map(({ labels: all, value }) => {
    const { __name__: _family, ...rest } = all;
    return [rest, value];
  });
};

const WHO = { namespace: 'shop', pod: 'web', uid: 'u' };

describe('labels of objects as series', () => {
  it.each<[string, readonly string[], object, object]>([
    [
      'are those that are allowed',
      ['app', 'team'],
      { app: 'web', team: 'a', tier: 'x' },
      { label_app: 'web', label_team: 'a' },
    ],
    [
      'have names that Prometheus takes',
      ['app.kubernetes.io/partOf'],
      { 'app.kubernetes.io/partOf': 's' },
      { label_app_kubernetes_io_part_of: 's' },
    ],
    ['are left out where an object has them not', ['team'], { app: 'web' }, {}],
    ['are all of them with *', ['*'], { app: 'web', tier: 'x' }, { label_app: 'web', label_tier: 'x' }],
    [
      'that come to one name are told apart by a number',
      ['*'],
      { 'a.b': '1', 'a/b': '2', a_b: '3', c: '4' },
      { label_a_b_conflict1: '1', label_a_b_conflict2: '2', label_a_b_conflict3: '3', label_c: '4' },
    ],
    ['never come from what every object has', ['constructor', 'toString'], { app: 'web' }, {}],
  ])('%s', async (_title, keys, of, shown) => {
    const object = pod({ labels: of });
    expect(await seriesOf('kube_pod_labels', labels({ pods: keys }), [object])).toEqual([[{ ...WHO, ...shown }, 1]]);
  });

  it('follow the object', async () => {
    const metrics = embeddedMetrics(undefined, labels({ pods: ['app'] }));
    metrics.objects.put(pod({ labels: { app: 'a' } }));
    metrics.source.refer('kube_pod_labels');
    await metrics.rounds(1);
    metrics.objects.put(pod({ labels: { app: 'b' } }));
    await metrics.rounds(1);
    const answer = await metrics.ask('kube_pod_labels');
    expect(answer.type === 'vector' && answer.samples.map((one) => one.labels['label_app'])).toEqual(['b']);
  });

  it('of annotations are a family of their own', async () => {
    const allowed = { ...NOTHING_ALLOWED, metricAnnotationsAllowlist: { pods: ['example.com/owner'] } };
    const object = pod({ labels: { app: 'web' }, annotations: { 'example.com/owner': 'team-a', other: 'x' } });
    expect(await seriesOf('kube_pod_annotations', allowed, [object])).toEqual([
      [{ ...WHO, annotation_example_com_owner: 'team-a' }, 1],
    ]);
    expect((await asked('kube_pod_labels', allowed, [object])).type).toBe('unknown');
  });

  const everywhere = { metricLabelsAllowlist: { '*': ['app'] }, metricAnnotationsAllowlist: { '*': ['note'] } };
  it.each([...allowedFamilies(everywhere)])('%s is there of its kind, with the name of the object', async (family) => {
    const [first] = await seriesOf(family, everywhere, EVERY_KIND);
    expect(first?.[1]).toBe(1);
    expect(Object.keys(first?.[0] ?? {}).length).toBeGreaterThan(0);
  });

  it('that are not allowed are refused, with the line that allows them', async () => {
    const answer = await asked('kube_deployment_labels', labels({ pods: ['app'] }), []);
    expect(answer).toMatchObject({
      type: 'unknown',
      reason: 'NoSuchFamily',
      message: expect.stringContaining('`metricLabelsAllowlist: {deployments: [app]}`'),
    });
    expect([allowListFor('kube_node_annotations').length > 0, allowListFor('kube_pod_info')]).toEqual([true, '']);
  });

  it('of two kinds whose objects have one name are kept apart', async () => {
    const allowed = labels({ deployments: ['app'], statefulsets: ['app'] });
    const of = (kind: string): KubeObject => ({
      apiVersion: 'apps/v1',
      kind,
      metadata: { namespace: 'shop', name: 'web', labels: { app: kind } },
    });
    const metrics = embeddedMetrics(undefined, allowed);
    for (const kind of ['Deployment', 'StatefulSet']) metrics.objects.put(of(kind));
    for (const family of ['kube_deployment_labels', 'kube_statefulset_labels']) metrics.source.refer(family);
    await metrics.rounds(1);
    const answer = await metrics.ask('count({__name__=~"kube_deployment_labels|kube_statefulset_labels"})');
    expect(answer.type === 'vector' && answer.samples.map(({ value }) => value)).toEqual([2]);
  });
});
