import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { containersOf, declaredPorts } from '../facts.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { addressesOf, serviceNamed, workloadsOf } from './addresses.ts';
import { specsOf } from './ports.ts';

/** A Service whose port was changed, while all that call it still use the port of its pods. */
export const servicePortWrong: Cause<'Service'> = {
  family: 'service',
  specificity: 'exact',
  means: 'The Service offers another port than those that call it use.',
  todo: 'Correct port of the Service: those that call it, and its pods, use another.',
  when: 'Environment variables of other workloads name the Service with a port that it does not have, and its pods listen on that port, or two workloads agree on it.',
  unless: 'One workload alone uses a port that the pods do not have either: then DependencyPortWrong holds.',
  cures: OTHER_OBJECT,
  kinds: ['Service'],
  find(service, snapshot) {
    const { namespace, name } = service.metadata;
    const offered = (service.spec?.ports ?? []).map(({ port }) => port);
    if (offered.length === 0) return undefined;
    const all = callersOf(service, snapshot);
    const callers = all.filter(({ port }) => !offered.includes(port));
    const [first] = callers;
    if (first === undefined) return undefined;
    const ports = declaredPorts(specsOf(service, snapshot).flatMap(containersOf));
    const others = all.filter(({ port }) => offered.includes(port));
    const agreeing = new Set(callers.filter(({ port }) => port === first.port).map(({ workload }) => workload));
    if (!ports.includes(first.port) && (agreeing.size < 2 || others.length > 0)) return undefined;
    return {
      text: `Service ${namespace}/${name} offers port ${offered.join(', ')}, and ${[...agreeing].join(', ')} call it on ${first.port}.`,
      evidence: [
        fieldEvidence(refOf(service), 'ports', `ports ${offered.join(', ')}`),
        fieldEvidence(first.ref, `env:${first.variable}`, `${first.variable} names ${name}:${first.port}`),
      ],
    };
  },
};

function callersOf(service: Parameters<typeof specsOf>[0], snapshot: Parameters<typeof specsOf>[1]) {
  const { namespace, name } = service.metadata;
  return workloadsOf(snapshot, namespace).flatMap((workload) =>
    addressesOf(workload.spec?.template?.spec).flatMap((address) => {
      const at = serviceNamed(address.host, namespace);
      if (address.port === undefined || at?.name !== name || at.namespace !== namespace) return [];
      return [
        { workload: workload.metadata.name, ref: refOf(workload), port: address.port, variable: address.variable },
      ];
    }),
  );
}
