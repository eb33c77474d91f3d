/** Which HorizontalPodAutoscalers set a workload's count. */
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { mapped, type Result } from '../../std/result.ts';
import { type Answer, type Need, servedIn } from './action-kind.ts';

export const autoscalerNeed = ({ metadata }: KubeObject): Need => ({
  list: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  ...given({ namespace: metadata.namespace }),
});

/** Versions of an apiVersion are one kind: the group decides, as in the autoscaler itself. */
export function autoscalersOf(answer: Answer | undefined, target: KubeObject): Result<readonly KubeObject[]> {
  const group = groupOf(target.apiVersion);
  const setsItsCount = (scaler: KubeObject): boolean => {
    const spec = scaler['spec'] as {
      readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
    };
    const ref = spec.scaleTargetRef;
    return ref?.kind === target.kind && ref.name === target.metadata.name && groupOf(ref.apiVersion ?? '') === group;
  };
  return mapped(servedIn(answer), (scalers) => scalers.filter(setsItsCount));
}

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '');
