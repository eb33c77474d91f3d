/**
 * The pods of a node, as a drain sees them: which go, which stay, and why.
 * https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { parsePolicy } from '../../api/parse-policy.ts';
import type { ProtectedResource } from '../../api/policy.ts';
import { API_VERSION, HEALING_POLICY } from '../../api/names.ts';
import type { Pod } from '../../shapes/workloads.ts';
import { disruptionMarkOf, protectionOf } from '../gates/protection.ts';
import { targetRef } from '../observation.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { type Result, whyNot } from '../../std/result.ts';
import {
  type Answers,
  type Need,
  type NeedInput,
  type Needs,
  objectIn,
  objectsIn,
  type PlanInput,
} from './action-kind.ts';
import { controllerOf } from './eviction.ts';
import { localDataOf } from './local-data.ts';
import { boundHere, volumeNeeds } from './other-nodes.ts';

export const podNeeds = ({ target, origin: { policy } }: NeedInput): Needs => ({
  pods: { list: { apiVersion: 'v1', kind: 'Pod' }, fieldSelector: `spec.nodeName=${target.metadata.name}` },
  ...given({
    policy: policy && { get: { apiVersion: API_VERSION, kind: HEALING_POLICY.kind, ...policy } },
  }),
});

/**
 * Namespaces and controllers of the pods, the controllers of these, …: a mark on any of them protects the pod (I24).
 * Beside them the volumes of the pods, which may lie on one node alone.
 */
export function ownerNeeds({ limits }: NeedInput, answers: Answers): Needs {
  const needs: Record<string, Need> = {};
  for (const pod of running(answers).filter((one) => staysAnyway(one) === undefined)) {
    const { namespace = '' } = pod.metadata;
    if (namespace === limits.namespace || limits.protectedNamespaces.includes(namespace)) continue;
    needs[`Namespace/${namespace}`] = { get: { apiVersion: 'v1', kind: 'Namespace', name: namespace } };
    const owner = controllerOf(chainOf(pod, answers).at(-1) ?? pod);
    if (owner !== undefined)
      needs[owner.uid] = { get: { apiVersion: owner.apiVersion, kind: owner.kind, namespace, name: owner.name } };
    Object.assign(needs, volumeNeeds([pod], answers));
  }
  return needs;
}

/** As far as it is known; an owner of which only the reference is known ends it. */
function chainOf(pod: KubeObject, answers: Answers): readonly KubeObject[] {
  const chain: KubeObject[] = [];
  for (let owner = controllerOf(pod); owner !== undefined && chain.length < 4; ) {
    const found = objectIn(answers[owner.uid]);
    if (found?.metadata.uid !== owner.uid) break;
    chain.push(found);
    owner = controllerOf(found);
  }
  return chain;
}

const running = (answers: Answers): readonly Pod[] => {
  const pods = answers['pods'];
  const all: readonly Pod[] = pods?.found === 'yes' ? pods.objects : [];
  return all.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
};

const MIRROR = 'kubernetes.io/config.mirror';

/** Of a pod that comes back to this very node, or cannot leave it: why. */
function staysAnyway(pod: KubeObject): 'DaemonSet' | 'static' | undefined {
  const owner = controllerOf(pod);
  if (owner?.kind === 'DaemonSet') return 'DaemonSet';
  return owner?.kind === 'Node' || pod.metadata.annotations?.[MIRROR] !== undefined ? 'static' : undefined;
}

export interface NodePods {
  /** To be evicted. */
  readonly leaving: readonly Pod[];
  /** On their way already. */
  readonly going: readonly Pod[];
  /** Nothing would bring them back. */
  readonly bare: readonly Pod[];
  readonly ofDaemonSets: number;
  readonly kept: readonly { readonly pod: Pod; readonly why: string }[];
}

/** What a drain sees, and which pods it takes. */
type Read = Pick<PlanInput, 'limits' | 'answers' | 'target' | 'startedAt'> & {
  readonly localData: 'goes' | 'stays';
};

export function podsOfNode(read: Read): Result<NodePods> {
  const { answers } = read;
  const { policy } = answers;
  const pods = objectsIn(answers['pods']);
  if ('whyNot' in pods) return pods;
  if (policy?.found === 'no' && policy.reason !== 'NotFound') return whyNot(policy.message);
  const resources = protectedBy(objectIn(policy));
  const movable = running(answers).filter((pod) => staysAnyway(pod) === undefined);
  const judged = movable.map((pod) => ({ pod, why: whyLeft(pod, { ...read, resources }) }));
  const free = judged.filter(({ why }) => why === undefined).map(({ pod }) => pod);
  const value = {
    leaving: free.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
    going: free.filter(({ metadata }) => metadata.deletionTimestamp !== undefined),
    bare: free.filter((pod) => controllerOf(pod) === undefined && pod.metadata.deletionTimestamp === undefined),
    ofDaemonSets: running(answers).length - movable.length,
    kept: judged.flatMap(({ pod, why }) => (why === undefined ? [] : [{ pod, why }])),
  };
  return { value };
}

/**
 * Of a policy that is gone, or cannot be understood any more, no protection is known: the action goes on as it began.
 */
function protectedBy(policy: KubeObject | undefined): readonly ProtectedResource[] {
  return policy === undefined ? [] : (parsePolicy(policy).policy?.safety.protectedResources ?? []);
}

function whyLeft(
  pod: Pod,
  { answers, limits, resources, ...read }: Read & { readonly resources: readonly ProtectedResource[] },
): string | undefined {
  const namespace = objectIn(answers[`Namespace/${pod.metadata.namespace}`]);
  const chain = chainOf(pod, answers);
  const subject = { target: targetRef(pod), object: pod, chain, limits, ...given({ namespace }) };
  const why = protectionOf(subject, resources) ?? disruptionMarkOf(pod);
  if (why !== undefined) return why;
  const unread = unreadOwner(pod, answers);
  if (unread !== undefined) return `whether it is protected cannot be told: ${unread}`;
  if (cameLater(pod, read.startedAt)) return 'it came after the drain had begun, since it tolerates the cordon';
  const lost = read.localData === 'stays' ? localDataOf(pod) : undefined;
  if (lost !== undefined) return `${lost}, and deleteEmptyDirData is not set`;
  const nodes = objectsIn(answers['nodes']);
  return 'whyNot' in nodes ? undefined : boundHere(pod, { nodes: nodes.value, target: read.target, answers });
}

/**
 * A drain works off the list that it began with, as kubectl does: a pod that tolerates the cordon comes back for ever.
 * Timestamps of the API server have whole seconds.
 */
const cameLater = ({ metadata }: KubeObject, startedAt: Instant): boolean =>
  (fromTimestamp(metadata.creationTimestamp) ?? 0) > startedAt;

/** A refusal to read an owner; that it is gone, or of a kind that is not served, protects nothing. */
function unreadOwner(pod: Pod, answers: Answers): string | undefined {
  const uids = [pod, ...chainOf(pod, answers)].map((object) => controllerOf(object)?.uid ?? '');
  const unread = [`Namespace/${pod.metadata.namespace}`, ...uids].map((name) => answers[name]);
  const refusal = unread.find(
    (answer) => answer?.found === 'no' && answer.reason !== 'NotFound' && answer.reason !== 'UnknownKind',
  );
  return refusal?.found === 'no' ? refusal.message : undefined;
}
