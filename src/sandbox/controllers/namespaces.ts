/** Empties namespaces that are being deleted, and gives new ones what every namespace has. */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { equalJson } from '../machinery/json.ts';
import { type Catalog, type Context, objectKey } from '../runtime/context.ts';
import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS } from '../runtime/resources.ts';
import type { Namespace, WorkloadCondition } from '../runtime/shapes.ts';

const ROOT_CA = 'kube-root-ca.crt';
const ROOT_CA_DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/**
 * While finalizers hold content back, the namespace is looked at again this often, as the real controller's estimate
 * does.
 */
const RECHECK_MS = 1000;

export interface NamespaceOptions {
  readonly catalog: Catalog;
  /** PEM of the certificate that signs the server's. Empty when it serves plain HTTP only. */
  readonly rootCa: string;
}

/** The default ServiceAccount and the root certificate's ConfigMap, put back when somebody deletes them. */
export function startNamespaceContents(context: Context, { rootCa }: NamespaceOptions): void {
  const fill = (name: string): void => {
    const namespace = context.get(NAMESPACES, { name });
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return;
    ensure(SERVICE_ACCOUNTS, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: name },
    });
    ensure(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: ROOT_CA, namespace: name, annotations: { 'kubernetes.io/description': ROOT_CA_DESCRIPTION } },
      data: { 'ca.crt': rootCa },
    });
  };
  const queue = context.queue(fill);
  const ensure = (resource: typeof SERVICE_ACCOUNTS, object: KubeObject): void => {
    if (context.get(resource, objectKey(object)) === undefined) context.create(resource, object);
  };
  context.watch(NAMESPACES, ({ type, object }) => {
    // At once: a pod that is made in the same instant needs the account.
    if (type === 'ADDED') fill(object.metadata.name);
    else if (type === 'MODIFIED') queue.add(object.metadata.name);
  });
  context.watch(SERVICE_ACCOUNTS, ({ type, object }) => {
    if (type === 'DELETED' && object.metadata.name === 'default') queue.add(object.metadata.namespace ?? '');
  });
  context.watch(CONFIG_MAPS, ({ type, object }) => {
    if (type === 'DELETED' && object.metadata.name === ROOT_CA) queue.add(object.metadata.namespace ?? '');
  });
}

export function startNamespaceDeletion(context: Context, { catalog }: NamespaceOptions): void {
  const queue = context.queue((name) => {
    const namespace = context.get(NAMESPACES, { name });
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    const left = empty(name);
    if (left.size === 0) finish(namespace);
    else {
      report(namespace, left);
      queue.addAt(name, context.now() + RECHECK_MS);
    }
  });
  context.watch(NAMESPACES, ({ type, object }) => {
    if (type !== 'DELETED' && object.metadata.deletionTimestamp !== undefined) queue.add(object.metadata.name);
  });

  /** Deletes everything in it. Returns what stays for now, by resource. */
  function empty(name: string): Map<string, readonly KubeObject[]> {
    const left = new Map<string, readonly KubeObject[]>();
    for (const kind of catalog.kinds()) {
      if (!kind.namespaced) continue;
      for (const object of context.cluster.list(kind, name)) {
        if (object.metadata.deletionTimestamp !== undefined) continue;
        context.cluster.remove(
          kind,
          { namespace: name, name: object.metadata.name },
          { propagationPolicy: 'Background' },
        );
      }
      const rest = context.cluster.list(kind, name);
      if (rest.length > 0) left.set(kind.group === '' ? `${kind.resource}.` : `${kind.resource}.${kind.group}`, rest);
    }
    return left;
  }

  function report(namespace: Namespace, left: ReadonlyMap<string, readonly KubeObject[]>): void {
    const conditions = deletionConditions(namespace.status?.conditions ?? [], left, toTimestamp(context.now()));
    if (equalJson(conditions, namespace.status?.conditions)) return;
    context.modifyStatus(NAMESPACES, namespace, (draft) => {
      draft['status'] = { ...draft['status'], conditions };
      return draft;
    });
  }

  /** What the `finalize` subresource does: without spec.finalizers the namespace goes. */
  function finish(namespace: Namespace): void {
    const key = objectKey(namespace);
    const finalized = context.cluster.modify(
      NAMESPACES,
      key,
      (draft) => {
        draft['spec'] = { ...draft['spec'], finalizers: [] };
        return draft;
      },
      'finalize',
    );
    if (finalized !== undefined) context.cluster.remove(NAMESPACES, key, { uid: namespace.metadata.uid ?? '' });
  }
}

/** https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/namespace/deletion/status_condition_utils.go */
export function deletionConditions(
  before: readonly WorkloadCondition[],
  left: ReadonlyMap<string, readonly KubeObject[]>,
  stamp: string,
): readonly WorkloadCondition[] {
  const remaining = [...left]
    .map(([resource, objects]) => `${resource} has ${objects.length} resource instances`)
    .sort();
  const finalizers = new Map<string, number>();
  for (const objects of left.values())
    for (const object of objects)
      for (const finalizer of object.metadata.finalizers ?? [])
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  const held = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort();
  const make = (
    type: string,
    [status, reason, message]: readonly ['True' | 'False', string, string],
  ): WorkloadCondition => {
    const known = before.find((condition) => condition.type === type);
    const same = known?.status === status && known.reason === reason && known.message === message;
    const lastTransitionTime = same && known.lastTransitionTime ? known.lastTransitionTime : stamp;
    return { type, status, lastTransitionTime, reason, message };
  };
  return [
    make('NamespaceDeletionDiscoveryFailure', [
      'False',
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ]),
    make('NamespaceDeletionGroupVersionParsingFailure', [
      'False',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ]),
    make('NamespaceDeletionContentFailure', [
      'False',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ]),
    make(
      'NamespaceContentRemaining',
      remaining.length > 0
        ? ['True', 'SomeResourcesRemain', `Some resources are remaining: ${remaining.join(', ')}`]
        : ['False', 'ContentRemoved', 'All content successfully removed'],
    ),
    make(
      'NamespaceFinalizersRemaining',
      held.length > 0
        ? ['True', 'SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${held.join(', ')}`]
        : ['False', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    ),
  ];
}
