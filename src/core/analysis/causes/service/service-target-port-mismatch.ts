import type { Cause } from '../../finding.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { serviceEvidence, wrongPort } from './ports.ts';

export const serviceTargetPortMismatch: Cause<'Service'> = {
  family: 'service',
  specificity: 'exact',
  means: 'The Service sends to a port on which its pods do not listen.',
  todo: 'Correct targetPort of the Service, or the port of the container.',
  when: 'targetPort of the Service is none of the ports that the containers of its pods declare, or a name that none has.',
  unless: 'The containers declare no ports: then nothing is known.',
  cures: OTHER_OBJECT,
  kinds: ['Service'],
  find(service, snapshot) {
    const wrong = wrongPort(service, snapshot);
    if (wrong?.is !== 'port') return undefined;
    return {
      text: `Service ${service.metadata.namespace}/${service.metadata.name} reaches nothing: ${wrong.text}.`,
      evidence: serviceEvidence(
        service,
        `port ${wrong.port.port}, targetPort ${wrong.port.targetPort ?? wrong.port.port}: ${wrong.text}`,
      ),
    };
  },
};
