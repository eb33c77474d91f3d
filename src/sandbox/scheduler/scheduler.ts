/** Binds pods to nodes. A pod that fits nowhere waits until something that could make room has changed. */
import { toTimestamp } from '../../std/clock.ts';
import { isApiError } from '../machinery/errors.ts';
import { equalJson } from '../machinery/json.ts';
import { type Context, keyOf, objectKey, parseKey, type TypedChange } from '../runtime/context.ts';
import { isPodFinished, isTerminating } from '../runtime/pods.ts';
import {
  BUDGETS,
  CLAIMS,
  DEVICE_CLASSES,
  NAMESPACES,
  NODES,
  PODS,
  RESOURCE_CLAIMS,
  STORAGE_CLASSES,
  VOLUMES,
} from '../runtime/resources.ts';
import type { WorkQueue } from '../runtime/loop.ts';
import { selects } from '../runtime/selectors.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import type { Claim } from '../runtime/storage-shapes.ts';
import { Announcer } from './announcer.ts';
import { Attempt } from './attempt.ts';
import { deviceState } from './device-claims.ts';
import { type Placed, placedOn } from './node-usage.ts';
import { place, type Placement, type Sight, summary } from './placement.ts';
import { PodCache } from './pod-cache.ts';
import { priorityOf } from './pod-requests.ts';
import { preempt } from './preemption.ts';
import { bindingState, claimsOf, storageSight, writeBindings } from './volume-bindings.ts';
import type { StorageSight } from './volume-rules.ts';
import { DuePods, Nominations, StuckPods } from './waiting-pods.ts';

const NAME = 'default-scheduler';

/** kube-scheduler looks at unschedulable pods again after this long even when nothing changed. */
const FLUSH_MS = 300_000;

/** kube-scheduler's first back-off, for a pod that could not be written. */
const RETRY_MS = 1000;

/** Says the plugin for devices, which has none to take back, before preemption says its part; and that of claims. */
const NO_DEVICES = 'no new claims to deallocate';
const STILL_NONE = 'still not schedulable';

/** kube-scheduler's bindTimeoutSeconds: so long may the volumes of a pod take. */
const BINDING_MS = 600_000;

const NOBODY: readonly Placed[] = [];

interface Waiting {
  readonly message: string;
  /** The node that the pod may wait for; empty: none. */
  readonly promise?: string;
  readonly reason?: 'Unschedulable' | 'SchedulerError';
}

export interface SchedulerOptions {
  readonly events: 'all' | 'warnings';
}

export function startScheduler(context: Context, options: SchedulerOptions): void {
  new Scheduler(context, options).start();
}

class Scheduler {
  readonly #context: Context;
  readonly #options: SchedulerOptions;
  readonly #announcer: Announcer;
  readonly #queue: WorkQueue;
  readonly #later: WorkQueue;
  readonly #cache: PodCache;
  readonly #storage: StorageSight;
  readonly #due = new DuePods();
  readonly #stuck = new StuckPods();
  readonly #nominations = new Nominations();
  /** Where the search for a node begins: after those that the last one looked at. */
  #from = 0;

  constructor(context: Context, options: SchedulerOptions) {
    this.#context = context;
    this.#options = options;
    this.#announcer = new Announcer(context, NAME);
    this.#cache = new PodCache(context);
    this.#storage = storageSight(context);
    this.#queue = context.queue(() => this.#turn());
    this.#later = context.queue((key) => this.#retry([key]));
  }

  start(): void {
    this.#context.watch(NODES, (change) => this.#nodeChanged(change));
    this.#context.watch(PODS, (change) => this.#podChanged(change));
    this.#context.watch(CLAIMS, ({ object }) => this.#claimChanged(object));
    this.#context.watch(VOLUMES, () => this.#retry(this.#stuck.takeWithClaim()));
    this.#context.watch(STORAGE_CLASSES, () => this.#retry(this.#stuck.takeWithClaim()));
    for (const resource of [RESOURCE_CLAIMS, DEVICE_CLASSES])
      this.#context.watch(resource, () => this.#retry(this.#stuck.takeAll()));
  }

  #claimChanged({ metadata: { namespace, name } }: Claim): void {
    for (const [key, pod] of this.#cache.assumedPods())
      if (pod.metadata.namespace === namespace && claimsOf(pod).includes(name)) this.#enqueue(key, pod);
    this.#retry(this.#stuck.takeWithClaim(`${namespace ?? ''}/${name}`));
  }

