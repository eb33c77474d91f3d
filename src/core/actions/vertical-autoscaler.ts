/** VerticalPodAutoscalers set the resources of the pods of a workload, and would set back what is set by hand. */
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { mapped, type Result } from '../../std/result.ts';
import { type Answer, type Need, servedIn } from './action-kind.ts';
import { controllerOf } from './eviction.ts';

export const verticalAutoscalerNeed = ({ metadata }: KubeObject): Need => ({
  list: { apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler' },
  ...given({ namespace: metadata.namespace }),
});

/** Those that act on the workload, or on the one that the pod belongs to. */
export function verticalAutoscalersOf(answer: Answer | undefined, target: KubeObject): Result<readonly KubeObject[]> {
  const { kind, name } = workloadOf(target);
  const actsOnIt = (scaler: KubeObject): boolean => {
    const { targetRef, updatePolicy } = (scaler['spec'] ?? {}) as {
      readonly targetRef?: { readonly kind?: string; readonly name?: string };
      readonly updatePolicy?: { readonly updateMode?: string };
    };
    return targetRef?.kind === kind && targetRef.name === name && updatePolicy?.updateMode !== 'Off';
  };
  return mapped(servedIn(answer), (scalers) => scalers.filter(actsOnIt));
}

/** A ReplicaSet of a Deployment is named after it and the hash that its pods carry. */
function workloadOf(target: KubeObject): { readonly kind: string; readonly name: string } {
  const owner = target.kind === 'Pod' ? controllerOf(target) : undefined;
  if (owner === undefined) return { kind: target.kind, name: target.metadata.name };
  const suffix = `-${target.metadata.labels?.['pod-template-hash'] ?? ''}`;
  const ofDeployment = owner.kind === 'ReplicaSet' && suffix.length > 1 && owner.name.endsWith(suffix);
  return ofDeployment
    ? { kind: 'Deployment', name: owner.name.slice(0, -suffix.length) }
    : { kind: owner.kind, name: owner.name };
}
