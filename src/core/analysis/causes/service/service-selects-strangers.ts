import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import type { WorkloadObject } from '../../objects.ts';
import { containersOf, declaredPorts, portNumber } from '../facts.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { targetsOf } from './ports.ts';

export const serviceSelectsStrangers: Cause<'Service'> = {
  family: 'service',
  specificity: 'exact',
  means: 'The selector of the Service matches pods of another program as well, which do not listen on its port.',
  todo: 'Make the selector of the Service narrower, or take the label off the template of the other workload.',
  when: 'The Service selects pods of several workloads; some declare its target port, and one declares ports without it.',
  unless: 'All of them declare the port, or the one without it declares none.',
  cures: OTHER_OBJECT,
  kinds: ['Service'],
  find(service, snapshot) {
    const targets = targetsOf(service, snapshot);
    if (targets.length < 2) return undefined;
    for (const port of service.spec?.ports ?? []) {
      const listens = (workload: WorkloadObject): boolean | undefined => {
        const containers = containersOf(workload.spec?.template?.spec);
        const declared = declaredPorts(containers);
        const number = portNumber(containers, port.targetPort ?? port.port);
        return declared.length === 0 ? undefined : number !== undefined && declared.includes(number);
      };
      const stranger = targets.find((workload) => listens(workload) === false);
      const meant = targets.find((workload) => listens(workload) === true);
      if (stranger === undefined || meant === undefined) continue;
      const { namespace, name } = service.metadata;
      const wanted = port.targetPort ?? port.port;
      return {
        text: `Service ${namespace}/${name} sends a part of its calls to ${stranger.metadata.name}, which does not listen on port ${wanted}.`,
        evidence: [
          fieldEvidence(
            refOf(service),
            'selector',
            `it selects pods of ${targets.map(({ metadata }) => metadata.name).join(', ')}`,
          ),
          fieldEvidence(refOf(stranger), 'ports', `${stranger.metadata.name} has no port ${wanted}`),
        ],
      };
    }
    return undefined;
  },
};
