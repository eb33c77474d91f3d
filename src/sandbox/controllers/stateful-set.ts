/**
 * StatefulSets: numbered pods, made, updated and removed in order.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
import { isApiError } from '../machinery/errors.ts';
import { equalJson } from '../machinery/json.ts';
import { type Context, parseKey } from '../runtime/context.ts';
import { isPodAvailable, isPodFinished, isPodReady, isTerminating, nextAvailableAt } from '../runtime/pods.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { CLAIMS, PODS, STATEFUL_SETS } from '../runtime/resources.ts';
import { SelectorIndex } from '../runtime/selectors.ts';
import type { ControllerRevision, Pod, StatefulSet } from '../runtime/shapes.ts';
import { retainClaims } from './claim-retention.ts';
import { claim, Orphans, removeExactly, selectorOf, watchChildren, watchOwners } from './ownership.ts';
import { revisionsOf, templateOf, truncateHistory, updateRevision } from './revisions.ts';
import { claimsOf, ordinalOf, podOf, REVISION_LABEL } from './stateful-set-pod.ts';

const STYLE = { ownerKind: STATEFUL_SETS, hashLabel: 'controller.kubernetes.io/hash' };

export function startStatefulSets(context: Context): void {
  const events = context.recorder('statefulset-controller');
  const orphans = new Orphans();
  const selectors = new SelectorIndex();
  const queue = context.queue((key) => sync(key));
  const add = (key: string): void => queue.add(key);
  watchOwners(context, { owners: STATEFUL_SETS, selectors, add, selectorOf });
  watchChildren(context, { children: PODS, ownerKind: 'StatefulSet', selectors, orphans, add });

  function sync(key: string): void {
    const set = context.get(STATEFUL_SETS, parseKey(key));
    if (set === undefined) return;
    const pods = claim(context, { owner: set, ownerKind: STATEFUL_SETS, children: PODS, orphans });
    const update = updateRevision(context, set, STYLE);
    const current =
      revisionsOf(context, set).find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
    let failure: Error | undefined;
    if (set.metadata.deletionTimestamp === undefined) {
      try {
        step({ context, events, set, pods, current, update });
      } catch (cause) {
        if (!isApiError(cause)) throw cause;
        failure = cause;
      }
    }
    writeStatus(context, set, { current, update });
    truncateHistory(
      context,
      set,
      new Set([
        current.metadata.name,
        update.metadata.name,
        ...pods.map((pod) => pod.metadata.labels?.[REVISION_LABEL] ?? ''),
      ]),
    );
    const next = nextAvailableAt(pods, set.spec.minReadySeconds ?? 0, context.now());
    if (next !== undefined) queue.addAt(key, next);
    if (failure !== undefined) throw failure;
  }
}

interface Step {
  readonly context: Context;
  readonly events: Recorder;
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
}

/** Moves the set on as far as the order allows now; the pods' next changes lead to the next step. */
function step(input: Step): void {
  const { set, pods, context } = input;
  const now = context.now();
  const start = set.spec.ordinals?.start ?? 0;
  const end = start + set.spec.replicas;
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  const byOrdinal = new Map<number, Pod>();
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal !== undefined) byOrdinal.set(ordinal, pod);
  }
  const isAvailable = (pod: Pod): boolean =>
    pod.status?.phase === 'Running' &&
    isPodReady(pod) &&
    !isTerminating(pod) &&
    isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now);

  for (const [ordinal, pod] of byOrdinal)
    retainClaims(context, set, { pod, ordinal, place: ordinal >= start && ordinal < end ? 'kept' : 'condemned' });

  let madeOne = false;
  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) {
      make(input, ordinal);
      madeOne = true;
      if (ordered) return;
    } else if (isPodFinished(pod)) {
      // A new one is made once this one is gone.
      if (!isTerminating(pod)) drop(input, pod);
      if (ordered) return;
    } else if (ordered && !isAvailable(pod)) return;
  }
  if (madeOne) return;
  const condemned = [...byOrdinal].filter(([ordinal]) => ordinal < start || ordinal >= end).sort(([a], [b]) => b - a);
  for (const [, pod] of condemned) {
    if (!isTerminating(pod)) drop(input, pod);
    if (ordered) return;
  }
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const first = Math.max(start, start + (set.spec.updateStrategy?.rollingUpdate?.partition ?? 0));
  for (let ordinal = end - 1; ordinal >= first; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) return;
    if (pod.metadata.labels?.[REVISION_LABEL] !== input.update.metadata.name && !isTerminating(pod)) {
      drop(input, pod);
      return;
    }
    if (!isAvailable(pod)) return;
  }
}

function make({ context, events, set, current, update }: Step, ordinal: number): void {
  for (const wanted of claimsOf(set, ordinal)) {
    if (context.get(CLAIMS, { namespace: set.metadata.namespace ?? '', name: wanted.metadata.name }) !== undefined)
      continue;
    context.create(CLAIMS, wanted);
    const text = `Create Claim ${wanted.metadata.name} Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name} success`;
    events.normal(set, 'SuccessfulCreate', text);
  }
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const below = set.spec.updateStrategy?.type !== 'OnDelete' && ordinal < (set.spec.ordinals?.start ?? 0) + partition;
  const revision = below ? current : update;
  const name = `${set.metadata.name}-${ordinal}`;
  try {
    context.create(PODS, podOf(set, templateOf(revision), { ordinal, revision: revision.metadata.name }));
  } catch (cause) {
    if (!isApiError(cause)) throw cause;
    events.warning(
      set,
      'FailedCreate',
      `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${cause.message}`,
    );
    throw cause;
  }
  events.normal(set, 'SuccessfulCreate', `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
}

function drop({ context, events, set }: Step, pod: Pod): void {
  removeExactly(context, PODS, pod);
  events.normal(
    set,
    'SuccessfulDelete',
    `Delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
  );
}

function writeStatus(
  context: Context,
  set: StatefulSet,
  { current, update }: { readonly current: ControllerRevision; readonly update: ControllerRevision },
): void {
  const now = context.now();
  const count = { replicas: 0, ready: 0, available: 0, current: 0, updated: 0 };
  for (const pod of context.ownedBy(PODS, set.metadata.uid ?? '')) {
    if (ordinalOf(set, pod) === undefined) continue;
    count.replicas++;
    if (pod.status?.phase === 'Running' && isPodReady(pod)) {
      count.ready++;
      if (isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)) count.available++;
    }
    if (isTerminating(pod)) continue;
    if (pod.metadata.labels?.[REVISION_LABEL] === current.metadata.name) count.current++;
    if (pod.metadata.labels?.[REVISION_LABEL] === update.metadata.name) count.updated++;
  }
  const { replicas } = set.spec;
  const rolledOut =
    set.spec.updateStrategy?.type !== 'OnDelete' && count.updated === replicas && count.ready === replicas;
  const complete = rolledOut && count.replicas === replicas;
  const currentReplicas = complete ? count.updated : count.current;
  const status = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: count.replicas,
    ...(count.ready > 0 ? { readyReplicas: count.ready } : {}),
    ...(currentReplicas > 0 ? { currentReplicas } : {}),
    ...(count.updated > 0 ? { updatedReplicas: count.updated } : {}),
    currentRevision: (complete ? update : current).metadata.name,
    updateRevision: update.metadata.name,
    collisionCount: set.status?.collisionCount ?? 0,
    availableReplicas: count.available,
  };
  if (equalJson(status, set.status)) return;
  context.modifyStatus(STATEFUL_SETS, set, (draft) => ({ ...draft, status }));
}
