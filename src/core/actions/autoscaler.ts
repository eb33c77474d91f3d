/** Which HorizontalPodAutoscalers set a workload's count. */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Answer, Need } from './action-kind.ts';

export const autoscalerNeed = ({ metadata }: KubeObject): Need => ({
  list: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
});

/**
 * A text: why that cannot be told. Versions of an apiVersion are one kind: the group decides, as in the autoscaler
 * itself.
 */
export function autoscalersOf(answer: Answer | undefined, target: KubeObject): readonly KubeObject[] | string {
  if (answer === undefined) return 'nobody asked';
  if (answer.found === 'no') return answer.reason === 'UnknownKind' ? [] : answer.message;
  const group = groupOf(target.apiVersion);
  return answer.objects.filter((scaler) => {
    const spec = scaler['spec'] as {
      readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
    };
    const ref = spec.scaleTargetRef;
    return ref?.kind === target.kind && ref.name === target.metadata.name && groupOf(ref.apiVersion ?? '') === group;
  });
}

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '');
