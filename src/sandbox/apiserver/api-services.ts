/**
 * The APIServices that a server registers for what it serves itself: those of its own groups once, those of custom
 * kinds as long as a definition serves the version. k8s.io/kubernetes/cmd/kube-apiserver/app/aggregator.go,
 * pkg/controlplane/apiserver/aggregator.go and k8s.io/kube-aggregator/pkg/controllers.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { DEFINITIONS } from '../crd/definition-controller.ts';
import { bringAlong } from '../machinery/bring-along.ts';
import type { Cluster, Gvr } from '../machinery/cluster.ts';
import { asText, at, objectsOf } from '../machinery/json.ts';
import type { Registry } from '../machinery/registry.ts';

export const API_SERVICES: Gvr = { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices' };

const MANAGED = 'kube-aggregator.kubernetes.io/automanaged';

interface Priority {
  readonly group: number;
  readonly version: number;
}

/** Of groups of custom kinds. */
const LOW: Priority = { group: 1000, version: 100 };

/** By `group/version`, as the server has them. */
const PRIORITIES: Readonly<Record<string, readonly [group: number, version: number]>> = {
  '/v1': [18_000, 1],
  'apps/v1': [17_800, 15],
  'events.k8s.io/v1': [17_750, 15],
  'authentication.k8s.io/v1': [17_700, 15],
  'authorization.k8s.io/v1': [17_600, 15],
  'autoscaling/v1': [17_500, 15],
  'autoscaling/v2': [17_500, 30],
  'batch/v1': [17_400, 15],
  'certificates.k8s.io/v1': [17_300, 15],
  'networking.k8s.io/v1': [17_200, 15],
  'policy/v1': [17_100, 15],
  'rbac.authorization.k8s.io/v1': [17_000, 15],
  'storage.k8s.io/v1': [16_800, 15],
  'apiextensions.k8s.io/v1': [16_700, 15],
  'admissionregistration.k8s.io/v1': [16_700, 15],
  'scheduling.k8s.io/v1': [16_600, 15],
  'coordination.k8s.io/v1': [16_500, 15],
  'node.k8s.io/v1': [16_300, 15],
  'discovery.k8s.io/v1': [16_200, 15],
  'resource.k8s.io/v1': [16_200, 21],
  'flowcontrol.apiserver.k8s.io/v1': [16_100, 21],
};

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

const apiService = ({ group, version }: GroupVersion, priority: Priority, managed: 'onstart' | 'true'): KubeObject => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: `${version}.${group}`, labels: { [MANAGED]: managed } },
  spec: {
    ...(group === '' ? {} : { group }),
    version,
    groupPriorityMinimum: priority.group,
    versionPriority: priority.version,
  },
});

export class ApiServiceRegistration {
  readonly #cluster: Cluster;
  readonly #registry: Registry;

  constructor(cluster: Cluster, registry: Registry) {
    this.#cluster = cluster;
    this.#registry = registry;
  }

  /** Returns the function that ends it. */
  start(): () => void {
    this.#registerOwn();
    const stops = [
      this.#cluster.subscribe(API_SERVICES, ({ type, object }) => {
        if (type === 'ADDED') this.#judge(object.metadata.name);
      }),
      this.#cluster.subscribe(DEFINITIONS, ({ object }) => this.#follow(asText(at(object, 'spec', 'group')))),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #registerOwn(): void {
    for (const group of this.#registry.groups())
      for (const version of this.#registry.versions(group)) {
        const priority = PRIORITIES[`${group}/${version}`];
        if (!priority) continue;
        const service = apiService({ group, version }, { group: priority[0], version: priority[1] }, 'onstart');
        const registered = bringAlong(this.#cluster, API_SERVICES, { ...service, status: {} });
        this.#cluster.restore(API_SERVICES, { ...registered, status: { conditions: [this.#available()] } });
      }
  }

  #register(served: GroupVersion): void {
    const service = apiService(served, LOW, 'true');
    if (!this.#cluster.get(API_SERVICES, { name: service.metadata.name })) this.#cluster.create(API_SERVICES, service);
  }

  /** What no other server answers for is there. */
  #judge(name: string): void {
    const service = this.#cluster.get(API_SERVICES, { name });
    if (!service || at(service, 'spec', 'service') !== undefined) return;
    this.#cluster.modify(
      API_SERVICES,
      { name },
      (draft) => ({ ...draft, status: { conditions: [this.#available()] } }),
      'status',
    );
  }

  #available() {
    return {
      type: 'Available',
      status: 'True',
      lastTransitionTime: toTimestamp(this.#cluster.clock.now()),
      reason: 'Local',
      message: 'Local APIServices are always available',
    };
  }

  /** Versions of a group that definitions serve have their APIServices; those that none serves any more lose them. */
  #follow(group: string): void {
    const served = new Set(
      this.#cluster
        .list(DEFINITIONS)
        .filter((definition) => at(definition, 'spec', 'group') === group)
        .flatMap((definition) => objectsOf(at(definition, 'spec', 'versions')))
        .filter((version) => version['served'] === true)
        .map((version) => asText(version['name'])),
    );
    for (const version of served) this.#register({ group, version });
    for (const service of this.#cluster.list(API_SERVICES)) {
      const own = service.metadata.labels?.[MANAGED] === 'true' && at(service, 'spec', 'group') === group;
      if (own && !served.has(asText(at(service, 'spec', 'version'))))
        this.#cluster.remove(API_SERVICES, { name: service.metadata.name });
    }
  }
}
