/** A node that is at fault, by its conditions, its lease, its events, and what it says of its own services. */
import { fromTimestamp, type Instant } from '../../../../std/clock.ts';
import { conditionEvidence, type Evidence, eventEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import type { LeaseObject, NodeObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { condition, heard, isReady } from '../facts.ts';
import { BAD_NODE } from '../cures.ts';

/** What the node itself says of a service; undefined where nothing asks it. */
export function serviceOf(node: NodeObject, names: readonly string[], snapshot: Snapshot) {
  return snapshot.nodeServices.find((one) => one.node === node.metadata.name && names.includes(one.service));
}

export const serviceEvidence = (
  node: NodeObject,
  { service, text }: { readonly service: string; readonly text: string },
): Evidence => ({
  id: `node-service:${node.metadata.name}:${service}`,
  kind: 'node-service',
  source: refOf(node),
  trust: 'api',
  text: `${service}: ${text}`,
});

interface NodeServiceCause extends Pick<Cause, 'means' | 'todo' | 'when'> {
  readonly services: readonly string[];
  readonly text: string;
  /** What tells it without asking the node. */
  readonly otherwise?: (node: NodeObject, snapshot: Snapshot) => readonly [Evidence, ...Evidence[]] | undefined;
  readonly cures?: Cause['cures'];
}

export const serviceDown = ({ services, text, otherwise, cures, ...cause }: NodeServiceCause): Cause<'Node'> => ({
  family: 'infrastructure',
  specificity: 'exact',
  ...cause,
  unless: 'The node says that the service runs.',
  cures: cures ?? BAD_NODE,
  kinds: ['Node'],
  find(node, snapshot) {
    const asked = serviceOf(node, services, snapshot);
    if (asked?.running === true) return undefined;
    const evidence = asked === undefined ? otherwise?.(node, snapshot) : ([serviceEvidence(node, asked)] as const);
    if (evidence === undefined) return undefined;
    return {
      text: `On node ${node.metadata.name} ${text}`,
      evidence: [
        evidence[0],
        ...evidence.slice(1),
        ...(asked === undefined ? [] : (otherwise?.(node, snapshot) ?? [])),
      ],
    };
  },
});

/** A kubelet renews its lease every ten seconds, and a node is taken for lost after forty. */
const LOST_MS = 40_000;

const HEARTBEATS = 'kube-node-lease';

/**
 * For how long the kubelet has been silent; undefined where that cannot be told. It is held against the newest sign of
 * life of the other kubelets: the clock of the machine that looks may be any.
 */
export function silenceMs(node: NodeObject, snapshot: Snapshot): number | undefined {
  const lease = snapshot.find('Lease', { namespace: HEARTBEATS, name: node.metadata.name });
  const renewed = lease && renewedAt(lease);
  if (renewed === undefined) return undefined;
  const others = snapshot.in('Lease', HEARTBEATS).flatMap((one) => (one === lease ? [] : (renewedAt(one) ?? [])));
  return others.length === 0 ? undefined : Math.max(...others) - renewed;
}

/** As the API server wrote it down, where that is told; else by the clock of the node. */
function renewedAt(lease: LeaseObject): Instant | undefined {
  const writes = (lease.metadata.managedFields ?? []) as readonly { readonly time?: string }[];
  const times = writes.flatMap(({ time }) => fromTimestamp(time) ?? []);
  return times.length > 0 ? Math.max(...times) : fromTimestamp(lease.spec?.renewTime);
}

export function kubeletIsSilent(node: NodeObject, snapshot: Snapshot): readonly [Evidence, ...Evidence[]] | undefined {
  const ready = condition(node, 'Ready');
  const silence = silenceMs(node, snapshot);
  // Unknown is what the node controller writes when the kubelet has gone silent; False is what a kubelet says itself.
  if (ready?.status === 'Unknown') return [conditionEvidence(node, ready)];
  if (silence !== undefined && silence > LOST_MS && ready !== undefined) return [conditionEvidence(node, ready)];
  return undefined;
}

interface ConditionCause extends Pick<Cause, 'means' | 'todo' | 'when'> {
  readonly type: string;
  readonly text: string;
}

export const nodeSays = ({ type, text, ...cause }: ConditionCause): Cause<'Node'> => ({
  family: 'infrastructure',
  specificity: 'exact',
  ...cause,
  unless: `The condition ${type} is False.`,
  cures: BAD_NODE,
  kinds: ['Node'],
  find(node) {
    const said = condition(node, type);
    if (said?.status !== 'True') return undefined;
    const since = fromTimestamp(said.lastTransitionTime);
    return {
      text: `Node ${node.metadata.name} ${text}`,
      evidence: [conditionEvidence(node, said)],
      ...(since !== undefined && { since }),
    };
  },
});

const SOCKET = /(?:containerd|crio|cri-o|dockershim|docker)\.sock|container runtime is down|runtime (?:is )?not ready/i;

/** The runtime's socket does not answer, says the kubelet, of the node or of a pod on it. */
export function runtimeIsSilent(node: NodeObject, snapshot: Snapshot): readonly [Evidence, ...Evidence[]] | undefined {
  const ready = condition(node, 'Ready');
  if (ready?.status === 'False' && SOCKET.test(ready.message ?? '')) return [conditionEvidence(node, ready)];
  const said = heard(snapshot, node, {
    reasons: ['ContainerGCFailed', 'ImageGCFailed', 'NodeNotReady'],
    message: SOCKET,
  });
  if (said !== undefined) return [eventEvidence(said.event)];
  for (const pod of snapshot.podsOn(node.metadata.name)) {
    if (isReady(pod)) continue;
    const heardOf = heard(snapshot, pod, {
      reasons: ['FailedCreatePodSandBox', 'FailedKillPod', 'FailedPodSandBoxStatus'],
      message: SOCKET,
    });
    if (heardOf !== undefined) return [eventEvidence(heardOf.event)];
  }
  return undefined;
}
