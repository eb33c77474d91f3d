/**
 * Classes that stand for those not named: DefaultStorageClass, DefaultIngressClass; and PersistentVolumeClaimResize,
 * which asks the class whether a claim may grow. After k8s.io/kubernetes/plugin/pkg/admission/storage and /network.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { parseQuantity } from '../../std/quantity.ts';
import { notAdmitted } from '../machinery/admission-errors.ts';
import { asText, at, childOf } from '../machinery/json.ts';
import type { AdmissionPlugin, Machinery } from '../machinery/machinery.ts';

const STORAGE_CLASSES = 'storageclasses.storage.k8s.io';
const OLD_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

const annotation = (object: unknown, name: string): unknown => at(object, 'metadata', 'annotations', name);

/** The newest, of equally old ones the first by name. */
function marked(machinery: Machinery, collection: string, names: readonly string[]): readonly KubeObject[] {
  return [...machinery.store.collection(collection).scan()]
    .map(([, each]) => each)
    .filter((each) => names.some((name) => annotation(each, name) === 'true'))
    .sort((a, b) => {
      const [older, newer] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
      return older === newer ? (a.metadata.name < b.metadata.name ? -1 : 1) : older > newer ? -1 : 1;
    });
}

export const storageClassOf = (claim: unknown): string =>
  asText(annotation(claim, OLD_ANNOTATION)) || asText(at(claim, 'spec', 'storageClassName'));

export const defaultStorageClass: AdmissionPlugin = {
  admit: ({ operation, type, subresource, object }, machinery) => {
    if (!object || operation !== 'CREATE' || subresource !== '') return;
    if (type.group !== '' || type.resource !== 'persistentvolumeclaims') return;
    const spec = childOf(object, 'spec');
    if (annotation(object, OLD_ANNOTATION) !== undefined || spec['storageClassName'] !== undefined) return;
    const [found] = marked(machinery, STORAGE_CLASSES, [
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ]);
    if (found) spec['storageClassName'] = found.metadata.name;
  },
};

export const defaultIngressClass: AdmissionPlugin = {
  admit: (attributes, machinery) => {
    const { operation, type, subresource, object } = attributes;
    if (!object || operation !== 'CREATE' || subresource !== '') return;
    if (type.group !== 'networking.k8s.io' || type.resource !== 'ingresses') return;
    const spec = childOf(object, 'spec');
    if (spec['ingressClassName'] !== undefined || annotation(object, 'kubernetes.io/ingress.class') !== undefined)
      return;
    const [found] = marked(machinery, 'ingressclasses.networking.k8s.io', [
      'ingressclass.kubernetes.io/is-default-class',
    ]);
    if (found) spec['ingressClassName'] = found.metadata.name;
  },
};

export const claimResize: AdmissionPlugin = {
  validate: (attributes, machinery) => {
    const { operation, type, subresource, object, old } = attributes;
    if (!object || !old || operation !== 'UPDATE' || subresource !== '') return;
    if (type.group !== '' || type.resource !== 'persistentvolumeclaims') return;
    const size = (claim: unknown): bigint =>
      parseQuantity(asText(at(claim, 'spec', 'resources', 'requests', 'storage')))?.nano ?? 0n;
    if (size(object) <= size(old)) return;
    if (at(old, 'status', 'phase') !== 'Bound')
      throw notAdmitted(attributes, 'Only bound persistent volume claims can be expanded');
    const name = storageClassOf(object);
    const found = name === storageClassOf(old) ? machinery.store.collection(STORAGE_CLASSES).get(name) : undefined;
    if (found?.['allowVolumeExpansion'] !== true)
      throw notAdmitted(
        attributes,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      );
  },
};
