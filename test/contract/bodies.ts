/** Paths and objects that the cases share. */
import type { ContractCase, Request, Step } from './case.ts';
import { create, eventually, get, remove } from './steps.ts';

type Fields = Readonly<Record<string, unknown>>;

const namespaced = (group: string, plural: string): string => `${group}/namespaces/{ns}/${plural}`;
export const CM = namespaced('/api/v1', 'configmaps');
export const SECRETS = namespaced('/api/v1', 'secrets');
export const SERVICES = namespaced('/api/v1', 'services');
export const PODS = namespaced('/api/v1', 'pods');
export const DEPLOY = namespaced('/apis/apps/v1', 'deployments');
export const REPLICA_SETS = namespaced('/apis/apps/v1', 'replicasets');
export const STATEFUL_SETS = namespaced('/apis/apps/v1', 'statefulsets');
export const JOBS = namespaced('/apis/batch/v1', 'jobs');
export const CRON_JOBS = namespaced('/apis/batch/v1', 'cronjobs');
export const BUDGETS = namespaced('/apis/policy/v1', 'poddisruptionbudgets');
export const LEASES = namespaced('/apis/coordination.k8s.io/v1', 'leases');
export const ROLES = namespaced('/apis/rbac.authorization.k8s.io/v1', 'roles');
export const BINDINGS = namespaced('/apis/rbac.authorization.k8s.io/v1', 'rolebindings');
export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const DEFINITION = `${CRDS}/widgets.{id}.contract.test`;
export const WIDGETS = namespaced('/apis/{id}.contract.test/v1', 'widgets');

/** Kubernetes' own image that only waits: real clusters can pull it. */
const IMAGE = 'registry.k8s.io/pause:3.10';

export const configMap = (name: string, data?: Fields, meta: Fields = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...meta },
  ...(data === undefined ? {} : { data }),
});
export const podSpec = (more: Fields = {}) => ({
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'main', image: IMAGE }],
  ...more,
});
export const template = (app: string, more: Fields = {}) => ({ metadata: { labels: { app } }, spec: podSpec(more) });
/** Paused: its controller makes nothing, so that the answers are the server's alone. */
export const deployment = (replicas: number, spec: Fields = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: { replicas, paused: true, selector: { matchLabels: { app: 'd' } }, template: template('d'), ...spec },
});
export const workload = (kind: string, name: string, spec: Fields = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec },
});
/** No node has its label: nothing binds or runs it. */
export const pod = (name: string, spec: Fields = {}, meta: Fields = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...meta },
  spec: podSpec({ nodeSelector: { 'contract.test/none': 'here' }, ...spec }),
});
export const budget = (name: string, app: string, spec: Fields) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name },
  spec: { selector: { matchLabels: { app } }, ...spec },
});
export const eviction = (name: string, more: Fields = {}) => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name },
  ...more,
});

interface DefinitionOptions {
  /** Schema of `spec`. */
  readonly spec?: Fields;
  readonly status?: Fields;
  /** Beside or in place of the fields of the only version. */
  readonly version?: Fields;
  /** Beside or in place of the fields of the definition's spec. */
  readonly more?: Fields;
}
export const definition = ({ spec = {}, status = {}, version = {}, more = {} }: DefinitionOptions = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.{id}.contract.test' },
  spec: {
    group: '{id}.contract.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', ...spec }, status: { type: 'object', ...status } },
          },
        },
        ...version,
      },
    ],
    ...more,
  },
});
export const widget = (spec: Fields, name = 'a') => ({
  apiVersion: '{id}.contract.test/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});
const served: Request = eventually(get(WIDGETS, { kind: 'WidgetList' }));

/** A case with a kind of its own: made before its steps, removed after them. */
export const withKind = (title: string, options: DefinitionOptions, steps: readonly Step[]): ContractCase => ({
  title,
  steps: [create(CRDS, definition(options)), served, ...steps],
  after: [remove(DEFINITION)],
});
export const withDefinition = (title: string, steps: readonly Step[]): ContractCase => ({
  title,
  steps,
  after: [remove(DEFINITION)],
});
export { served };
