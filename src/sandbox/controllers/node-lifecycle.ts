/**
 * Judges nodes by their heartbeats, taints them accordingly, and evicts pods from the tainted ones.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller
 */
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';
import { equalJson } from '../machinery/json.ts';
import { type Context, keyOf, parseKey, type TypedChange } from '../runtime/context.ts';
import type { WorkQueue } from '../runtime/loop.ts';
import { tolerates } from '../runtime/node-fit.ts';
import { isTerminating, podCondition } from '../runtime/pods.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { LEASES, NODES, PODS } from '../runtime/resources.ts';
import type { Node, NodeCondition, Pod, Taint } from '../runtime/shapes.ts';
import { removeExactly } from './ownership.ts';

/** --node-monitor-grace-period since 1.32. */
const GRACE_MS = 50_000;

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/**
 * Conditions that keep new pods away.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-nodes-by-condition
 */
const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};

const OWN_KEYS: ReadonlySet<string> = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...Object.values(PRESSURES)]);

export function startNodeLifecycle(context: Context, { heartbeats }: { readonly heartbeats: 'on' | 'off' }): void {
  new NodeLifecycle(context, heartbeats).start();
}

class NodeLifecycle {
  readonly #context: Context;
  readonly #heartbeats: 'on' | 'off';
  readonly #events: Recorder;
  readonly #nodes: WorkQueue;
  readonly #evictions: TaintEviction;
  readonly #podsByNode = new Map<string, Set<string>>();
  /** When a node's status changed last: nodes that are kept up by hand have neither lease nor heartbeat times. */
  readonly #heardOf = new Map<string, number>();

  constructor(context: Context, heartbeats: 'on' | 'off') {
    this.#context = context;
    this.#heartbeats = heartbeats;
    this.#events = context.recorder('node-controller');
    this.#nodes = context.queue((name) => this.#look(name));
    this.#evictions = new TaintEviction(context, this.#events);
  }

  start(): void {
    this.#context.watch(NODES, (change) => this.#nodeChanged(change));
    this.#context.watch(PODS, (change) => this.#podChanged(change));
    this.#context.watch(NODES, (change) => this.#hear(change));
  }

  #nodeChanged({ type, object, old }: TypedChange<Node>): void {
    const { name } = object.metadata;
    if (type === 'DELETED') {
      this.#events.normal(object, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
      for (const key of this.#podsByNode.get(name) ?? [])
        this.#evictions.forget(this.#context.get(PODS, parseKey(key)));
      return;
    }
    if (type === 'ADDED')
      this.#events.normal(object, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
    this.#nodes.add(name);
    if (old === undefined || !equalJson(object.spec?.taints, old.spec?.taints))
      for (const key of this.#podsByNode.get(name) ?? []) this.#evictions.judge(key, object);
    if (old !== undefined && isReady(old) && !isReady(object)) this.#markPodsUnready(name);
  }

  #podChanged({ type, object }: TypedChange<Pod>): void {
    const { nodeName } = object.spec;
    if (nodeName === undefined) return;
    const key = keyOf(object);
    const here = this.#podsByNode.get(nodeName);
    if (type === 'DELETED') {
      here?.delete(key);
      if (here?.size === 0) this.#podsByNode.delete(nodeName);
      this.#evictions.forget(object);
      return;
    }
    if (here?.has(key)) return;
    if (here === undefined) this.#podsByNode.set(nodeName, new Set([key]));
    else here.add(key);
    const node = this.#context.get(NODES, { name: nodeName });
    if (node !== undefined) this.#evictions.judge(key, node);
  }

  #look(name: string): void {
    const node = this.#context.get(NODES, { name });
    if (node === undefined) return;
    if (this.#heartbeats === 'on') this.#monitor(name, node);
    const judged = this.#context.get(NODES, { name });
    if (judged !== undefined) taint(this.#context, judged);
  }

  #hear({ type, object, old }: TypedChange<Node>): void {
    if (type === 'DELETED') this.#heardOf.delete(object.metadata.name);
    else if (old === undefined || !equalJson(object.status?.conditions, old.status?.conditions)) {
      if (
        object.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status !== 'Unknown') !==
        false
      )
        this.#heardOf.set(object.metadata.name, this.#context.now());
    }
  }

  /** No news for the grace period: every condition that the kubelet reports becomes Unknown. */
  #monitor(name: string, node: Node): void {
    const lease = this.#context.get(LEASES, { namespace: 'kube-node-lease', name });
    const reported = (node.status?.conditions ?? []).map(
      (condition) => fromTimestamp(condition.lastHeartbeatTime ?? undefined) ?? 0,
    );
    const heard = Math.max(
      fromTimestamp(lease?.spec?.renewTime) ?? 0,
      fromTimestamp(node.metadata.creationTimestamp) ?? 0,
      ...reported,
      this.#heardOf.get(name) ?? 0,
    );
    const now = this.#context.now();
    if (heard + GRACE_MS > now) {
      this.#nodes.addAt(name, heard + GRACE_MS);
      return;
    }
    const stamp = toTimestamp(now);
    const types = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
    const before = node.status?.conditions ?? [];
    if (types.every((type) => before.find((condition) => condition.type === type)?.status === 'Unknown')) return;
    const silent = types.map((type): NodeCondition => {
      const known = before.find((condition) => condition.type === type);
      if (known?.status === 'Unknown') return known;
      const text =
        known === undefined
          ? { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' }
          : { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
      const lastHeartbeatTime = known?.lastHeartbeatTime ?? node.metadata.creationTimestamp ?? null;
      return { type, status: 'Unknown', lastHeartbeatTime, lastTransitionTime: stamp, ...text };
    });
    const conditions = before.map((condition) => silent.find(({ type }) => type === condition.type) ?? condition);
    for (const condition of silent) if (!conditions.includes(condition)) conditions.push(condition);
    this.#context.modifyStatus(NODES, node, (draft) => {
      draft['status'] = { ...draft['status'], conditions };
      return draft;
    });
    this.#events.normal(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
  }

  #markPodsUnready(name: string): void {
    for (const key of this.#podsByNode.get(name) ?? []) {
      const pod = this.#context.get(PODS, parseKey(key));
      if (pod === undefined || podCondition(pod, 'Ready')?.status !== 'True') continue;
      const stamp = toTimestamp(this.#context.now());
      this.#context.modifyStatus(PODS, pod, (draft) => {
        for (const condition of draft['status'].conditions)
          if (condition.type === 'Ready') Object.assign(condition, { status: 'False', lastTransitionTime: stamp });
        return draft;
      });
      this.#events.warning(pod, 'NodeNotReady', 'Node is not ready');
    }
  }
}