  #nodeChanged({ type, object, old }: TypedChange<Node>): void {
    if (type === 'DELETED') {
      this.#cache.usages.deleteNode(object.metadata.name);
      return;
    }
    this.#cache.usages.setNode(object);
    const relevant =
      old === undefined ||
      !equalJson(object.spec, old.spec) ||
      !equalJson(object.metadata.labels, old.metadata.labels) ||
      !equalJson(object.status?.allocatable, old.status?.allocatable);
    if (relevant) this.#retry(this.#stuck.takeAll());
  }

  #podChanged({ type, object, old }: TypedChange<Pod>): void {
    const key = keyOf(object);
    const after = type === 'DELETED' ? undefined : object;
    const waits = after !== undefined && isWaiting(after);
    this.#nominations.set(key, object, waits ? object.status?.nominatedNodeName : undefined);
    const before = after === undefined ? (old ?? object) : old;
    const { freed, moved } = this.#cache.change(before, after, waits ? 'for a node' : 'no more');
    if (freed) this.#retry(this.#stuck.takeAll());
    else if (moved) this.#retry(this.#stuck.takeAffected(object));
    if (after === undefined) this.#stuck.delete(key);
    else if (waits && !this.#stuck.has(key) && this.#cache.assumed(key) === undefined) this.#enqueue(key, object);
  }

  #retry(keys: readonly string[]): void {
    for (const key of keys) {
      const pod = this.#context.get(PODS, parseKey(key));
      if (pod !== undefined) this.#enqueue(key, pod);
    }
  }

  #enqueue(key: string, pod: Pod): void {
    this.#due.add(key, priorityOf(pod));
    this.#queue.add(key);
  }

  /** A turn is for the pod of the highest priority, whichever pod it was asked for. */
  #turn(): void {
    const key = this.#due.next();
    if (key === undefined) return;
    try {
      this.#schedule(key);
    } catch (cause) {
      if (isApiError(cause)) this.#later.addAt(key, this.#context.now() + RETRY_MS);
      else {
        // A webhook is asked about a write first: the turn comes again once it has answered.
        const pod = this.#context.get(PODS, parseKey(key));
        if (pod !== undefined) this.#due.add(key, priorityOf(pod));
        throw cause;
      }
    }
  }

  #sight(): Sight {
    return {
      nodes: this.#cache.usages.all(),
      node: (name) => this.#cache.usages.get(name)?.node,
      counts: this.#cache.counts,
      terms: this.#cache.terms,
      storage: this.#storage,
      devices: (pod) => deviceState(this.#context, pod),
      namespacesOf: (selector) =>
        this.#context
          .list(NAMESPACES)
          .filter(({ metadata }) => selects(selector, metadata.labels))
          .map(({ metadata }) => metadata.name),
      nominated: (node, pod) =>
        this.#nominations.isEmpty ? NOBODY : this.#nominations.atLeast(node, pod).map((other) => placedOn(other, node)),
    };
  }

  #schedule(key: string): void {
    const pod = this.#context.get(PODS, parseKey(key));
    if (pod === undefined || !isWaiting(pod)) return;
    if (this.#cache.assumed(key) !== undefined) {
      this.#conclude(key, pod);
      return;
    }
    const sight = this.#sight();
    if (sight.nodes.length === 0) {
      this.#wait(pod, { message: 'no nodes available to schedule pods' });
      return;
    }
    const attempt = new Attempt(pod, sight);
    const { volumes, devices } = attempt;
    // A claim that is not there holds the pod back before any look: nothing is told of it, as nothing was tried.
    if (devices.kind === 'not made') {
      this.#stuck.add(key, pod);
      return;
    }
    const { blocked } = volumes;
    if (blocked !== undefined) {
      // The plugin for devices had no turn before, and says that what it would have noted is not found.
      this.#wait(pod, { message: `0/${sight.nodes.length} nodes are available: ${blocked}. not found` });
      return;
    }
    if (devices.kind === 'blocked') {
      const nowhere = `0/${sight.nodes.length} nodes are available:`;
      const helpless = `${sight.nodes.length} Preemption is not helpful for scheduling.`;
      this.#wait(pod, { message: `${nowhere} ${devices.reason}. ${NO_DEVICES}, preemption: ${nowhere} ${helpless}` });
      return;
    }
    const placement = place(attempt, this.#from, sight);
    if (placement.node === undefined) {
      this.#makeRoom(placement, sight);
      return;
    }
    this.#from = (this.#from + placement.examined) % sight.nodes.length;
    const { name } = placement.node.metadata;
    const bindings = attempt.volumes.bindings(placement.node);
    if (bindings === undefined || bindings.found.length + bindings.made.length === 0) {
      this.#bind(pod, name);
      return;
    }
    writeBindings(this.#context, bindings, name);
    this.#cache.assume(pod, name);
    this.#later.addAt(key, this.#context.now() + BINDING_MS);
  }

  #bind(pod: Pod, node: string): boolean {
    const bound = this.#context.bind(pod, node);
    if (bound && this.#options.events === 'all')
      this.#announcer.announce(pod, {
        type: 'Normal',
        reason: 'Scheduled',
        action: 'Binding',
        note: `Successfully assigned ${keyOf(pod)} to ${node}`,
      });
    return bound;
  }

  /** Whether the volumes of a pod with a place have come. */
  #conclude(key: string, pod: Pod): void {
    const { node = '', since = 0 } = this.#cache.assumed(key) ?? {};
    const state = bindingState(this.#context, pod, node);
    const overdue = state === 'coming' && this.#context.now() - since >= BINDING_MS;
    if (state === 'coming' && !overdue) return;
    if (state === 'bound' && this.#bind(pod, node)) return;
    this.#cache.forget(pod);
    if (overdue)
      this.#wait(pod, {
        message: 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded',
        reason: 'SchedulerError',
      });
    else this.#later.addAt(key, this.#context.now() + RETRY_MS);
  }

  #makeRoom({ attempt, refused }: Extract<Placement, { readonly node?: never }>, sight: Sight): void {
    const message = summary(sight.nodes.length, refused.values());
    const outcome = preempt(attempt, refused, {
      ...sight,
      hasBelow: (priority) => this.#cache.usages.hasBelow(priority),
      budgets: () => this.#context.list(BUDGETS),
    });
    if (outcome.node !== undefined) this.#takeRoom(attempt.pod, outcome, message);
    else
      this.#wait(attempt.pod, {
        message: `${message} ${attempt.devices.kind === 'unallocated' ? STILL_NONE : NO_DEVICES}, ${outcome.message}`,
        ...(outcome.waits === 'settled' && { promise: '' }),
      });
  }

  /** The pod waits for the room of others, which are asked to go. Pods of less priority that waited too look anew. */
  #takeRoom(
    pod: Pod,
    { node, victims }: { readonly node: string; readonly victims: readonly Pod[] },
    message: string,
  ): void {
    for (const other of this.#nominations.below(node, pod)) {
      this.#promise(other, '');
      this.#retry([keyOf(other)]);
    }
    this.#wait(pod, { message, promise: node });
    for (const victim of victims) {
      if (isTerminating(victim)) continue;
      this.#markVictim(victim);
      this.#context.cluster.remove(PODS, objectKey(victim), { uid: victim.metadata.uid ?? '' });
      if (this.#options.events !== 'all') continue;
      this.#announcer.announce(victim, {
        type: 'Normal',
        reason: 'Preempted',
        action: 'Preempting',
        note: `Preempted by pod ${pod.metadata.uid ?? ''} on node ${node}`,
        related: pod,
      });
    }
  }

  #markVictim(victim: Pod): void {
    this.#context.modifyStatus(PODS, victim, (draft) => {
      const others = (victim.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
      const target = {
        type: 'DisruptionTarget',
        ...observedBy(victim),
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: toTimestamp(this.#context.now()),
        reason: 'PreemptionByScheduler',
        message: `${NAME}: preempting to accommodate a higher priority pod`,
      };
      draft['status'] = { ...draft['status'], conditions: [...others, target] };
      return draft;
    });
  }

  #wait(pod: Pod, { message, promise, reason = 'Unschedulable' }: Waiting): void {
    const key = keyOf(pod);
    this.#stuck.add(key, pod);
    this.#later.addAt(key, this.#context.now() + FLUSH_MS);
    this.#announcer.announce(pod, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: message });
    if (promise !== undefined) this.#promise(pod, promise);
    this.#refuse(pod, reason, message);
  }

  #promise(pod: Pod, node: string): void {
    this.#context.modifyStatus(PODS, pod, (draft) => {
      const { nominatedNodeName: before = '', ...status } = draft['status'] ?? {};
      if (before === node) return undefined;
      draft['status'] = node === '' ? status : { ...status, nominatedNodeName: node };
      return draft;
    });
  }

  #refuse(pod: Pod, reason: Waiting['reason'], message: string): void {
    const stamp = toTimestamp(this.#context.now());
    this.#context.modifyStatus(PODS, pod, (draft) => {
      const conditions = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
      const before = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
      if (before?.status === 'False' && before.message === message) return undefined;
      const lastTransitionTime = before?.status === 'False' ? before.lastTransitionTime : stamp;
      const refused = {
        type: 'PodScheduled',
        ...observedBy(pod),
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime,
        reason,
        message,
      };
      draft['status'] = { ...draft['status'], conditions: [...conditions, refused] };
      return draft;
    });
  }
}

const observedBy = ({ metadata: { generation } }: Pod) =>
  generation === undefined ? {} : { observedGeneration: generation };

const isWaiting = (pod: Pod): boolean =>
  pod.spec.nodeName === undefined &&
  !isTerminating(pod) &&
  !isPodFinished(pod) &&
  (pod.spec.schedulerName ?? NAME) === NAME &&
  (pod.spec.schedulingGates?.length ?? 0) === 0;
