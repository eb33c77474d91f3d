/**
 * `/healthz`, `/livez` and `/readyz`, as https://kubernetes.io/docs/reference/using-api/health-checks/ describes them.
 * A process that answers has passed them all: the names are those that kube-apiserver 1.36 lists with its default
 * flags.
 */
import type { KubeResponse } from '../../shapes/transport.ts';
import { NOT_SNIFFED, text } from './responses.ts';
import type { Query } from '../machinery/route.ts';

const HOOKS = [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'storage-object-count-tracker-hook',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'peer-endpoint-reconciler-controller',
  'start-cluster-authentication-info-controller',
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
  'storage-readiness',
  'start-legacy-token-tracking-controller',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
  'start-kube-aggregator-informers',
  'apiservice-status-local-available-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
].map((name) => `poststarthook/${name}`);
const LAST_HOOKS = [
  'autoregister-completion',
  'poststarthook/apiservice-openapi-controller',
  'poststarthook/apiservice-openapiv3-controller',
];

const ALIVE = ['ping', 'log', 'loopback-serving-certificate', 'etcd', ...HOOKS, ...LAST_HOOKS];
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  healthz: ALIVE,
  livez: ALIVE,
  readyz: ['ping', 'log', 'etcd', 'etcd-readiness', 'informer-sync', ...HOOKS, ...LAST_HOOKS, 'shutdown'],
};

/** Each endpoint and each of its checks. */
export const HEALTH_PATHS: readonly string[] = Object.entries(CHECKS).flatMap(([endpoint, checks]) => [
  `/${endpoint}`,
  ...checks.map((check) => `/${endpoint}/${check}`),
]);

function plain(content: string): KubeResponse {
  const answer = text(200, content);
  return { ...answer, headers: { ...answer.headers, ...NOT_SNIFFED } };
}

/** Undefined: the path is none of these. */
export function healthAnswer(path: string, query: Query): KubeResponse | undefined {
  const [, endpoint = '', check = ''] = /^\/([a-z]+)(?:\/(.+))?$/.exec(path) ?? [];
  const checks = Object.hasOwn(CHECKS, endpoint) ? CHECKS[endpoint] : undefined;
  if (!checks || (check !== '' && !checks.includes(check))) return undefined;
  if (check !== '' || !query.has('verbose')) return plain('ok');
  const excluded = new Set(query.all('exclude'));
  const lines = checks.map((name) => `[+]${name} ${excluded.has(name) ? 'excluded: ' : ''}ok\n`);
  const unknown = [...excluded].filter((name) => !checks.includes(name)).sort();
  const warning =
    unknown.length === 0
      ? ''
      : `warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(',')}\n`;
  return plain(`${lines.join('')}${warning}${endpoint} check passed\n`);
}
