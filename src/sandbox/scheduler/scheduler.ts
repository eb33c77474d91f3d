/** Binds pods to nodes. A pod that fits nowhere waits until something that could make room has changed. */
import { toTimestamp } from '../../std/clock.ts';
import { equalJson } from '../machinery/json.ts';
import { type Context, keyOf, parseKey, type TypedChange } from '../runtime/context.ts';
import { isPodFinished, isTerminating } from '../runtime/pods.ts';
import { NODES, PODS } from '../runtime/resources.ts';
import type { WorkQueue } from '../runtime/loop.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import { Announcer } from './announcer.ts';
import { NodeUsages } from './node-usage.ts';
import { place } from './placement.ts';

const NAME = 'default-scheduler';

/** kube-scheduler looks at unschedulable pods again after this long even when nothing changed. */
const FLUSH_MS = 300_000;

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
  readonly #usages = new NodeUsages();
  readonly #onNode = new Map<string, Set<string>>();
  readonly #stuck = new Set<string>();
  /** Where the search for a node begins: after those that the last one looked at. */
  #from = 0;

  constructor(context: Context, options: SchedulerOptions) {
    this.#context = context;
    this.#options = options;
    this.#announcer = new Announcer(context, NAME);
    this.#queue = context.queue((key) => this.#schedule(key));
  }

  start(): void {
    this.#context.watch(NODES, (change) => this.#nodeChanged(change));
    this.#context.watch(PODS, (change) => this.#podChanged(change));
  }

  #nodeChanged({ type, object, old }: TypedChange<Node>): void {
    if (type === 'DELETED') {
      this.#usages.deleteNode(object.metadata.name);
      return;
    }
    this.#usages.setNode(object);
    const relevant =
      old === undefined ||
      !equalJson(object.spec, old.spec) ||
      !equalJson(object.metadata.labels, old.metadata.labels) ||
      !equalJson(object.status?.allocatable, old.status?.allocatable);
    if (relevant) this.#retryStuck();
  }

  #podChanged({ type, object }: TypedChange<Pod>): void {
    const key = keyOf(object);
    if (object.spec.nodeName !== undefined) {
      const gone = type === 'DELETED' || isPodFinished(object);
      if (gone) this.#leaveNode(object.spec.nodeName, key);
      else this.#enterNode(object.spec.nodeName, key);
    }
    const freed = this.#usages.setPod(object, type === 'DELETED' ? 'deleted' : 'present');
    if (freed) this.#retryStuck();
    if (type === 'DELETED') this.#stuck.delete(key);
    else if (isWaiting(object) && !this.#stuck.has(key)) this.#queue.add(key);
  }

  #retryStuck(): void {
    for (const key of this.#stuck) this.#queue.add(key);
    this.#stuck.clear();
  }

  #enterNode(node: string, key: string): void {
    const here = this.#onNode.get(node);
    if (here === undefined) this.#onNode.set(node, new Set([key]));
    else here.add(key);
  }

  #leaveNode(node: string, key: string): void {
    const here = this.#onNode.get(node);
    here?.delete(key);
    if (here?.size === 0) this.#onNode.delete(node);
  }

  #podsOn(node: string): readonly Pod[] {
    return [...(this.#onNode.get(node) ?? [])]
      .map((key) => this.#context.get(PODS, parseKey(key)))
      .filter((pod) => pod !== undefined);
  }

  #schedule(key: string): void {
    const pod = this.#context.get(PODS, parseKey(key));
    if (pod === undefined || !isWaiting(pod)) return;
    const nodes = this.#usages.all();
    const placement = place(pod, nodes, { start: this.#from, podsOn: (node) => this.#podsOn(node) });
    if (placement.node === undefined) {
      this.#stuck.add(key);
      this.#queue.addAt(key, this.#context.now() + FLUSH_MS);
      this.#refuse(pod, placement.message);
      return;
    }
    this.#from = (this.#from + placement.examined) % Math.max(1, nodes.length);
    const bound = this.#context.bind(pod, placement.node);
    if (bound && this.#options.events === 'all')
      this.#announcer.announce(pod, {
        type: 'Normal',
        reason: 'Scheduled',
        action: 'Binding',
        note: `Successfully assigned ${key} to ${placement.node}`,
      });
  }

  #refuse(pod: Pod, message: string): void {
    this.#announcer.announce(pod, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: message });
    const stamp = toTimestamp(this.#context.now());
    this.#context.modifyStatus(PODS, pod, (draft) => {
      const conditions = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
      const before = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
      if (before?.status === 'False' && before.message === message) return undefined;
      const lastTransitionTime = before?.status === 'False' ? before.lastTransitionTime : stamp;
      const refused = {
        type: 'PodScheduled',
        ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime,
        reason: 'Unschedulable',
        message,
      };
      draft['status'] = { ...draft['status'], conditions: [...conditions, refused] };
      return draft;
    });
  }
}

const isWaiting = (pod: Pod): boolean =>
  pod.spec.nodeName === undefined &&
  !isTerminating(pod) &&
  !isPodFinished(pod) &&
  (pod.spec.schedulerName ?? NAME) === NAME &&
  (pod.spec.schedulingGates?.length ?? 0) === 0;
