/** What faults are made of: an app with its Service, and the script or the field that breaks it. */
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { ActionType } from '../../src/api/action-template.ts';
import type { CauseName } from '../../src/core/analysis/causes/index.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Fault {
  readonly name: string;
  readonly family: string;
  readonly objects: readonly KubeObject[];
  /** Applied after a minute, over what is there. */
  readonly later?: readonly KubeObject[];
  readonly causes: readonly CauseName[];
  /** Kind and name of the root. */
  readonly root: readonly [string, string];
  /** Any of them is a fitting answer; none: only people can help. */
  readonly fits: readonly ActionType[];
  readonly harmful?: readonly ActionType[];
  /** What the scheduler says of pods of claims and ports of nodes, of which the embedded one knows nothing. */
  readonly refusedBy?: string;
  /** Volumes of this kind name objects that are not there: the embedded kubelet mounts them all the same. */
  readonly mountOf?: 'configmap' | 'secret';
  readonly cordonAll?: true;
  readonly taintAll?: true;
}

export const make = (kind: string, name: string, fields: Fields = {}): KubeObject => {
  const apiVersion = API[kind] ?? 'v1';
  const namespaced = !CLUSTER_WIDE.has(kind);
  return {
    apiVersion,
    kind,
    ...fields,
    metadata: { name, ...(namespaced && { namespace: 'default' }), ...(fields['metadata'] as object | undefined) },
  };
};

const CLUSTER_WIDE: ReadonlySet<string> = new Set(['Node', 'Namespace', 'PersistentVolume', 'StorageClass']);
const API: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  Job: 'batch/v1',
  Ingress: 'networking.k8s.io/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  PodDisruptionBudget: 'policy/v1',
  StorageClass: 'storage.k8s.io/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
};

interface App {
  readonly script?: unknown;
  readonly container?: Fields;
  readonly spec?: Fields;
  readonly deployment?: Fields;
}

export const app = (name: string, { script, container, spec, deployment }: App = {}): KubeObject =>
  make('Deployment', name, {
    metadata: { labels: { app: name } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name },
          ...(script !== undefined && { annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify(script) } }),
        },
        spec: {
          containers: [
            { name: 'main', image: 'registry.example/team/app:1', ports: [{ containerPort: 8080 }], ...container },
          ],
          ...spec,
        },
      },
      ...deployment,
    },
  });

export const service = (name: string, spec: Fields = {}): KubeObject =>
  make('Service', name, { spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }], ...spec } });

export const ROLLBACK: readonly ActionType[] = ['rollback', 'patch'];

export const fault = (name: string, family: string, rest: Omit<Fault, 'name' | 'family'>): Fault => ({
  name,
  family,
  ...rest,
});
export const WEB = ['Deployment', 'web'] as const;

/** One Deployment `web` with its Service, and a script that breaks it. */
export const scripted = (
  name: string,
  family: string,
  [script, causes]: readonly [unknown, readonly CauseName[]],
  more: Partial<Fault> & { readonly container?: Fields; readonly spec?: Fields } = {},
): Fault => {
  const { container, spec, ...rest } = more;
  return fault(name, family, {
    objects: [app('web', { script, ...(container && { container }), ...(spec && { spec }) }), service('web')],
    causes,
    root: WEB,
    fits: ROLLBACK,
    ...rest,
  });
};
export const pull = (fails: string) => ({ pull: { fails } });
export const crash = (code: number, lines: readonly string[] = []) => ({
  exit: { after: '2s', code },
  ...(lines.length > 0 && { logs: { lines } }),
});
export const probe = (field: string, probe: Fields, container: Fields = {}) => ({
  container: { [field]: { periodSeconds: 5, ...probe }, ...container },
});
export const unscheduled = (name: string, cause: CauseName, spec: Fields, more: Partial<Fault> = {}): Fault =>
  fault(name, 'scheduling', {
    objects: [app('web', { spec }), service('web')],
    causes: [cause],
    root: WEB,
    fits: ROLLBACK,
    harmful: ['drain'],
    ...more,
  });
export const asks = (requests: Fields) => ({
  containers: [{ name: 'main', image: 'registry.example/team/app:1', resources: { requests } }],
});
export const calling = (value: string) => app('front', { container: { env: [{ name: 'API_ADDR', value }] } });
export const backend = (spec: Fields = {}) => [app('api'), service('api', spec)];
