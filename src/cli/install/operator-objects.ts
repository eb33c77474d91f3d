/**
 * The operator's pods and what belongs to them: `kubeskippy install --with-operator` applies it, `make generate` writes
 * it to config/manager.
 */
import { createHash } from 'node:crypto';
import { COMPONENT } from '../../api/names.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';

export interface OperatorObjectsOptions {
  readonly namespace: string;
  /** With its digest, so that nobody can put another one behind the name. */
  readonly image: string;
  /** Two, so that a failover takes a lease's time and not a pod's start. */
  readonly replicas?: number;
  /** Text of the configuration file; omitted: the defaults. */
  readonly config?: string;
  /** The PersistentVolumeClaim for what the operator keeps in files. Omitted: each pod has a volume of its own. */
  readonly claim?: string;
}

const CONFIG_MAP = `${COMPONENT}-config`;
const CONFIG_FOLDER = '/etc/kubeskippy';
const CONFIG_FILE = 'config.yaml';
/** Keys and tokens that the configuration names by their files. A pod starts without the Secret too. */
export const KEYS_SECRET = `${COMPONENT}-keys`;
export const KEYS_FOLDER = '/etc/kubeskippy-keys';
/** The one folder that the pods can write: for `auditFile` and `recordDecisions`. */
export const FILES_FOLDER = '/var/lib/kubeskippy';
/**
 * By default six audit files of 64 MiB and 100 MiB of decisions are kept: 484 MiB. A pod that uses more than this limit
 * is evicted, so that twice as much is left.
 */
export const FILES_SIZE = '1Gi';
/** The user of the image, and the group to which a volume belongs that it writes. */
const USER = 65_532;
const METRICS_PORT = 8080;
const HEALTH_PORT = 8081;

const labels = { 'app.kubernetes.io/name': COMPONENT };

export function operatorObjects(options: OperatorObjectsOptions): readonly KubeObject[] {
  const metadata = { name: COMPONENT, namespace: options.namespace, labels };
  return [
    ...(options.config === undefined ? [] : [configMap(options.namespace, options.config)]),
    deployment(options),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, name: `${COMPONENT}-metrics` },
      spec: { selector: labels, ports: [{ name: 'metrics', port: METRICS_PORT, targetPort: 'metrics' }] },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      // Of two, one may go. Of one too: what does not run can be moved.
      spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: labels } },
    },
    {
      // Scrapers of metrics, from namespaces with this label. Probes come from the node and are not held back. What the
      // operator may reach (the API server, metric servers, webhooks) has addresses that only the cluster knows.
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { 'kubeskippy.io/scrapes': 'true' } } }],
            ports: [{ port: 'metrics' }],
          },
        ],
      },
    },
  ];
}

const configMap = (namespace: string, config: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: CONFIG_MAP, namespace, labels },
  data: { [CONFIG_FILE]: config },
});

/** Of a pod, for as long as the pod is there, or one that outlives it. */
export const filesVolume = (claim: string | undefined) => ({
  name: 'files',
  ...(claim === undefined ? { emptyDir: { sizeLimit: FILES_SIZE } } : { persistentVolumeClaim: { claimName: claim } }),
});

function deployment({ namespace, image, replicas = 2, config, claim }: OperatorObjectsOptions): KubeObject {
  const keys = { name: 'keys', secret: { secretName: KEYS_SECRET, optional: true } };
  const configured = { name: 'config', configMap: { name: CONFIG_MAP } };
  const files = filesVolume(claim);
  // Another configuration is another template: the pods are replaced.
  const annotations =
    config === undefined
      ? undefined
      : { 'kubeskippy.io/config-hash': createHash('sha256').update(config).digest('hex').slice(0, 16) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: COMPONENT, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        // The operator never heals itself.
        metadata: { labels: { ...labels, 'kubeskippy.io/protected': 'true' }, ...given({ annotations }) },
        spec: {
          serviceAccountName: COMPONENT,
          // SIGTERM is answered within 10 s; the rest is reserve for a slow node.
          terminationGracePeriodSeconds: 20,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER,
            fsGroup: USER,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          // Two on one node would go together.
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: labels },
            },
          ],
          containers: [container(image, config)],
          volumes: config === undefined ? [keys, files] : [configured, keys, files],
        },
      },
    },
  };
}

function container(image: string, config: string | undefined): object {
  const keys = { name: 'keys', mountPath: KEYS_FOLDER, readOnly: true };
  const configured = { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true };
  const files = { name: 'files', mountPath: FILES_FOLDER };
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const probe = (path: string, periodSeconds: number) => ({ httpGet: { path, port: 'health' }, periodSeconds });
  return {
    name: 'operator',
    image,
    imagePullPolicy: 'IfNotPresent',
    args: [
      'run',
      '--leader-elect',
      `--metrics-bind-address=:${METRICS_PORT}`,
      `--health-probe-bind-address=:${HEALTH_PORT}`,
      ...(config === undefined ? [] : [`--config=${CONFIG_FOLDER}/${CONFIG_FILE}`]),
    ],
    env: [field('POD_NAMESPACE', 'metadata.namespace'), field('POD_NAME', 'metadata.name')],
    ports: [
      { name: 'metrics', containerPort: METRICS_PORT },
      { name: 'health', containerPort: HEALTH_PORT },
    ],
    livenessProbe: probe('/healthz', 20),
    readinessProbe: probe('/readyz', 5),
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: config === undefined ? [keys, files] : [configured, keys, files],
  };
}
