/**
 * The kubelets of all nodes: they register their Nodes, renew their leases, and run the pods that are bound to them.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { toMicroTime } from '../../std/clock.ts';
import { badRequest, isApiError } from '../machinery/errors.ts';
import type { Context } from '../runtime/context.ts';
import { eventually } from '../runtime/eventually.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { CLAIMS, LEASES, NODES, PODS } from '../runtime/resources.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import { Behaviours } from './behaviours.ts';
import {
  DEFAULT_SHAPE,
  isStopped,
  KUBELET_ANNOTATION,
  type NodeShape,
  nodeAddress,
  nodeObject,
  nodeStatus,
  podNetwork,
} from './node-objects.ts';
import { formatLog, type LogQuery } from './logs.ts';
import { nodeMetrics, nodeUsage, podMetrics } from './metrics.ts';
import { PodWorker } from './pod-worker.ts';
import { Sources } from './sources.ts';
import { type Usage, usageOf } from './usage.ts';
import { type VolumeUse, volumeUse } from './volumes.ts';

/** https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats */
const LEASE_RENEW_MS = 10_000;
const LEASE_SECONDS = 40;
const STATUS_REPORT_MS = 300_000;

export interface KubeletOptions {
  /** Nodes to register: a number of `node-1` … or their names. */
  readonly nodes: number | readonly string[];
  readonly shape?: NodeShape;
  /** `off` writes no leases: for clusters of thousands of nodes whose nodes never die. */
  readonly heartbeats?: 'on' | 'off';
}

interface Machine {
  readonly name: string;
  readonly index: number;
  /** A kubelet counts what it says itself: how much others say does not make it forget. */
  readonly events: Recorder;
  readonly images: Set<string>;
  readonly workers: Map<string, PodWorker>;
  nextAddress: number;
  stopped: boolean;
}

export class Kubelets {
  readonly #context: Context;
  readonly #shape: NodeShape;
  readonly #heartbeats: 'on' | 'off';
  readonly #behaviours: Behaviours;
  readonly #sources: Sources;
  readonly #machines = new Map<string, Machine>();
  /** Pods bound to a machine of ours, by uid. */
  readonly #places = new Map<string, Machine>();
  readonly #queue;
  #reportedAt = 0;

