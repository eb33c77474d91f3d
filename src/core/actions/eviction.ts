/** Evicting pods: the only way in which a controlled pod is disrupted, so that PodDisruptionBudgets hold (I17). */
import type { PlannedRequest, ResourceChange } from '../../api/action-status.ts';
import type { KubeObject } from '../../api/kube.ts';
import { describeTarget, targetRef } from '../observation.ts';
import { type PlanResult, refused } from './action-kind.ts';

/** https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
export const EVICTION_RULE = { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] } as const;

export const controllerOf = ({ metadata }: KubeObject) => metadata.ownerReferences?.find(({ controller }) => controller);

/** Why the pod must not be evicted, or undefined when it may be. */
export function evictionRefusal(pod: KubeObject): Extract<PlanResult, { readonly kind: 'refused' }> | undefined {
  const what = describeTarget(targetRef(pod));
  const owner = controllerOf(pod);
  const refusal =
    owner === undefined
      ? refused('BarePod', `${what} has no controller: nothing would bring it back. Manage it with a Deployment, or delete it by hand.`)
      : owner.kind === 'Node'
        ? refused('MirrorPod', `${what} is a static pod of its node and cannot be evicted`)
        : undefined;
  return refusal?.kind === 'refused' ? refusal : undefined;
}

/** By its UID, so that a pod which took over the name is left alone (I8). */
export function evictionOf(
  pod: KubeObject,
  gracePeriodSeconds: number,
): { readonly request: PlannedRequest; readonly change: ResourceChange } {
  const { name, namespace = '', uid = '' } = pod.metadata;
  const owner = controllerOf(pod);
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: { preconditions: { uid }, gracePeriodSeconds },
  };
  return {
    request: {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
      contentType: 'application/json',
      body: JSON.stringify(body),
      description: `evict Pod ${namespace}/${name}${owner === undefined ? '' : `; ${owner.kind} ${owner.name} replaces it`}`,
      precondition: { uid },
    },
    change: { resourceRef: `Pod/${namespace}/${name}`, changeType: 'delete', field: 'metadata.uid', oldValue: uid },
  };
}
