/** StorageObjectInUseProtection and TaintNodesByCondition: what new objects carry until a controller takes it off. */
import { asList, asText, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import type { AdmissionPlugin } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';

/** By `resource.group`. */
const FINALIZERS: Readonly<Record<string, string>> = {
  'persistentvolumeclaims.': 'kubernetes.io/pvc-protection',
  'persistentvolumes.': 'kubernetes.io/pv-protection',
  'volumeattributesclasses.storage.k8s.io': 'kubernetes.io/vac-protection',
};
const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

function protect(object: Draft, finalizer: string): void {
  const meta = metaOf(object);
  const present = asList(meta['finalizers']);
  if (!present.includes(finalizer)) meta['finalizers'] = [...present, finalizer];
}

export const protection: AdmissionPlugin = {
  admit: ({ operation, type, subresource, object }) => {
    if (!object || operation !== 'CREATE' || subresource !== '') return;
    const finalizer = FINALIZERS[`${type.resource}.${type.group}`];
    if (finalizer !== undefined) protect(object, finalizer);
  },
};

export const nodeTaints: AdmissionPlugin = {
  admit: ({ operation, type, subresource, object }) => {
    if (!object || operation !== 'CREATE' || type.group !== '' || subresource !== '') return;
    if (type.resource !== 'nodes') return;
    const spec = childOf(object, 'spec');
    const taints = objectsOf(spec['taints']);
    if (!taints.some((taint) => asText(taint['key']) === NOT_READY.key && taint['effect'] === NOT_READY.effect))
      spec['taints'] = [...taints, NOT_READY];
  },
};
