import type { Cause } from '../../finding.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { serviceEvidence, wrongPort } from './ports.ts';

export const serviceProtocolMismatch: Cause<'Service'> = {
  family: 'service',
  specificity: 'exact',
  means: 'The Service forwards another protocol, such as UDP, than its pods speak on that port.',
  todo: 'Correct protocol of the port of the Service.',
  when: 'A container declares the port that the Service sends to, with another protocol.',
  unless: 'The containers declare no ports: then nothing is known.',
  cures: OTHER_OBJECT,
  kinds: ['Service'],
  find(service, snapshot) {
    const wrong = wrongPort(service, snapshot);
    if (wrong?.is !== 'protocol') return undefined;
    return {
      text: `Service ${service.metadata.namespace}/${service.metadata.name} reaches nothing: ${wrong.text}.`,
      evidence: serviceEvidence(
        service,
        `port ${wrong.port.port}, targetPort ${wrong.port.targetPort ?? wrong.port.port}: ${wrong.text}`,
      ),
    };
  },
};
