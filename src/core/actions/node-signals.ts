/**
 * Whether a node is broken by more than one witness. One that is wrong takes a node away that works: a detector with a
 * bad rule, a load balancer between the kubelets and the API server. Witnesses that repeat each other are one: with its
 * heartbeat lost, the control plane says Ready=Unknown and calls all pods of the node not ready.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller
 */
import type { Condition, KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { isPod } from '../analysis/objects.ts';
import { podHealth } from '../health.ts';
import { describeObject } from '../observation.ts';
import {
  type Answers,
  type NeedInput,
  type Needs,
  objectIn,
  objectsIn,
  type PlanInput,
  type Refusal,
  refused,
} from './action-kind.ts';
import { controllerOf } from './eviction.ts';

/** Kubelets renew their lease every 10 s and lose their node after 40 s. */
const LEASE_LOST_MS = 40_000;
/** One workload that is not ready says more about itself than about the node. */
const WORKLOADS = 2;

export const signalNeeds = ({ target: { metadata } }: Pick<NeedInput, 'target'>): Needs => ({
  pods: { list: { apiVersion: 'v1', kind: 'Pod' }, fieldSelector: `spec.nodeName=${metadata.name}` },
  lease: {
    get: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'kube-node-lease', name: metadata.name },
  },
});

type Witnessed = Pick<PlanInput, 'target' | 'answers' | 'origin' | 'now'>;

/** What says that the node is broken, each once. */
export function nodeSignals({ target, answers, origin, now }: Witnessed): readonly string[] {
  const silent = heartbeatLost(target, answers, now);
  return [
    ...(silent === undefined ? [] : [silent]),
    ...kubeletsWord(target),
    ...others(origin.seen),
    ...(silent === undefined ? podsNotReady(answers) : []),
    ...removed(target),
  ];
}

/** Undefined: it may be taken from the pods. A person who makes the action by hand is a witness of their own. */
export function uncorroborated(input: PlanInput, wanted: number): Refusal | undefined {
  if (input.origin.policy === undefined) return undefined;
  const signals = nodeSignals(input);
  if (signals.length >= wanted) return undefined;
  const seen = signals.length === 0 ? 'nothing that is read says so' : `only this says so: ${signals.join('; ')}`;
  return refused(
    'Uncorroborated',
    `${describeObject(input.target)} is not taken away on fewer than ${wanted} independent signs that it is broken; ${seen}. ` +
      'Look at the node; where one sign is enough, set signals: 1 in the block of the action',
  );
}

const conditionsOf = (node: KubeObject): readonly Condition[] =>
  (node['status'] as { readonly conditions?: readonly Condition[] } | undefined)?.conditions ?? [];

const OF_KUBELET: Readonly<Record<string, Condition['status']>> = {
  Ready: 'True',
  MemoryPressure: 'False',
  DiskPressure: 'False',
  PIDPressure: 'False',
  NetworkUnavailable: 'False',
};

function heartbeatLost(node: KubeObject, answers: Answers, now: Instant): string | undefined {
  const ready = conditionsOf(node).find(({ type }) => type === 'Ready');
  if (ready?.status === 'Unknown') return 'its kubelet is silent (Ready=Unknown)';
  const renewedAt = writtenAt(objectIn(answers['lease']));
  return renewedAt !== undefined && now - renewedAt > LEASE_LOST_MS ? 'its lease is not renewed' : undefined;
}

/** By the clock of the API server: the lease itself has the time of the node, which may be any. */
function writtenAt(lease: KubeObject | undefined): Instant | undefined {
  const times = (lease?.metadata.managedFields ?? []).flatMap(
    (entry) => fromTimestamp((entry as { readonly time?: string }).time) ?? [],
  );
  return times.length === 0 ? undefined : Math.max(...times);
}

function kubeletsWord(node: KubeObject): readonly string[] {
  const bad = conditionsOf(node).filter(
    ({ type, status }) => OF_KUBELET[type] !== undefined && status !== OF_KUBELET[type] && status !== 'Unknown',
  );
  return bad.length === 0 ? [] : [`its kubelet says ${bad.map(({ type, status }) => `${type}=${status}`).join(', ')}`];
}

/** What triggers saw that kubelets do not say: one for each kind of source. */
function others(seen: PlanInput['origin']['seen']): readonly string[] {
  const bySource = new Map<string, string>();
  for (const { source, message } of seen) {
    const repeats = source === 'condition' && Object.keys(OF_KUBELET).some((type) => message.includes(`${type}=`));
    if (!repeats && !bySource.has(source)) bySource.set(source, `trigger ${message}`);
  }
  return [...bySource.values()];
}

function podsNotReady(answers: Answers): readonly string[] {
  const pods = objectsIn(answers['pods']);
  if ('whyNot' in pods) return [];
  const ill = pods.value.filter(isPod).filter((pod) => podHealth(pod).state === 'unhealthy');
  const owners = new Set(ill.map((pod) => controllerOf(pod)?.uid ?? pod.metadata.uid));
  return owners.size < WORKLOADS ? [] : [`pods of ${owners.size} workloads on it are not ready`];
}

/** Taints of the cloud and of autoscalers: the machine is down, or about to go. */
export const REMOVAL_TAINTS: readonly string[] = [
  'node.cloudprovider.kubernetes.io/shutdown',
  'ToBeDeletedByClusterAutoscaler',
  'karpenter.sh/disrupted',
];

function removed(node: KubeObject): readonly string[] {
  const { taints = [] } = (node['spec'] ?? {}) as { readonly taints?: readonly { readonly key: string }[] };
  const found = taints.find(({ key }) => REMOVAL_TAINTS.includes(key));
  return found === undefined ? [] : [`its provider has given it the taint ${found.key}`];
}
