/** What each node can hold and what its pods have asked for, kept by single changes. */
import { equalJson } from '../machinery/json.ts';
import { parseQuantity } from '../runtime/amounts.ts';
import { isPodFinished } from '../runtime/pods.ts';
import type { ContainerPort, Node, Pod } from '../runtime/shapes.ts';
import { hostPorts, isCounted, podRequests, priorityOf, type Requests } from './pod-requests.ts';

interface Amounts extends Requests {
  readonly pods: number;
}

/** A pod that takes room on a node. */
export interface Placed {
  readonly pod: Pod;
  readonly node: string;
  readonly amount: Requests;
  readonly ports: readonly ContainerPort[];
  /** The uid of its controller. */
  readonly owner: string;
}

export interface NodeUsage {
  readonly node: Node;
  readonly allocatable: Amounts;
  readonly requested: Amounts;
  /** Pods here by the uid of their controller. */
  readonly siblings: ReadonlyMap<string, number>;
  readonly ports: readonly ContainerPort[];
  /** Pods here by uid, in the order in which they came. */
  readonly placed: ReadonlyMap<string, Placed>;
}

/** Kubelets without a limit of their own allow this many. */
const DEFAULT_MAX_PODS = 110;

interface Entry {
  node: Node;
  allocatable: Amounts;
  requested: { cpu: number; memory: number; pods: number; others: Map<string, number> };
  siblings: Map<string, number>;
  ports: ContainerPort[];
  placed: Map<string, Placed>;
}

export const ownerOf = (pod: Pod): string =>
  pod.metadata.ownerReferences?.find((reference) => reference.controller === true)?.uid ?? '';

/** As if the pod ran on the node. */
export const placedOn = (pod: Pod, node: string): Placed => ({
  pod,
  node,
  amount: podRequests(pod.spec),
  ports: hostPorts(pod),
  owner: ownerOf(pod),
});

export class NodeUsages {
  readonly #entries = new Map<string, Entry>();
  readonly #ofPod = new Map<string, Placed>();
  /** How many placed pods have each priority: where none has less, nothing can be preempted. */
  readonly #priorities = new Map<number, number>();
  #order: NodeUsage[] | undefined;

  /** In the order of first appearance. */
  all(): readonly NodeUsage[] {
    this.#order ??= [...this.#entries.values()];
    return this.#order;
  }

  get(name: string): NodeUsage | undefined {
    return this.#entries.get(name);
  }

  /** Whether any pod on any node has a lower priority. */
  hasBelow(priority: number): boolean {
    for (const other of this.#priorities.keys()) if (other < priority) return true;
    return false;
  }

  setNode(node: Node): void {
    const { allocatable = {} } = node.status ?? {};
    const others = new Map<string, number>();
    for (const name in allocatable) if (isCounted(name)) others.set(name, parseQuantity(allocatable[name]) ?? 0);
    const amounts = {
      cpu: parseQuantity(allocatable['cpu']) ?? 0,
      memory: parseQuantity(allocatable['memory']) ?? 0,
      pods: parseQuantity(allocatable['pods']) ?? DEFAULT_MAX_PODS,
      others,
    };
    const entry = this.#entries.get(node.metadata.name);
    if (entry !== undefined) {
      entry.node = node;
      entry.allocatable = amounts;
      return;
    }
    const fresh: Entry = {
      node,
      allocatable: amounts,
      requested: { cpu: 0, memory: 0, pods: 0, others: new Map() },
      siblings: new Map(),
      ports: [],
      placed: new Map(),
    };
    this.#entries.set(node.metadata.name, fresh);
    this.#order = undefined;
    for (const placed of this.#ofPod.values()) if (placed.node === node.metadata.name) count(fresh, placed, 1);
  }

  deleteNode(name: string): void {
    this.#entries.delete(name);
    this.#order = undefined;
  }

  /** Returns whether room was freed. */
  setPod(pod: Pod, gone: 'deleted' | 'present'): boolean {
    const uid = pod.metadata.uid ?? '';
    const here = gone === 'present' && !isPodFinished(pod) ? pod.spec.nodeName : undefined;
    const before = this.#ofPod.get(uid);
    if (before !== undefined && before.node === here && !isResized(before.pod, pod)) {
      this.#renew(uid, { ...before, pod });
      return false;
    }
    if (before !== undefined) this.#forget(uid, before);
    if (here !== undefined) {
      const placed = placedOn(pod, here);
      this.#ofPod.set(uid, placed);
      this.#priorities.set(priorityOf(pod), (this.#priorities.get(priorityOf(pod)) ?? 0) + 1);
      const entry = this.#entries.get(here);
      if (entry !== undefined) count(entry, placed, 1);
    }
    return before !== undefined;
  }

  /** The pod's object changed, and not what it takes. */
  #renew(uid: string, placed: Placed): void {
    this.#ofPod.set(uid, placed);
    this.#entries.get(placed.node)?.placed.set(uid, placed);
  }

  #forget(uid: string, before: Placed): void {
    this.#ofPod.delete(uid);
    const priority = priorityOf(before.pod);
    const left = (this.#priorities.get(priority) ?? 0) - 1;
    if (left > 0) this.#priorities.set(priority, left);
    else this.#priorities.delete(priority);
    const entry = this.#entries.get(before.node);
    if (entry !== undefined) count(entry, before, -1);
  }
}

/** https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/ */
const isResized = (before: Pod, after: Pod): boolean =>
  before.metadata.generation !== after.metadata.generation &&
  !(
    equalJson(amountsIn(before.spec.containers), amountsIn(after.spec.containers)) &&
    equalJson(amountsIn(before.spec.initContainers), amountsIn(after.spec.initContainers))
  );

const amountsIn = (containers: Pod['spec']['containers'] = []) => containers.map(({ resources }) => resources ?? null);

/** A copy of a node's usage, to try what happens when pods come or go. */
export class NodeTrial implements NodeUsage {
  readonly node: Node;
  readonly allocatable: Amounts;
  readonly requested: Entry['requested'];
  readonly siblings: Map<string, number>;
  readonly ports: ContainerPort[];
  readonly placed: Map<string, Placed>;

  constructor({ node, allocatable, requested, siblings, ports, placed }: NodeUsage) {
    this.node = node;
    this.allocatable = allocatable;
    this.requested = { ...requested, others: new Map(requested.others) };
    this.siblings = new Map(siblings);
    this.ports = [...ports];
    this.placed = new Map(placed);
  }

  add(placed: Placed): void {
    count(this, placed, 1);
  }

  remove(placed: Placed): void {
    count(this, placed, -1);
  }
}

function count(entry: Entry, placed: Placed, sign: 1 | -1): void {
  const { amount, owner, ports, pod } = placed;
  entry.requested.cpu += sign * amount.cpu;
  entry.requested.memory += sign * amount.memory;
  entry.requested.pods += sign;
  for (const [name, value] of amount.others)
    entry.requested.others.set(name, (entry.requested.others.get(name) ?? 0) + sign * value);
  const uid = pod.metadata.uid ?? '';
  if (sign > 0) {
    entry.placed.set(uid, placed);
    if (ports.length > 0) entry.ports.push(...ports);
  } else {
    entry.placed.delete(uid);
    for (const port of ports) {
      const at = entry.ports.indexOf(port);
      if (at >= 0) entry.ports.splice(at, 1);
    }
  }
  if (owner === '') return;
  const siblings = (entry.siblings.get(owner) ?? 0) + sign;
  if (siblings > 0) entry.siblings.set(owner, siblings);
  else entry.siblings.delete(owner);
}
