/** One look for a node for one pod: whether a node may take it, in the order of kube-scheduler's filters. */
import { matchesNode, untolerated } from '../runtime/node-fit.ts';
import type { ContainerPort, Node, Pod } from '../runtime/shapes.ts';
import type { DeviceState } from './device-claims.ts';
import type { NodeUsage, Placed } from './node-usage.ts';
import { hostPorts, podRequests, portsCollide, type Requests } from './pod-requests.ts';
import { PodRules, type PodSight } from './pod-rules.ts';
import { SpreadRules } from './spread-rules.ts';
import { type StorageSight, VolumeRules } from './volume-rules.ts';

export interface Refusal {
  readonly reasons: readonly string[];
  /** Whether it could be otherwise once pods have gone from there. */
  readonly curable: boolean;
}

export interface AttemptSight extends PodSight {
  readonly storage: StorageSight;
  readonly devices: (pod: Pod) => DeviceState;
}

/** Of taints that keep a pod from coming. */
const KEEPS_OUT = ['NoSchedule', 'NoExecute'] as const;

const CORDON = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

export class Attempt {
  readonly pod: Pod;
  readonly requests: Requests;
  readonly #ports: readonly ContainerPort[];
  readonly #rules: PodRules;
  readonly #spread: SpreadRules;
  readonly volumes: VolumeRules;
  readonly devices: DeviceState;

  constructor(pod: Pod, sight: AttemptSight) {
    this.pod = pod;
    this.requests = podRequests(pod.spec);
    this.#ports = hostPorts(pod);
    this.#rules = new PodRules(pod, sight);
    this.#spread = new SpreadRules(pod, 'DoNotSchedule', sight);
    this.volumes = new VolumeRules(pod, sight.storage);
    this.devices = sight.devices(pod);
  }

  /** Why this node cannot take the pod; undefined when it can. */
  refusal(usage: NodeUsage): Refusal | undefined {
    const { node } = usage;
    return this.#nodeItself(node) ?? this.#room(usage) ?? this.volumes.refusal(node) ?? this.#others(node);
  }

  /** As if another pod had come to its node, or gone. */
  shift({ pod }: Placed, node: Node, sign: 1 | -1): void {
    this.#rules.shift(pod, node, sign);
    this.#spread.shift(pod, node, sign);
  }

  #nodeItself(node: Node): Refusal | undefined {
    const { tolerations = [] } = this.pod.spec;
    if (
      node.spec?.unschedulable === true &&
      untolerated({ ...node, spec: { taints: [CORDON] } }, tolerations, ['NoSchedule']) !== undefined
    )
      return never('node(s) were unschedulable');
    if (untolerated(node, tolerations, KEEPS_OUT) !== undefined) return never('node(s) had untolerated taint(s)');
    if (!matchesNode(this.pod.spec, node)) return never("node(s) didn't match Pod's node affinity/selector");
    return undefined;
  }

  #room({ allocatable, requested, ports }: NodeUsage): Refusal | undefined {
    if (this.#ports.some((wanted) => ports.some((taken) => portsCollide(wanted, taken))))
      return { reasons: ["node(s) didn't have free ports for the requested pod ports"], curable: true };
    const { cpu, memory, others } = this.requests;
    const missing: Missing[] = [];
    // Thousandths of a core do not add up exactly.
    note(missing, { name: 'cpu', asked: cpu, used: requested.cpu, all: allocatable.cpu + 1e-9 });
    note(missing, { name: 'memory', asked: memory, used: requested.memory, all: allocatable.memory });
    for (const [name, asked] of others)
      note(missing, { name, asked, used: requested.others.get(name) ?? 0, all: allocatable.others.get(name) ?? 0 });
    const isFull = requested.pods + 1 > allocatable.pods;
    if (missing.length === 0 && !isFull) return undefined;
    const amounts = missing.map(({ name }) => `Insufficient ${name}`);
    return {
      reasons: isFull ? ['Too many pods', ...amounts] : amounts,
      curable: missing.every(({ asked, all }) => asked <= all),
    };
  }

  #others(node: Node): Refusal | undefined {
    const refused = this.#spread.refusal(node) ?? this.#rules.refusal(node);
    if (refused !== undefined) return { reasons: [refused.reason], curable: refused.curable };
    return this.devices.kind === 'unallocated' ? never('cannot allocate all claims') : undefined;
  }
}

interface Missing {
  readonly name: string;
  readonly asked: number;
  readonly used: number;
  readonly all: number;
}

function note(missing: Missing[], amount: Missing): void {
  if (amount.asked > 0 && amount.used + amount.asked > amount.all) missing.push(amount);
}

function never(reason: string): Refusal {
  return { reasons: [reason], curable: false };
}
