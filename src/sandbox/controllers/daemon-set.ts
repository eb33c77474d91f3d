/** DaemonSets: a pod on every node that fits. https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/ */
import { isApiError } from '../machinery/errors.ts';
import { equalJson } from '../machinery/json.ts';
import { scaled } from '../runtime/amounts.ts';
import { type Context, parseKey } from '../runtime/context.ts';
import { isPodAvailable, isPodFinished, isPodReady, isTerminating, nextAvailableAt } from '../runtime/pods.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { DAEMON_SETS, NODES, PODS } from '../runtime/resources.ts';
import { SelectorIndex } from '../runtime/selectors.ts';
import type { DaemonSet, Node, Pod, PodSpec, Toleration } from '../runtime/shapes.ts';
import { makePod } from './make-pod.ts';
import { matchesNode, pinnedNode, untolerated } from '../runtime/node-fit.ts';
import { claim, Orphans, removeExactly, selectorOf, watchChildren, watchOwners } from './ownership.ts';
import { truncateHistory, updateRevision } from './revisions.ts';
import { REVISION_LABEL } from './stateful-set-pod.ts';

const STYLE = { ownerKind: DAEMON_SETS, hashLabel: REVISION_LABEL };

export function startDaemonSets(context: Context): void {
  const events = context.recorder('daemonset-controller');
  const orphans = new Orphans();
  const selectors = new SelectorIndex();
  const queue = context.queue((key) => sync(key));
  const add = (key: string): void => queue.add(key);
  watchOwners(context, { owners: DAEMON_SETS, selectors, add, selectorOf });
  watchChildren(context, { children: PODS, ownerKind: 'DaemonSet', selectors, orphans, add });
  context.watch(NODES, ({ type, object, old }) => {
    const same = type === 'MODIFIED' && old !== undefined && equalJson(object.metadata.labels, old.metadata.labels);
    if (same && equalJson(object.spec, old.spec)) return;
    for (const set of context.list(DAEMON_SETS)) queue.add(`${set.metadata.namespace ?? ''}/${set.metadata.name}`);
  });

  function sync(key: string): void {
    const set = context.get(DAEMON_SETS, parseKey(key));
    if (set === undefined) return;
    const pods = claim(context, { owner: set, ownerKind: DAEMON_SETS, children: PODS, orphans });
    const revision = updateRevision(context, set, STYLE);
    const hash = revision.metadata.labels?.[REVISION_LABEL] ?? '';
    const spec = podSpec(set);
    let failure: Error | undefined;
    if (set.metadata.deletionTimestamp === undefined) {
      try {
        const round = { context, events, set, spec, hash };
        if (!manage(round, pods)) roll(round);
      } catch (cause) {
        if (!isApiError(cause)) throw cause;
        failure = cause;
      }
    }
    const now = context.ownedBy(PODS, set.metadata.uid ?? '');
    writeStatus({ context, set, spec, hash }, now);
    const used = new Set(now.map((pod) => `${set.metadata.name}-${pod.metadata.labels?.[REVISION_LABEL] ?? ''}`));
    truncateHistory(context, set, used.add(revision.metadata.name));
    const next = nextAvailableAt(now, set.spec.minReadySeconds ?? 0, context.now());
    if (next !== undefined) queue.addAt(key, next);
    if (failure !== undefined) throw failure;
  }
}

