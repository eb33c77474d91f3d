import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { OTHER_OBJECT } from '../cures.ts';

export const ingressBackendWrong: Cause<'Ingress'> = {
  family: 'service',
  specificity: 'exact',
  means: 'An Ingress sends to a Service or a port that is not there.',
  todo: 'Correct the backend of the Ingress.',
  when: 'A backend names a Service that does not exist, or a port that it does not have.',
  unless: 'Services of the namespace could not be read.',
  cures: OTHER_OBJECT,
  kinds: ['Ingress'],
  find(ingress, snapshot) {
    const { namespace, name } = ingress.metadata;
    const backends = [
      ingress.spec?.defaultBackend,
      ...(ingress.spec?.rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend)),
    ];
    for (const backend of backends) {
      const to = backend?.service;
      if (to?.name === undefined) continue;
      const there = snapshot.has('Service', { namespace, name: to.name });
      const service = snapshot.find('Service', { namespace, name: to.name });
      const known = service?.spec?.ports?.some(
        (port) => port.port === to.port?.number || (port.name !== undefined && port.name === to.port?.name),
      );
      const wrong =
        there === false
          ? `Service ${to.name}, which does not exist`
          : known === false
            ? `port ${to.port?.number ?? to.port?.name} of Service ${to.name}, which it does not have`
            : undefined;
      if (wrong === undefined) continue;
      return {
        text: `Ingress ${namespace}/${name} sends to ${wrong}.`,
        evidence: [fieldEvidence(refOf(ingress), `backend:${to.name}`, `backend ${wrong}`)],
      };
    }
    return undefined;
  },
};
