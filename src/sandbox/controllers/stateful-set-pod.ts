/**
 * Names and volumes of a StatefulSet's pods.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-identity
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod, PodTemplate, StatefulSet } from '../runtime/shapes.ts';
import { STATEFUL_SETS } from '../runtime/resources.ts';
import { makePod } from './make-pod.ts';

export const REVISION_LABEL = 'controller-revision-hash';

/** The number at the end of the name; undefined when the pod is not named after the set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const { name } = pod.metadata;
  const prefix = `${set.metadata.name}-`;
  const rest = name.slice(prefix.length);
  return name.startsWith(prefix) && /^\d+$/.test(rest) ? Number(rest) : undefined;
}

const claimName = (template: KubeObject, set: StatefulSet, ordinal: number): string =>
  `${template.metadata.name}-${set.metadata.name}-${ordinal}`;

/** The PersistentVolumeClaims that the pod with this number mounts. */
export function claimsOf(set: StatefulSet, ordinal: number): readonly KubeObject[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const { spec } = template;
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        ...(template.metadata.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
        name: claimName(template, set, ordinal),
        namespace: set.metadata.namespace ?? '',
        labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      },
      spec,
    };
  });
}

export function podOf(
  set: StatefulSet,
  template: PodTemplate,
  identity: { readonly ordinal: number; readonly revision: string },
): KubeObject {
  const { ordinal, revision } = identity;
  const name = `${set.metadata.name}-${ordinal}`;
  const templates = set.spec.volumeClaimTemplates ?? [];
  const claimed = templates.map((claim) => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: claimName(claim, set, ordinal) },
  }));
  const others = (template.spec.volumes ?? []).filter((volume) => !claimed.some((claim) => claim.name === volume.name));
  const volumes = [...claimed, ...others];
  const made = makePod({
    owner: set,
    ownerKind: STATEFUL_SETS,
    template,
    name,
    generateName: `${set.metadata.name}-`,
    labels: {
      [REVISION_LABEL]: revision,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
    },
    spec: {
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  });
  return made;
}
