/**
 * Whether another node takes a pod, as far as labels tell: its node selector, its required node affinity, and that of
 * the volumes that it is bound to. A pod that can only run where it is gains nothing by being evicted: the one in its
 * place would wait, or come back.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { matchesNode } from '../analysis/selectors.ts';
import type { NodeSelectorTerm, PodSpec } from '../analysis/objects.ts';
import { type Answers, type Need, type Needs, objectIn } from './action-kind.ts';

const claimName = (namespace: string, claim: string): string => `PersistentVolumeClaim/${namespace}/${claim}`;
const volumeName = (volume: string): string => `PersistentVolume/${volume}`;

const specOf = (pod: KubeObject): PodSpec => pod['spec'] ?? {};
const claimsOf = (pod: KubeObject): readonly string[] =>
  (specOf(pod).volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

/** The claims of the pods, then the volumes that these are bound to. */
export function volumeNeeds(pods: readonly KubeObject[], answers: Answers): Needs {
  const needs: Record<string, Need> = {};
  for (const pod of pods) {
    const { namespace = '' } = pod.metadata;
    for (const claim of claimsOf(pod)) {
      needs[claimName(namespace, claim)] = {
        get: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: claim },
      };
      const volume = boundTo(answers, claimName(namespace, claim));
      if (volume !== undefined)
        needs[volumeName(volume)] = { get: { apiVersion: 'v1', kind: 'PersistentVolume', name: volume } };
    }
  }
  return needs;
}

const boundTo = (answers: Answers, claim: string): string | undefined =>
  (objectIn(answers[claim])?.['spec'] as { readonly volumeName?: string } | undefined)?.volumeName;

/** Why no other of the nodes takes the pod; undefined when one does, or when that cannot be told. */
export function boundHere(
  pod: KubeObject,
  {
    nodes,
    target,
    answers,
  }: { readonly nodes: readonly KubeObject[]; readonly target: KubeObject; readonly answers: Answers },
): string | undefined {
  const others = nodes.filter(({ metadata }) => metadata.uid !== target.metadata.uid);
  // The only node of a cluster is drained for a reason of its own.
  if (others.length === 0) return undefined;
  const { nodeSelector = {}, affinity } = specOf(pod);
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const wants = Object.entries(nodeSelector).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  const selected =
    wants.length === 0 ? others : others.filter((node) => matchesNode([{ matchExpressions: wants }], node));
  if (selected.length === 0) return 'no other node has the labels of its nodeSelector';
  const near = terms === undefined ? selected : selected.filter((node) => matchesNode(terms, node));
  if (near.length === 0) return 'no other node fits its node affinity';
  const { namespace = '' } = pod.metadata;
  for (const claim of claimsOf(pod)) {
    const volume = boundTo(answers, claimName(namespace, claim));
    const needs = volume === undefined ? undefined : termsOfVolume(objectIn(answers[volumeName(volume)]));
    if (needs !== undefined && !near.some((node) => matchesNode(needs, node)))
      return `PersistentVolume ${volume} of its claim ${claim} is on this node alone`;
  }
  return undefined;
}

function termsOfVolume(volume: KubeObject | undefined): readonly NodeSelectorTerm[] | undefined {
  const { nodeAffinity } = (volume?.['spec'] ?? {}) as {
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] } };
  };
  return nodeAffinity?.required?.nodeSelectorTerms;
}
