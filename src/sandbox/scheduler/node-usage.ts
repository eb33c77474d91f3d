/** What each node can hold and what its pods have asked for, kept by single changes. */
import { parseQuantity } from '../runtime/amounts.ts';
import { isPodFinished } from '../runtime/pods.ts';
import type { Container, Node, Pod, PodSpec } from '../runtime/shapes.ts';

/** CPU in cores, memory in bytes. */
export interface Amount {
  readonly cpu: number;
  readonly memory: number;
}

export interface NodeUsage {
  readonly node: Node;
  readonly allocatable: Amount & { readonly pods: number };
  readonly requested: Amount & { readonly pods: number };
  /** Pods here by the uid of their controller. */
  readonly siblings: ReadonlyMap<string, number>;
}

const requestsOf = (container: Container): Amount => ({
  cpu: parseQuantity(container.resources?.requests?.['cpu']) ?? 0,
  memory: parseQuantity(container.resources?.requests?.['memory']) ?? 0,
});

/**
 * The sum of the containers, or the largest init container if that is more; restartable init containers stay and add
 * up.
 */
export function podRequests(spec: PodSpec): Amount {
  let [cpu, memory] = [0, 0];
  let [initCpu, initMemory] = [0, 0];
  let [sideCpu, sideMemory] = [0, 0];
  for (const container of spec.containers) {
    const requests = requestsOf(container);
    cpu += requests.cpu;
    memory += requests.memory;
  }
  for (const container of spec.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      sideCpu += requests.cpu;
      sideMemory += requests.memory;
    }
    const own = container.restartPolicy === 'Always' ? { cpu: 0, memory: 0 } : requests;
    initCpu = Math.max(initCpu, sideCpu + own.cpu);
    initMemory = Math.max(initMemory, sideMemory + own.memory);
  }
  return { cpu: Math.max(cpu + sideCpu, initCpu), memory: Math.max(memory + sideMemory, initMemory) };
}

/** Kubelets without a limit of their own allow this many. */
const DEFAULT_MAX_PODS = 110;

interface Entry {
  node: Node;
  allocatable: { cpu: number; memory: number; pods: number };
  requested: { cpu: number; memory: number; pods: number };
  siblings: Map<string, number>;
}

export class NodeUsages {
  readonly #entries = new Map<string, Entry>();
  readonly #ofPod = new Map<string, { readonly node: string; readonly amount: Amount; readonly owner: string }>();
  /** Pods on nodes that are not known (yet), by node. */
  #order: NodeUsage[] | undefined;

  /** In the order of first appearance. */
  all(): readonly NodeUsage[] {
    this.#order ??= [...this.#entries.values()];
    return this.#order;
  }

  get(name: string): NodeUsage | undefined {
    return this.#entries.get(name);
  }

  setNode(node: Node): void {
    const { allocatable } = node.status ?? {};
    const amounts = {
      cpu: parseQuantity(allocatable?.['cpu']) ?? 0,
      memory: parseQuantity(allocatable?.['memory']) ?? 0,
      pods: parseQuantity(allocatable?.['pods']) ?? DEFAULT_MAX_PODS,
    };
    const entry = this.#entries.get(node.metadata.name);
    if (entry !== undefined) {
      entry.node = node;
      entry.allocatable = amounts;
      return;
    }
    const fresh: Entry = { node, allocatable: amounts, requested: { cpu: 0, memory: 0, pods: 0 }, siblings: new Map() };
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
    if (before?.node === here) return false;
    if (before !== undefined) {
      this.#ofPod.delete(uid);
      const entry = this.#entries.get(before.node);
      if (entry !== undefined) count(entry, before, -1);
    }
    if (here !== undefined) {
      const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true)?.uid ?? '';
      const placed = { node: here, amount: podRequests(pod.spec), owner };
      this.#ofPod.set(uid, placed);
      const entry = this.#entries.get(here);
      if (entry !== undefined) count(entry, placed, 1);
    }
    return before !== undefined;
  }
}

function count(
  entry: Entry,
  { amount, owner }: { readonly amount: Amount; readonly owner: string },
  sign: 1 | -1,
): void {
  entry.requested.cpu += sign * amount.cpu;
  entry.requested.memory += sign * amount.memory;
  entry.requested.pods += sign;
  if (owner === '') return;
  const siblings = (entry.siblings.get(owner) ?? 0) + sign;
  if (siblings > 0) entry.siblings.set(owner, siblings);
  else entry.siblings.delete(owner);
}