const isReady = (node: Node): boolean =>
  node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;

/** Brings the taints that follow from conditions and `unschedulable` up to date; others stay. */
function taint(context: Context, node: Node): void {
  const before = node.spec?.taints ?? [];
  const wanted = wantedTaints(node);
  const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;
  const kept = before.filter((present) => !OWN_KEYS.has(present.key) || wanted.some((other) => same(other, present)));
  const stamp = toTimestamp(context.now());
  const added = wanted
    .filter((taint) => !kept.some((present) => same(present, taint)))
    .map((taint) => ({ ...taint, timeAdded: stamp }));
  if (added.length === 0 && kept.length === before.length) return;
  context.modify(NODES, node, (draft) => {
    const taints = [...kept, ...added];
    draft['spec'] = { ...draft['spec'], taints };
    if (taints.length === 0) delete draft['spec'].taints;
    return draft;
  });
}

function wantedTaints(node: Node): readonly Taint[] {
  const wanted: Taint[] = [];
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  // Only what a condition says: the taint that a new node begins with goes while it has none.
  if (ready?.status === 'False')
    wanted.push({ key: NOT_READY, effect: 'NoSchedule' }, { key: NOT_READY, effect: 'NoExecute' });
  else if (ready?.status === 'Unknown')
    wanted.push({ key: UNREACHABLE, effect: 'NoSchedule' }, { key: UNREACHABLE, effect: 'NoExecute' });
  for (const condition of node.status?.conditions ?? []) {
    const key = PRESSURES[condition.type];
    if (key !== undefined && condition.status === 'True') wanted.push({ key, effect: 'NoSchedule' });
  }
  if (node.spec?.unschedulable === true) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  return wanted;
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions */
class TaintEviction {
  readonly #context: Context;
  readonly #events: Recorder;
  readonly #pending = new Map<string, { readonly at: number; readonly key: string; cancel(): void }>();

  constructor(context: Context, events: Recorder) {
    this.#context = context;
    this.#events = events;
  }

  judge(key: string, node: Node): void {
    const pod = this.#context.get(PODS, parseKey(key));
    if (pod === undefined || isTerminating(pod) || pod.spec.nodeName !== node.metadata.name) return;
    const uid = pod.metadata.uid ?? '';
    const at = evictionTime(pod, node, this.#context.now());
    const pending = this.#pending.get(uid);
    if (at === undefined) {
      if (pending === undefined) return;
      pending.cancel();
      this.#pending.delete(uid);
      this.#events.normal(pod, 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
    } else if (pending === undefined || pending.at !== at) {
      pending?.cancel();
      const timer = this.#context.timers.at(at, () => this.#evict(key, uid));
      this.#pending.set(uid, { at, key, cancel: () => timer.cancel() });
    }
  }

  forget(pod: Pod | undefined): void {
    const uid = pod?.metadata.uid ?? '';
    this.#pending.get(uid)?.cancel();
    this.#pending.delete(uid);
  }

  #evict(key: string, uid: string): void {
    this.#pending.delete(uid);
    const pod = this.#context.get(PODS, parseKey(key));
    if (pod === undefined || pod.metadata.uid !== uid || isTerminating(pod)) return;
    this.#events.normal(pod, 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
    removeExactly(this.#context, PODS, pod);
  }
}

/**
 * When the pod has to leave: at once without a toleration, after the shortest tolerationSeconds, or never (undefined).
 */
function evictionTime(pod: Pod, node: Node, now: number): number | undefined {
  let earliest: number | undefined;
  for (const taint of node.spec?.taints ?? []) {
    if (taint.effect !== 'NoExecute') continue;
    const fitting = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    const since = fromTimestamp(taint.timeAdded) ?? now;
    const limits = fitting.map((toleration) => toleration.tolerationSeconds).filter((seconds) => seconds !== undefined);
    const at =
      fitting.length === 0 ? now : limits.length === 0 ? undefined : since + Math.max(0, Math.min(...limits)) * 1000;
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
  }
  return earliest;
}
