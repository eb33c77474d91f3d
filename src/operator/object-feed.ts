/**
 * The cluster for sources of metrics. Kinds that the operator watches anyway are shared; others are watched while a
 * source subscribes to them.
 */
import type { CacheLease, CacheSet } from '../kube/cache-set.ts';
import type { KubeClient } from '../kube/client.ts';
import { withDeadline } from '../kube/deadline.ts';
import { projection } from '../kube/projection.ts';
import { apiVersionOf, type ResourceRef, type ResourceType } from '../kube/resource.ts';
import {
  CRON_JOBS,
  DAEMON_SETS,
  DEPLOYMENTS,
  HORIZONTAL_POD_AUTOSCALERS,
  JOBS,
  NAMESPACES,
  NODES,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  POD_DISRUPTION_BUDGETS,
  PODS,
  REPLICA_SETS,
  RESOURCE_QUOTAS,
  SERVICES,
  STATEFUL_SETS,
} from '../kube/well-known.ts';
import type { KubeletFeed, ObjectChange, ObjectFeed, ObjectsWanted, UsageFeed } from './ports.ts';

const TYPES: ReadonlyMap<string, ResourceType> = new Map(
  [
    PODS,
    NODES,
    DEPLOYMENTS,
    STATEFUL_SETS,
    DAEMON_SETS,
    REPLICA_SETS,
    JOBS,
    CRON_JOBS,
    HORIZONTAL_POD_AUTOSCALERS,
    POD_DISRUPTION_BUDGETS,
    PERSISTENT_VOLUME_CLAIMS,
    PERSISTENT_VOLUMES,
    RESOURCE_QUOTAS,
    NAMESPACES,
    SERVICES,
  ].map((type) => [`${apiVersionOf(type)}/${type.kind}`, type]),
);

const METRICS_POD: ResourceRef = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods', namespaced: true };
const METRICS_NODE: ResourceRef = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'nodes', namespaced: false };

/**
 * `caches` are not those that decisions read: that a kind is not permitted or does not exist makes no decision stale.
 */
export class OperatorObjectFeed implements ObjectFeed {
  readonly #shared: (wanted: ObjectsWanted) => CacheLease | undefined;
  readonly #caches: CacheSet;
  readonly #held = new Map<string, CacheLease>();

  /** `shared` leases the cache of a kind that is watched anyway, when its objects have the fields. */
  constructor(shared: (wanted: ObjectsWanted) => CacheLease | undefined, caches: CacheSet) {
    this.#shared = shared;
    this.#caches = caches;
  }

  subscribe(wanted: ObjectsWanted, onChange: ObjectChange): (() => void) | undefined {
    const held = this.#hold(wanted);
    if (held === undefined) return undefined;
    const key = feedKey(wanted);
    this.#held.set(key, held);
    const unsubscribe = held.cache.subscribe(({ old, new: object }) => onChange(old, object));
    return () => {
      unsubscribe();
      held.release();
      this.#held.delete(key);
    };
  }

  hasSynced(wanted: ObjectsWanted): boolean {
    return this.#held.get(feedKey(wanted))?.cache.hasSynced ?? false;
  }

  #hold({ apiVersion, kind, fields }: ObjectsWanted): CacheLease | undefined {
    const shared = this.#shared({ apiVersion, kind, fields });
    if (shared !== undefined) return shared;
    const type = TYPES.get(`${apiVersion}/${kind}`);
    if (type === undefined) return undefined;
    return this.#caches.acquire({ type, projection: projection(`metrics ${fields.join()}`, fields) });
  }
}

const feedKey = ({ apiVersion, kind, fields }: ObjectsWanted): string => `${apiVersion}/${kind} ${fields.join()}`;

export const usageFeed = (client: KubeClient): UsageFeed => ({
  pods: async (signal) => (await client.list(METRICS_POD, { signal })).items,
  nodes: async (signal) => (await client.list(METRICS_NODE, { signal })).items,
});

/** A kubelet that is slow must not hold up a round. */
const KUBELET_TIMEOUT_MS = 5000;

/** Through the API server. */
export const kubeletFeed = (client: KubeClient): KubeletFeed => ({
  get: (node, path, signal) =>
    withDeadline({ clock: client.clock, timeoutMs: KUBELET_TIMEOUT_MS, signal }, async (either) => {
      const request = { method: 'GET' as const, path: `/api/v1/nodes/${encodeURIComponent(node)}/proxy/${path}` };
      const { status, value } = await client.request(request, { signal: either });
      if (status === 403)
        throw new Error('403: the operator may not get nodes/proxy; apply config/rbac/kubelet-metrics.yaml');
      if (status !== 200) throw new Error(`HTTP ${status}`);
      return value;
    }),
});
