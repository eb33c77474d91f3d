import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { BAD_TEMPLATE } from '../cures.ts';
import { addressesOf, destinationOf } from './addresses.ts';
import { servicePortWrong } from './service-port-wrong.ts';

export const dependencyPortWrong: Cause<'Deployment' | 'StatefulSet' | 'DaemonSet'> = {
  family: 'service',
  specificity: 'exact',
  means: 'An environment variable names a Service with a port that it does not have.',
  todo: 'Correct the port in the template.',
  when: 'A variable has the name of a Service of the cluster and a port that is none of its ports.',
  unless: 'The pods behind the Service listen on that port, or several workloads use it: then ServicePortWrong holds.',
  cures: BAD_TEMPLATE,
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet'],
  find(workload, snapshot) {
    const { namespace, name } = workload.metadata;
    for (const { variable, host, port } of addressesOf(workload.spec?.template?.spec)) {
      const destination = destinationOf({ variable, host }, namespace, snapshot);
      if (port === undefined || destination.kind !== 'service') continue;
      const { service } = destination;
      const offered = (service.spec?.ports ?? []).map((one) => one.port);
      if (offered.length === 0 || offered.includes(port) || service.spec?.type === 'ExternalName') continue;
      if (service.spec?.clusterIP === 'None' || servicePortWrong.find(service, snapshot) !== undefined) continue;
      return {
        text: `${name} calls ${host} on port ${port} (${variable}), and the Service has ${offered.join(', ')}.`,
        evidence: [
          fieldEvidence(refOf(workload), `env:${variable}`, `${variable} names ${host}:${port}`),
          fieldEvidence(refOf(service), 'ports', `ports ${offered.join(', ')}`),
        ],
      };
    }
    return undefined;
  },
};
