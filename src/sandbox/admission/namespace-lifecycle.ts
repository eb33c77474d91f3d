/** Nothing is made in a namespace that is not there or is going; the system's namespaces stay. */
import { forbidden, notFound, refuse } from '../machinery/errors.ts';
import type { AdmissionPlugin } from '../machinery/machinery.ts';

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);
const NAMESPACES = { group: '', resource: 'namespaces' };

export const namespaceLifecycle: AdmissionPlugin = {
  admit: ({ operation, type, namespace, name, subresource }, machinery) => {
    if (type.group === '' && type.resource === 'namespaces') {
      if (operation === 'DELETE' && IMMORTAL.has(name))
        throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
      return;
    }
    if (operation !== 'CREATE' || !type.namespaced || namespace === '') return;
    // Asking about access needs no namespace.
    if (type.group === 'authorization.k8s.io' || subresource !== '') return;
    const present = machinery.store.collection('namespaces').get(namespace);
    if (!present) throw notFound(NAMESPACES, namespace);
    if (present.metadata.deletionTimestamp === undefined) return;
    const plain = forbidden(
      type,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    ).status;
    throw refuse({
      reason: 'Forbidden',
      message: plain.message ?? '',
      details: {
        ...plain.details,
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      },
    });
  },
};
