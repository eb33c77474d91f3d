import { container, look, make, pod, service, unready, workload } from '../../../../../test/kit/analysis/looks.ts';
import { holdsInRows } from '../../../../../test/kit/analysis/rows.ts';

const other = make('Deployment', 'other', {
  spec: { replicas: 1, template: { metadata: { labels: { app: 'other' } }, spec: { containers: [] } } },
});
const calls = (value: string, name = 'front') =>
  make('Deployment', name, {
    spec: {
      replicas: 1,
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'm', env: [{ name: 'WEB_ADDR', value }] }] },
      },
    },
  });
const zero = (replicas: number) =>
  make('Deployment', 'web', { spec: { replicas, template: { metadata: { labels: { app: 'web' } } } } });
const policy = (ingress: readonly unknown[], name = 'p') =>
  make('NetworkPolicy', name, {
    spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress },
  });
const ingress = (name: string, number: number) =>
  make('Ingress', 'i', {
    spec: { rules: [{ http: { paths: [{ backend: { service: { name, port: { number } } } }] } }] },
  });
const dns = (ready: boolean, phase: object = {}) => [
  make('Service', 'kube-dns', {
    metadata: { namespace: 'kube-system' },
    spec: { selector: { 'k8s-app': 'kube-dns' } },
    ...phase,
  }),
  make('Pod', 'coredns-1', {
    metadata: { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }),
];
const resolving = (dnsPolicy: string, nameservers: readonly string[] = []) =>
  workload({
    dnsPolicy,
    dnsConfig: { nameservers },
    containers: [container({ env: [{ name: 'API', value: 'api:80' }] })],
  });
const api = service({}, 'api');
const logs = (lines: readonly string[]) => [{ pod: { kind: 'Pod', namespace: 'shop', name: 'web-1-a' }, lines }];

const listening = (name: string, containerPort?: number) =>
  make('Deployment', name, {
    spec: {
      replicas: 1,
      template: {
        metadata: { labels: { app: name, route: 'a' } },
        spec: { containers: [{ name: 'm', ports: containerPort === undefined ? [] : [{ containerPort }] }] },
      },
    },
  });
const callerOn = (nodeName: string) => [
  calls('web:80'),
  make('Pod', 'front-1', {
    metadata: {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'front', uid: 'f', controller: true }],
    },
    spec: { nodeName },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }),
];

