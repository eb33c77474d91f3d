import { describe, expect, it } from 'vitest';
import { embeddedMetrics } from '../../../../test/kit/embedded-metrics.ts';
import { EVERY_KIND } from '../../../../test/kit/every-kind.ts';
import { FAMILIES } from './registry.ts';

describe('every object family', () => {
  it.each(FAMILIES.filter((family) => family.startsWith('kube_')))('%s has series', async (family) => {
    const { source, objects, ask, rounds } = embeddedMetrics();
    for (const object of EVERY_KIND) objects.put(object);
    source.refer(family);
    await rounds(1);
    const answer = await ask(family);
    expect(answer.type === 'vector' && answer.samples.length).toBeGreaterThan(0);
  });

  it.each([
    [
      'kube_pod_container_status_last_terminated_reason',
      { namespace: 'shop', pod: 'full', uid: 'u', container: 'app', reason: 'OOMKilled' },
      1,
    ],
    [
      'kube_pod_container_resource_limits{resource="nvidia_com_gpu"}',
      {
        namespace: 'shop',
        pod: 'full',
        uid: 'u',
        container: 'app',
        node: 'n1',
        resource: 'nvidia_com_gpu',
        unit: 'integer',
      },
      1,
    ],
    ['kube_node_status_condition{status="unknown"}', { node: 'n1', condition: 'Ready', status: 'unknown' }, 1],
    [
      'kube_deployment_status_condition{status="true"}',
      { namespace: 'shop', deployment: 'w', condition: 'Available', status: 'true' },
      1,
    ],
    [
      'kube_horizontalpodautoscaler_status_target_metric',
      { namespace: 'shop', horizontalpodautoscaler: 'h', metric_name: 'requests', metric_target_type: 'average' },
      1.5,
    ],
    ['kube_cronjob_next_schedule_time', { namespace: 'shop', cronjob: 'c' }, Date.parse('2026-01-01T00:01:00Z') / 1000],
    [
      'kube_pod_tolerations',
      {
        namespace: 'shop',
        pod: 'full',
        uid: 'u',
        key: 'k',
        operator: 'Exists',
        effect: 'NoExecute',
        toleration_seconds: '300',
      },
      1,
    ],
    ['kube_pod_service_account', { namespace: 'shop', pod: 'full', uid: 'u', service_account: 'a' }, 1],
    ['kube_namespace_status_phase{phase="Active"}', { namespace: 'shop', phase: 'Active' }, 1],
    ['kube_service_info', { namespace: 'shop', service: 's', uid: 'su', cluster_ip: '10.0.0.1' }, 1],
    ['kube_service_spec_type', { namespace: 'shop', service: 's', uid: 'su', type: 'LoadBalancer' }, 1],
    ['kube_deployment_status_terminating_replicas', { namespace: 'shop', deployment: 'w' }, 1],
    ['kube_deployment_spec_replicas', { namespace: 'shop', deployment: 'w' }, 3],
    [
      'kube_job_status_failed{reason="BackoffLimitExceeded"}',
      { namespace: 'shop', job_name: 'j', reason: 'BackoffLimitExceeded' },
      1,
    ],
    ['kube_resourcequota{type="used"}', { namespace: 'shop', resourcequota: 'q', resource: 'pods', type: 'used' }, 9],
    [
      'kube_persistentvolumeclaim_resource_requests_storage_bytes',
      { namespace: 'shop', persistentvolumeclaim: 'd' },
      2 ** 30,
    ],
  ])('%s is labelled as its exporter labels it', async (query, labels, value) => {
    const { source, objects, ask, rounds } = embeddedMetrics();
    for (const object of EVERY_KIND) objects.put(object);
    source.refer(query);
    await rounds(1);
    const name = query.replace(/\{.*/, '');
    expect(await ask(query)).toMatchObject({
      type: 'vector',
      samples: [{ labels: { ...labels, __name__: name }, value }],
    });
  });
});
