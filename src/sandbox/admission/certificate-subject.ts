/** CertificateSubjectRestriction: k8s.io/kubernetes plugin/pkg/admission/certificates/subjectrestriction. */
import { requestedOrganizations } from '../kinds/certificate-der.ts';
import { forbidden } from '../machinery/errors.ts';
import { asText, at } from '../machinery/json.ts';
import type { AdmissionPlugin } from '../machinery/machinery.ts';

const SIGNER = 'kubernetes.io/kube-apiserver-client';

/** Nobody asks for the certificate of an administrator by the way of clients. */
export const certificateSubject: AdmissionPlugin = {
  validate: ({ operation, type, subresource, name, object }) => {
    if (operation !== 'CREATE' || type.resource !== 'certificatesigningrequests' || subresource !== '') return;
    if (type.group !== 'certificates.k8s.io' || at(object, 'spec', 'signerName') !== SIGNER) return;
    const read = requestedOrganizations(asText(at(object, 'spec', 'request')));
    if ('problem' in read) throw forbidden(type, name, `failed to parse CSR: ${read.problem}`);
    if (read.organizations.includes('system:masters'))
      throw forbidden(type, name, `use of ${SIGNER} signer with system:masters group is not allowed`);
  },
};