holdsInRows({
  ServiceTargetPortMismatch: {
    holds: look([...workload(), service({ ports: [{ port: 80, targetPort: 9090 }] })]),
    nearly: look([...workload(), service()]),
    // Nothing is known of containers that declare no ports.
    against: look([
      ...workload({ containers: [container({ ports: [] })] }),
      service({ ports: [{ port: 80, targetPort: 9090 }] }),
    ]),
  },
  ServiceProtocolMismatch: {
    holds: look([...workload(), service({ ports: [{ port: 80, targetPort: 8080, protocol: 'UDP' }] })]),
    nearly: look([...workload(), service({ ports: [{ port: 80, targetPort: 9090, protocol: 'UDP' }] })]),
    against: look([
      ...workload({ containers: [container({ ports: [{ containerPort: 8080, protocol: 'UDP' }] })] }),
      service({ ports: [{ port: 80, targetPort: 8080, protocol: 'UDP' }] }),
    ]),
  },
  ServiceSelectorMismatch: {
    holds: look([...workload(), pod(), service({ selector: { app: 'wbe' } })]),
    nearly: look([...workload(), pod(), service()]),
    // Its workload is there and has no pods: that has a cause of its own.
    against: look([...workload(), other, pod({ metadata: { labels: { app: 'other' } } }), service()]),
  },
  ServicePortWrong: {
    holds: look([...workload(), service({ ports: [{ port: 81, targetPort: 8080 }] }), calls('web:8080')]),
    nearly: look([...workload(), service({ ports: [{ port: 81, targetPort: 8080 }] }), calls('web:7777')]),
    against: look([...workload(), service({ ports: [{ port: 8080 }] }), calls('web:8080')]),
  },
  DependencyPortWrong: {
    holds: look([...workload(), service(), calls('web:7777')]),
    nearly: look([...workload(), service(), calls('web:80')]),
    against: look([...workload(), service(), calls('web:7777'), calls('web:7777', 'second')]),
  },
  DependencyAddressWrong: {
    holds: look([...workload(), service({}, 'catalog'), calls('catalog-old:80')]),
    nearly: look([...workload(), service({}, 'catalog'), calls('catalog:80')]),
    against: look([...workload(), service({}, 'catalog'), calls('catalog-old:80')], {
      gaps: [{ kind: 'Service', why: 'Forbidden' }],
    }),
  },
  DependencyMissing: {
    holds: look([service({}, 'catalog'), calls('payment:80')]),
    nearly: look([service({}, 'catalog'), calls('payment.example.com:80')]),
    against: look([service({}, 'catalog'), calls('payment:80')], { gaps: [{ kind: 'Service', why: 'Forbidden' }] }),
  },
  NoReadyEndpoints: {
    holds: look([...workload(), pod({ status: unready() }), service()]),
    nearly: look([...workload(), service()]),
    against: look([...workload(), pod({ status: unready() }), pod({ name: 'web-1-b' }), service()]),
  },
  ScaledToZero: {
    holds: look([zero(0), service()]),
    nearly: look([zero(1), service()]),
    against: look([zero(0), service({ selector: { app: 'other' } })]),
  },
  ServiceSelectsStrangers: {
    holds: look([listening('web', 8080), listening('api', 9090), service({ selector: { route: 'a' } })]),
    nearly: look([listening('web', 8080), listening('api', 8080), service({ selector: { route: 'a' } })]),
    // It declares no port: nothing is known of it.
    against: look([listening('web', 8080), listening('api'), service({ selector: { route: 'a' } })]),
  },
  ServiceStaysOnNode: {
    holds: look([...workload(), pod(), ...callerOn('n2'), service({ internalTrafficPolicy: 'Local' })]),
    nearly: look([...workload(), pod(), ...callerOn('n1'), service({ internalTrafficPolicy: 'Local' })]),
    against: look([...workload(), pod(), ...callerOn('n2'), service({ internalTrafficPolicy: 'Cluster' })]),
  },
  NetworkPolicyBlocks: {
    holds: look([...workload(), pod(), service(), calls('web:80'), policy([])]),
    nearly: look([...workload(), pod(), service(), policy([])]),
    against: look([...workload(), pod(), service(), calls('web:80'), policy([]), policy([{}], 'second')]),
  },
  IngressBackendWrong: {
    holds: look([ingress('web', 81), service()]),
    nearly: look([ingress('web', 80), service()]),
    against: look([ingress('gone', 80)], { gaps: [{ kind: 'Service', why: 'Forbidden' }] }),
  },
  ClusterDnsDown: {
    holds: look(dns(false)),
    nearly: look(dns(true)),
    against: look(dns(false), { gaps: [{ kind: 'Pod', namespace: 'kube-system', why: 'Forbidden' }] }),
  },
  PodDnsWrong: {
    holds: look([...resolving('None', ['8.8.8.8']), api]),
    nearly: look([...resolving('ClusterFirst', ['8.8.8.8']), api]),
    // It names no Service, so that it needs none.
    against: look([...workload({ dnsPolicy: 'Default' }), api]),
  },
  NameResolutionFails: {
    holds: look([pod({ status: unready() })], { logs: logs(['java.net.UnknownHostException: catalog']) }),
    nearly: look([pod({ status: unready() })], { logs: logs(['connection refused']) }),
    against: look([pod()], { logs: logs(['java.net.UnknownHostException: catalog']) }),
  },
});
