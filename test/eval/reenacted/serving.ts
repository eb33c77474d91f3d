/** Services, policies, names and autoscalers. */
import { app, crash, fault, make, ROLLBACK, service } from '../fault-makers.ts';
import { script, type Script } from './script.ts';
import { broken, orders, ORDERS, says, scene, store, STORE } from './stage.ts';

const policy = (policyTypes: readonly string[]) =>
  make('NetworkPolicy', 'deny', { spec: { podSelector: { matchLabels: { app: 'store' } }, policyTypes } });

export const SERVICE: readonly Script[] = [
  script(
    /modified-target-port|target_port|k8s_target_port|^incorrect_port_assignment/,
    scene(
      'a Service that sends to another port',
      'service',
      [service('store', { ports: [{ port: 80, targetPort: 9999 }] })],
      { causes: ['ServiceTargetPortMismatch'], root: ['Service', 'store'], fits: ['patch'] },
    ),
  ),
  script(
    /invalid-kubernetes-service-selector|wrong_service_selector/,
    scene(
      'a Service that selects nothing',
      'service',
      [service('store', { selector: { app: 'store', revision: 'next' } })],
      { causes: ['ServiceSelectorMismatch'], root: ['Service', 'store'], fits: ['patch'] },
    ),
  ),
  script(
    /service_wrong_pod_selection/,
    scene(
      'a Service that selects pods of another program',
      'service',
      [
        app('store', { deployment: { template: labelled('store', 8080) } }),
        app('search', { deployment: { template: labelled('search', 8082) } }),
        service('store', { selector: { route: 'store' } }),
      ],
      { causes: ['ServiceSelectsStrangers'], root: ['Service', 'store'], fits: ['patch'] },
    ),
  ),
  script(
    /deleted-kubernetes-service|missing_service/,
    fault('a Service that is gone', 'service', {
      objects: [store(), orders(), service('orders')],
      causes: ['DependencyMissing'],
      root: ['Service', 'store'],
      fits: ['patch'],
    }),
  ),
  script(
    /scaled-to-zero|scale_pod_zero/,
    broken('no replica', 'service', { deployment: { replicas: 0 } }, ['ScaledToZero'], { fits: ['scale'] }),
  ),
  script(
    /ingress-port-blocking-network-policy|network_policy_block/,
    scene('a policy that lets nothing in', 'service', [policy(['Ingress', 'Egress'])], {
      causes: ['NetworkPolicyBlocks'],
      root: ['NetworkPolicy', 'deny'],
      fits: ['patch'],
    }),
  ),
  script(
    /modified-.*-environment-variable|env_variable_shadowing|payment_service_unreachable/,
    scene(
      'an address that is not right',
      'service',
      [orders({ container: { env: [{ name: 'STORE_ADDR', value: 'store-v2:80' }] } })],
      { causes: ['DependencyAddressWrong'], root: ORDERS, fits: ROLLBACK },
    ),
  ),
  script(
    /dns-policy|wrong_dns_policy/,
    scene(
      'a resolver that does not know the cluster',
      'service',
      [
        orders({
          script: [crash(1, ['dial tcp: lookup store on 8.8.8.8:53: no such host'])],
          spec: { dnsPolicy: 'None', dnsConfig: { nameservers: ['8.8.8.8'] } },
        }),
      ],
      { causes: ['PodDnsWrong'], root: ORDERS, fits: ROLLBACK },
    ),
  ),
  script(
    /service_dns_resolution|stale_coredns/,
    says(
      'a name that does not resolve',
      'dial tcp: lookup store.default.svc.cluster.local on 10.96.0.10:53: no such host',
      ['NameResolutionFails'],
    ),
  ),
  script(
    /internal_traffic_policy_local/,
    scene(
      'a Service that stays on the node',
      'service',
      [
        store({ spec: { nodeSelector: { 'kubernetes.io/hostname': 'node-1' } } }),
        orders({ spec: { nodeSelector: { 'kubernetes.io/hostname': 'node-2' } } }),
        service('store', { internalTrafficPolicy: 'Local' }),
      ],
      { causes: ['ServiceStaysOnNode'], root: ['Service', 'store'], fits: ['patch'] },
    ),
  ),
  script(
    /hpa_missing_effective_cpu_request/,
    scene(
      'an autoscaler without requests',
      'performance',
      [
        make('HorizontalPodAutoscaler', 'store', {
          spec: {
            scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'store' },
            minReplicas: 1,
            maxReplicas: 5,
            metrics: [
              { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
            ],
          },
        }),
      ],
      {
        causes: ['AutoscalerWithoutRequests'],
        fits: ['patch', 'resize', 'rollback'],
      },
    ),
  ),
  script(/^noop/, scene('nothing is wrong', 'healthy', [], { causes: [], fits: [], root: STORE })),
];

function labelled(name: string, containerPort: number) {
  return {
    metadata: { labels: { app: name, route: 'store' } },
    spec: { containers: [{ name: 'main', image: 'registry.example/team/app:1', ports: [{ containerPort }] }] },
  };
}