interface Round {
  readonly context: Context;
  readonly events: Recorder;
  readonly set: DaemonSet;
  readonly spec: PodSpec;
  readonly hash: string;
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations */
const TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

function podSpec(set: DaemonSet): PodSpec {
  const { spec } = set.spec.template;
  const own = spec.tolerations ?? [];
  const network: readonly Toleration[] =
    spec.hostNetwork === true
      ? [{ key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' }]
      : [];
  const added = [...TOLERATIONS, ...network].filter((toleration) => !own.some((other) => equalJson(other, toleration)));
  return { ...spec, tolerations: [...own, ...added] };
}

function decide(spec: PodSpec, node: Node): { readonly shouldRun: boolean; readonly mayStay: boolean } {
  if (!matchesNode(spec, node)) return { shouldRun: false, mayStay: false };
  const tolerations = spec.tolerations ?? [];
  return {
    shouldRun: untolerated(node, tolerations, ['NoSchedule', 'NoExecute']) === undefined,
    mayStay: untolerated(node, tolerations, ['NoExecute']) === undefined,
  };
}

const nodeOf = (pod: Pod): string => pod.spec.nodeName ?? pinnedNode(pod.spec) ?? '';

function podsByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const list = byNode.get(nodeOf(pod));
    if (list === undefined) byNode.set(nodeOf(pod), [pod]);
    else list.push(pod);
  }
  return byNode;
}

const byAge = (a: Pod, b: Pod): number =>
  (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') || a.metadata.name < b.metadata.name
    ? -1
    : 1;

/** One pod a node. Returns whether something was made or deleted. */
function manage(round: Round, pods: readonly Pod[]): boolean {
  const { context, set, spec } = round;
  let changed = false;
  const drop = (pod: Pod): void => {
    if (isTerminating(pod)) return;
    remove(round, pod);
    changed = true;
  };
  const byNode = podsByNode(pods);
  for (const node of context.list(NODES)) {
    const { shouldRun, mayStay } = decide(spec, node);
    const here = byNode.get(node.metadata.name) ?? [];
    byNode.delete(node.metadata.name);
    if (!mayStay) {
      for (const pod of here) drop(pod);
      continue;
    }
    for (const pod of here) {
      if (!isPodFinished(pod) || isTerminating(pod)) continue;
      tellFinished(round, pod, node);
      drop(pod);
    }
    const running = here.filter((pod) => !isPodFinished(pod) && !isTerminating(pod)).sort(byAge);
    const surges = maxSurge(set, 1) > 0;
    const surplus = surges ? surplusOfSurge(round, running) : running.slice(1);
    for (const pod of surplus) drop(pod);
    // While it surges, a pod that goes is no reason to wait.
    if (!shouldRun || (surges ? running : here).length > 0) continue;
    make(round, node.metadata.name);
    changed = true;
  }
  // What is left belongs to nodes that are gone.
  for (const orphaned of byNode.values()) for (const pod of orphaned) drop(pod);
  return changed;
}

function tellFinished({ events, set }: Round, pod: Pod, node: Node): void {
  const where = `${pod.metadata.namespace ?? ''}/${pod.metadata.name} on node ${node.metadata.name}`;
  if (pod.status?.phase === 'Failed')
    events.warning(set, 'FailedDaemonPod', `Found failed daemon pod ${where}, will try to kill it`);
  else events.normal(set, 'SucceededDaemonPod', `Found succeeded daemon pod ${where}, will try to delete it`);
}

const maxSurge = (set: DaemonSet, desired: number): number =>
  scaled(set.spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0, desired, 'up');

/** Of two revisions the old one stays until a pod of the new one is available, if it is ready itself. */
function surplusOfSurge({ context, set, hash }: Round, running: readonly Pod[]): readonly Pod[] {
  if (running.length <= 1) return [];
  const isNew = (pod: Pod): boolean => pod.metadata.labels?.[REVISION_LABEL] === hash;
  const fresh = running.find(isNew);
  const outdated = running.find((pod) => !isNew(pod));
  const surplus = running.filter((pod) => pod !== fresh && pod !== outdated);
  if (fresh === undefined || outdated === undefined) return surplus;
  const isDone = isPodAvailable(fresh, set.spec.minReadySeconds ?? 0, context.now());
  return isDone || !isPodReady(outdated) ? [...surplus, outdated] : surplus;
}

/** Makes pods of the new revision beside the old ones, as many as may be there in addition. */
function surge(round: Round): void {
  const { context, set, spec, hash } = round;
  const pods = context.ownedBy(PODS, set.metadata.uid ?? '').filter((pod) => !isTerminating(pod));
  const byNode = podsByNode(pods);
  const isNew = (pod: Pod): boolean => pod.metadata.labels?.[REVISION_LABEL] === hash;
  const available = (pod: Pod): boolean => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, context.now());
  const nodes = context.list(NODES).filter((node) => decide(spec, node).shouldRun);
  let surged = 0;
  const [broken, working]: [string[], string[]] = [[], []];
  for (const { metadata } of nodes) {
    const here = byNode.get(metadata.name) ?? [];
    const outdated = here.find((pod) => !isNew(pod));
    if (outdated === undefined) continue;
    const fresh = here.find(isNew);
    if (fresh === undefined) (available(outdated) ? working : broken).push(metadata.name);
    else if (!available(fresh)) surged++;
  }
  const allowed = Math.max(0, maxSurge(set, nodes.length) - surged);
  for (const node of [...broken, ...working.slice(0, allowed)]) make(round, node);
}

function make({ context, events, set, spec, hash }: Round, node: string): void {
  const pinned = {
    ...spec.affinity,
    nodeAffinity: {
      ...spec.affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
      },
    },
  };
  const generation = set.metadata.annotations?.['deprecated.daemonset.template.generation'];
  try {
    const pod = context.create(
      PODS,
      makePod({
        owner: set,
        ownerKind: DAEMON_SETS,
        template: set.spec.template,
        generateName: `${set.metadata.name}-`,
        labels: {
          [REVISION_LABEL]: hash,
          ...(generation === undefined ? {} : { 'pod-template-generation': generation }),
        },
        spec: { ...spec, affinity: pinned },
      }),
    );
    events.normal(set, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
  } catch (cause) {
    if (!isApiError(cause)) throw cause;
    events.warning(set, 'FailedCreate', `Error creating: ${cause.message}`);
    throw cause;
  }
}

function remove({ context, events, set }: Round, pod: Pod): void {
  removeExactly(context, PODS, pod);
  events.normal(set, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
}

/** Replaces outdated pods, as many as may be missing. Those that do not work anyway go first and cost nothing. */
function roll(round: Round): void {
  const { context, set, spec, hash } = round;
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  if (maxSurge(set, 1) > 0) {
    surge(round);
    return;
  }
  const byNode = podsByNode(context.ownedBy(PODS, set.metadata.uid ?? ''));
  const broken: Pod[] = [];
  const working: Pod[] = [];
  let [desired, missing] = [0, 0];
  for (const node of context.list(NODES)) {
    if (!decide(spec, node).shouldRun) continue;
    desired++;
    const here = byNode.get(node.metadata.name) ?? [];
    const fresh = here.find((pod) => pod.metadata.labels?.[REVISION_LABEL] === hash);
    const outdated = here.find((pod) => pod.metadata.labels?.[REVISION_LABEL] !== hash);
    const available = (pod: Pod | undefined): boolean =>
      pod !== undefined && !isTerminating(pod) && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, context.now());
    if (outdated === undefined ? !available(fresh) : isTerminating(outdated)) missing++;
    else if (outdated !== undefined) (available(outdated) ? working : broken).push(outdated);
  }
  const { rollingUpdate } = set.spec.updateStrategy ?? {};
  const allowed = Math.max(1, scaled(rollingUpdate?.maxUnavailable ?? 1, desired, 'up'));
  const budget = Math.max(0, allowed - missing - broken.length);
  for (const pod of [...broken, ...working.slice(0, budget)]) remove(round, pod);
}

function writeStatus({ context, set, spec, hash }: Omit<Round, 'events'>, pods: readonly Pod[]): void {
  const byNode = podsByNode(pods);
  const count = { desired: 0, current: 0, stray: 0, ready: 0, available: 0, updated: 0 };
  for (const node of context.list(NODES)) {
    const here = (byNode.get(node.metadata.name) ?? [])
      .filter((pod) => !isPodFinished(pod) || pod.status?.phase === 'Failed')
      .sort(byAge);
    const { shouldRun } = decide(spec, node);
    if (!shouldRun) {
      if (here.length > 0) count.stray++;
      continue;
    }
    count.desired++;
    const pod = here[0];
    if (pod === undefined) continue;
    count.current++;
    if (isPodReady(pod)) count.ready++;
    if (isPodAvailable(pod, set.spec.minReadySeconds ?? 0, context.now())) count.available++;
    if (pod.metadata.labels?.[REVISION_LABEL] === hash) count.updated++;
  }
  const unavailable = count.desired - count.available;
  const status = {
    currentNumberScheduled: count.current,
    numberMisscheduled: count.stray,
    desiredNumberScheduled: count.desired,
    numberReady: count.ready,
    observedGeneration: set.metadata.generation ?? 0,
    ...(count.updated > 0 ? { updatedNumberScheduled: count.updated } : {}),
    ...(count.available > 0 ? { numberAvailable: count.available } : {}),
    ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
    ...((set.status?.collisionCount ?? 0) > 0 ? { collisionCount: set.status?.collisionCount } : {}),
  };
  if (equalJson(status, set.status)) return;
  context.modifyStatus(DAEMON_SETS, set, (draft) => ({ ...draft, status }));
}
