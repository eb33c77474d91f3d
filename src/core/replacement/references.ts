/**
 * The objects without which a pod does not start, by name: what it marks as optional is not among them.
 * https://kubernetes.io/docs/concepts/configuration/secret/#restriction-secret-must-exist
 */
import { given } from '../../std/given.ts';
import type { Container, KeyRef, PodObject, Volume } from '../analysis/objects.ts';

export interface Reference {
  readonly kind: 'Secret' | 'ConfigMap' | 'PersistentVolumeClaim' | 'ServiceAccount';
  readonly name: string;
  /** Which part of the pod names it, for people. */
  readonly by: string;
}

interface Projected extends Volume {
  readonly projected?: {
    readonly sources?: readonly { readonly configMap?: KeyRef; readonly secret?: KeyRef }[];
  };
  readonly csi?: { readonly nodePublishSecretRef?: KeyRef };
}

/** Each once. `made`: volumes whose claims the controller makes itself. */
export function referencesOf({ spec = {} }: PodObject, made: readonly string[]): readonly Reference[] {
  const { serviceAccountName, imagePullSecrets = [], containers = [], initContainers = [], volumes = [] } = spec;
  const all = [
    ...(serviceAccountName === undefined || serviceAccountName === 'default'
      ? []
      : [{ kind: 'ServiceAccount', name: serviceAccountName, by: 'serviceAccountName' } as const]),
    ...imagePullSecrets.flatMap((one) => needed('Secret', one, 'imagePullSecrets')),
    ...[...initContainers, ...containers].flatMap(ofContainer),
    ...volumes.filter(({ name }) => !made.includes(name)).flatMap(ofVolume),
  ];
  return [...new Map(all.toReversed().map((one) => [`${one.kind}/${one.name}`, one])).values()].toReversed();
}

const needed = (
  kind: Reference['kind'],
  ref: Pick<KeyRef, 'name' | 'optional'> | undefined,
  by: string,
): readonly Reference[] =>
  ref?.name === undefined || ref.name === '' || ref.optional === true ? [] : [{ kind, name: ref.name, by }];

function ofContainer({ name, env = [], envFrom = [] }: Container): readonly Reference[] {
  const by = `the environment of container ${name}`;
  return [
    ...env.flatMap(({ valueFrom }) => [
      ...needed('ConfigMap', valueFrom?.configMapKeyRef, by),
      ...needed('Secret', valueFrom?.secretKeyRef, by),
    ]),
    ...envFrom.flatMap(({ configMapRef, secretRef }) => [
      ...needed('ConfigMap', configMapRef, by),
      ...needed('Secret', secretRef, by),
    ]),
  ];
}

function ofVolume(volume: Volume): readonly Reference[] {
  const { name, persistentVolumeClaim, configMap, secret, projected, csi }: Projected = volume;
  const by = `volume ${name}`;
  const { secretName, optional } = secret ?? {};
  return [
    ...needed('PersistentVolumeClaim', given({ name: persistentVolumeClaim?.claimName }), by),
    ...needed('ConfigMap', configMap, by),
    ...needed('Secret', given({ name: secretName, optional }), by),
    ...(projected?.sources ?? []).flatMap((source) => [
      ...needed('ConfigMap', source.configMap, by),
      ...needed('Secret', source.secret, by),
    ]),
    ...needed('Secret', csi?.nodePublishSecretRef, by),
  ];
}
