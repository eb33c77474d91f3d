/**
 * ReplicaSets, and ReplicationControllers before them: as many pods as asked for.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
 */
import type { KubeObject, LabelSelector } from '../../shapes/kube.ts';
import { isApiError } from '../machinery/errors.ts';
import { equalJson } from '../machinery/json.ts';
import { toTimestamp } from '../../std/clock.ts';
import { type Context, parseKey } from '../runtime/context.ts';
import {
  isPodActive,
  isPodAvailable,
  isPodFinished,
  isPodReady,
  isTerminating,
  nextAvailableAt,
} from '../runtime/pods.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { PODS, REPLICA_SETS, REPLICATION_CONTROLLERS, type Resource } from '../runtime/resources.ts';
import { SelectorIndex, selects } from '../runtime/selectors.ts';
import type { Pod, ReplicaSet, ReplicationController, WorkloadCondition } from '../runtime/shapes.ts';
import { conditionOf, withoutCondition } from './conditions.ts';
import { victims } from './deletion-order.ts';
import { makePod } from './make-pod.ts';
import { claim, Orphans, removeExactly, watchChildren, watchOwners } from './ownership.ts';

/**
 * Pods made or deleted in one go.
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/replicaset/replica_set.go (BurstReplicas)
 */
const BURST = 500;

/** One of the two kinds, read as a ReplicaSet. */
interface Style {
  readonly kind: Resource;
  readonly component: string;
  readonly status: 'counts terminating pods' | 'does not';
  readonly asSet: (object: KubeObject) => ReplicaSet;
}

export const startReplicaSets = (context: Context): void =>
  start(context, {
    kind: REPLICA_SETS,
    component: 'replicaset-controller',
    status: 'counts terminating pods',
    asSet: (object) => object as ReplicaSet,
  });

/** https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/ */
export const startReplicationControllers = (context: Context): void =>
  start(context, {
    kind: REPLICATION_CONTROLLERS,
    component: 'replication-controller',
    status: 'does not',
    asSet: (object) => {
      const { spec, ...rest } = object as ReplicationController;
      return { ...rest, spec: { ...spec, selector: { matchLabels: spec.selector ?? {} } } };
    },
  });

function start(context: Context, style: Style): void {
  const events = context.recorder(style.component);
  const orphans = new Orphans();
  const selectors = new SelectorIndex();
  const queue = context.queue((key) => sync(key));
  const add = (key: string): void => queue.add(key);
  const selectorOf = (object: KubeObject): LabelSelector => style.asSet(object).spec.selector;
  watchOwners(context, { owners: style.kind, selectors, add, selectorOf });
  watchChildren(context, { children: PODS, ownerKind: style.kind.kind, selectors, orphans, add });

  function sync(key: string): void {
    const object = context.get(style.kind, parseKey(key));
    if (object === undefined) return;
    const set = style.asSet(object);
    const pods = claim(context, { owner: set, ownerKind: style.kind, children: PODS, orphans });
    const failure =
      set.metadata.deletionTimestamp === undefined
        ? scale({ context, events, style }, set, pods.filter(isPodActive))
        : undefined;
    const now = context.now();
    const current = context.ownedBy(PODS, set.metadata.uid ?? '');
    writeStatus({ context, style }, set, { owned: current, failure });
    const next = nextAvailableAt(current.filter(isPodActive), set.spec.minReadySeconds ?? 0, now);
    if (next !== undefined) queue.addAt(key, next);
    if (failure !== undefined) throw failure.cause;
  }
}

interface Failure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly cause: Error;
}

function scale(
  { context, events, style }: { readonly context: Context; readonly events: Recorder; readonly style: Style },
  set: ReplicaSet,
  active: readonly Pod[],
): Failure | undefined {
  const missing = set.spec.replicas - active.length;
  for (let i = 0; i < Math.min(missing, BURST); i++) {
    try {
      const pod = context.create(
        PODS,
        makePod({
          owner: set,
          ownerKind: style.kind,
          template: set.spec.template,
          generateName: `${set.metadata.name}-`,
        }),
      );
      events.normal(set, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (cause) {
      if (!isApiError(cause)) throw cause;
      // Nothing can be made in a namespace that is going away; waiting for that is not a failure.
      if (cause.status.details?.causes?.some((c) => c.reason === 'NamespaceTerminating')) return undefined;
      events.warning(set, 'FailedCreate', `Error creating: ${cause.message}`);
      return { reason: 'FailedCreate', cause };
    }
  }
  if (missing >= 0) return undefined;
  for (const pod of victims(active, Math.min(-missing, BURST))) {
    removeExactly(context, PODS, pod);
    events.normal(set, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
  }
  return undefined;
}

function writeStatus(
  { context, style }: { readonly context: Context; readonly style: Style },
  set: ReplicaSet,
  { owned, failure }: { readonly owned: readonly Pod[]; readonly failure: Failure | undefined },
): void {
  const now = context.now();
  const template = set.spec.template.metadata?.labels ?? {};
  const count = { replicas: 0, labelled: 0, ready: 0, available: 0, terminating: 0 };
  for (const pod of owned) {
    if (!selects(set.spec.selector, pod.metadata.labels)) continue;
    if (isTerminating(pod) && !isPodFinished(pod)) count.terminating++;
    if (!isPodActive(pod)) continue;
    count.replicas++;
    if (selects({ matchLabels: template }, pod.metadata.labels)) count.labelled++;
    if (isPodReady(pod)) count.ready++;
    if (isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)) count.available++;
  }
  const conditions = failureConditions(set.status?.conditions ?? [], failure, now);
  const status = {
    replicas: count.replicas,
    ...(count.labelled > 0 ? { fullyLabeledReplicas: count.labelled } : {}),
    ...(count.ready > 0 ? { readyReplicas: count.ready } : {}),
    ...(count.available > 0 ? { availableReplicas: count.available } : {}),
    ...(style.status === 'does not' ? {} : { terminatingReplicas: count.terminating }),
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  if (equalJson(status, set.status)) return;
  context.modifyStatus(style.kind, set, (draft) => ({ ...draft, status }));
}

function failureConditions(
  conditions: readonly WorkloadCondition[],
  failure: Failure | undefined,
  now: number,
): readonly WorkloadCondition[] {
  const existing = conditionOf(conditions, 'ReplicaFailure');
  if (failure === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  if (existing !== undefined) return conditions;
  return [
    ...conditions,
    {
      type: 'ReplicaFailure',
      status: 'True',
      lastTransitionTime: toTimestamp(now),
      reason: failure.reason,
      message: failure.cause.message,
    },
  ];
}