  constructor(context: Context, options: KubeletOptions) {
    this.#context = context;
    this.#shape = options.shape ?? DEFAULT_SHAPE;
    this.#heartbeats = options.heartbeats ?? 'on';
    this.#behaviours = new Behaviours(context);
    this.#sources = new Sources(context);
    // Pods are taken up in a turn of their own, so that a burst of bindings does not run inside the scheduler's writes.
    this.#queue = context.queue((uid) => this.#places.get(uid)?.workers.get(uid)?.work());
    context.watch(NODES, ({ type, object }) => this.#nodeChanged(type, object));
    context.watch(PODS, ({ type, object }) => this.#podChanged(type, object));
    const names =
      typeof options.nodes === 'number'
        ? Array.from({ length: options.nodes }, (_, index) => `node-${index + 1}`)
        : options.nodes;
    for (const [index, name] of names.entries())
      if (context.get(NODES, { name }) === undefined)
        context.create(NODES, nodeObject(name, { index, now: context.now() }));
    this.#reportedAt = context.now();
    if (this.#heartbeats === 'on') this.#beatLater();
  }

  /** The worker of a pod that runs here; undefined while it is not bound or not ours. */
  worker(pod: Pod): PodWorker | undefined {
    const uid = pod.metadata.uid ?? '';
    return this.#places.get(uid)?.workers.get(uid);
  }

  workersOn(node: string): readonly PodWorker[] {
    return [...(this.#machines.get(node)?.workers.values() ?? [])];
  }

  /** Cores and bytes by container, of what runs. */
  usage(pod: Pod): ReadonlyMap<string, Usage> | undefined {
    const worker = this.worker(pod);
    if (worker === undefined) return undefined;
    const now = this.#context.now();
    const usages = new Map<string, Usage>();
    for (const run of worker.runs) {
      const usage = usageOf(run, now);
      if (usage !== undefined) usages.set(run.container.name, usage);
    }
    return usages.size > 0 ? usages : undefined;
  }

  /** PodMetrics of one pod; undefined while none of its containers runs. */
  podMetrics(pod: Pod): KubeObject | undefined {
    const usages = this.usage(pod);
    return usages === undefined ? undefined : podMetrics(pod, usages, this.#context.now());
  }

  /** Of a node whose kubelet runs here, its pods and its system together. */
  nodeUsage(node: Node): Usage | undefined {
    const machine = this.#machines.get(node.metadata.name);
    if (machine === undefined || machine.stopped) return undefined;
    return nodeUsage([...machine.workers.values()].flatMap((worker) => [...(this.usage(worker.pod)?.values() ?? [])]));
  }

  /** NodeMetrics of a node whose kubelet runs here. */
  nodeMetrics(node: Node): KubeObject | undefined {
    const usage = this.nodeUsage(node);
    return usage === undefined ? undefined : nodeMetrics(node, usage, this.#context.now());
  }

  /** The volumes of claims that running pods mount, as far as a script says what is on them. */
  volumes(now: number): readonly VolumeUse[] {
    const mounted = new Set<string>();
    for (const machine of this.#machines.values()) {
      if (machine.stopped) continue;
      for (const { pod } of machine.workers.values()) {
        if (this.usage(pod) === undefined) continue;
        for (const { persistentVolumeClaim: claim } of pod.spec.volumes ?? [])
          if (claim !== undefined) mounted.add(`${pod.metadata.namespace ?? ''}/${claim.claimName}`);
      }
    }
    return this.#context
      .list(CLAIMS)
      .filter(({ metadata }) => mounted.has(`${metadata.namespace ?? ''}/${metadata.name}`))
      .map((claim) => volumeUse(claim, now))
      .filter((use) => use !== undefined);
  }

  /** The answer to `pods/log`; undefined where nothing was ever bound. Throws 400 where there is no such run. */
  log(pod: Pod, query: LogQuery & { readonly container?: string; readonly previous?: boolean }): string | undefined {
    const worker = this.worker(pod);
    if (worker === undefined) return undefined;
    const { name } = pod.metadata;
    const container = query.container ?? pod.spec.containers[0]?.name ?? '';
    const run = worker.runs.find((candidate) => candidate.container.name === container);
    const lines = run?.log(query.previous === true ? 'previous' : 'current', this.#context.now());
    if (lines !== undefined) return formatLog(lines, query, toMicroTime);
    if (query.previous === true)
      throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
    const reason = run?.status().state?.waiting?.reason ?? 'ContainerCreating';
    throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${reason}`);
  }

  #nodeChanged(type: string, node: Node): void {
    const { name } = node.metadata;
    let machine = this.#machines.get(name);
    if (type === 'DELETED') {
      for (const [uid, worker] of machine?.workers ?? []) {
        worker.drop();
        this.#places.delete(uid);
      }
      this.#machines.delete(name);
      return;
    }
    if (machine === undefined) {
      // A Node that somebody else made gets a kubelet only when it asks for one.
      if (node.metadata.annotations?.[KUBELET_ANNOTATION] === undefined) return;
      machine = {
        name,
        index: this.#machines.size,
        events: this.#context.recorder('kubelet'),
        images: new Set(),
        workers: new Map(),
        nextAddress: 2,
        stopped: isStopped(node),
      };
      this.#machines.set(name, machine);
      this.#register(machine, node);
      return;
    }
    const stopped = isStopped(node);
    if (machine.stopped === stopped) return;
    machine.stopped = stopped;
    if (stopped) return;
    this.#heartbeat(machine);
    this.#reportStatus(machine, node);
    for (const pod of this.#context.list(PODS)) if (pod.spec.nodeName === name) this.#podChanged('MODIFIED', pod);
    for (const uid of machine.workers.keys()) this.#queue.add(uid);
  }

  #register(machine: Machine, node: Node): void {
    if (machine.stopped) return;
    const { events, name: host } = machine;
    events.record(node, { type: 'Normal', reason: 'Starting', message: 'Starting kubelet.', host });
    this.#heartbeat(machine);
    this.#reportStatus(machine, node);
    const message = `Node ${host} status is now: NodeReady`;
    events.record(node, { type: 'Normal', reason: 'NodeReady', message, host });
    for (const pod of this.#context.list(PODS))
      if (pod.spec.nodeName === machine.name) this.#podChanged('MODIFIED', pod);
  }

  #reportStatus(machine: Machine, node: Node): void {
    const status = nodeStatus(this.#context.get(NODES, { name: machine.name }) ?? node, {
      index: machine.index,
      shape: this.#shape,
      now: this.#context.now(),
    });
    eventually(() => this.#context.modifyStatus(NODES, node, (draft) => ({ ...draft, status })));
  }

  #beatLater(): void {
    this.#context.timers.after(LEASE_RENEW_MS, () => {
      const now = this.#context.now();
      const report = now - this.#reportedAt >= STATUS_REPORT_MS;
      if (report) this.#reportedAt = now;
      for (const machine of this.#machines.values()) {
        if (machine.stopped) continue;
        this.#heartbeat(machine);
        const node = report ? this.#context.get(NODES, { name: machine.name }) : undefined;
        if (node !== undefined) this.#reportStatus(machine, node);
      }
      this.#beatLater();
    });
  }

  #heartbeat({ name }: Machine): void {
    if (this.#heartbeats === 'off') return;
    const renewTime = toMicroTime(this.#context.now());
    eventually(() => this.#renew(name, renewTime));
  }

  #renew(name: string, renewTime: string): void {
    const key = { namespace: 'kube-node-lease', name };
    try {
      const renewed = this.#context.cluster.modify(LEASES, key, (draft) => {
        draft['spec'] = { ...draft['spec'], renewTime };
        return draft;
      });
      if (renewed !== undefined) return;
      const node = this.#context.get(NODES, { name });
      this.#context.create(LEASES, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: {
          ...key,
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: node?.metadata.uid ?? '' }],
        },
        spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
      });
    } catch (cause) {
      // A kubelet that cannot renew tries again at its next turn; the node controller judges it by what it sees.
      if (!isApiError(cause)) throw cause;
    }
  }

  #podChanged(type: string, pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const place = this.#places.get(uid);
    if (type === 'DELETED') {
      place?.workers.get(uid)?.drop();
      place?.workers.delete(uid);
      this.#places.delete(uid);
      return;
    }
    const machine = pod.spec.nodeName === undefined ? undefined : this.#machines.get(pod.spec.nodeName);
    if (machine === undefined || machine.stopped) return;
    const worker = machine.workers.get(uid);
    if (worker !== undefined) {
      worker.update(pod);
      return;
    }
    this.#places.set(uid, machine);
    const home = {
      context: this.#context,
      events: machine.events,
      behaviours: this.#behaviours,
      node: machine.name,
      hostIP: nodeAddress(machine.index),
      images: machine.images,
      sources: this.#sources,
    };
    machine.workers.set(uid, new PodWorker(home, pod, this.#address(machine)));
    this.#queue.add(uid);
  }

  #address(machine: Machine): string {
    const address = machine.nextAddress;
    machine.nextAddress = address >= 254 ? 2 : address + 1;
    return `${podNetwork(machine.index)}.${address}`;
  }
}
