/** Endpoints: the addresses behind a Service, as the old kind lists them. */
import { type FieldError, required } from '../machinery/field-errors.ts';
import { asText, type Draft, objectsOf, setDefault } from '../machinery/json.ts';
import { dnsLabelProblems, dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { ipAddress, oneOf, portNumber, specialAddress, textErrors } from './field-checks.ts';

function addressErrors(address: Draft, path: string): readonly FieldError[] {
  const ip = asText(address['ip']);
  const [host, node] = [asText(address['hostname']), address['nodeName']];
  return [
    // Checked twice there: as an address, and as one that traffic may go to.
    ...ipAddress(ip, `${path}.ip`),
    ...(host === '' ? [] : textErrors(host, `${path}.hostname`, dnsLabelProblems)),
    ...(typeof node === 'string' ? textErrors(node, `${path}.nodeName`, dnsSubdomainProblems) : []),
    ...specialAddress(ip, `${path}.ip`),
  ];
}

function subsetErrors(subset: Draft, path: string): readonly FieldError[] {
  const lists = ['addresses', 'notReadyAddresses'];
  const ports = objectsOf(subset['ports']);
  const none = lists.every((list) => objectsOf(subset[list]).length === 0);
  return [
    ...(none ? [required(path, 'must specify `addresses` or `notReadyAddresses`')] : []),
    ...lists.flatMap((list) =>
      objectsOf(subset[list]).flatMap((address, place) => addressErrors(address, `${path}.${list}[${place}]`)),
    ),
    ...ports.flatMap((port, place) => {
      const field = `${path}.ports[${place}]`;
      const [name, protocol] = [asText(port['name']), port['appProtocol']];
      const unnamed = ports.length > 1 ? [required(`${field}.name`)] : [];
      return [
        ...(name === '' ? unnamed : textErrors(name, `${field}.name`, dnsLabelProblems)),
        ...portNumber(port['port'] ?? 0, `${field}.port`),
        ...oneOf(port['protocol'], `${field}.protocol`, ['SCTP', 'TCP', 'UDP']),
        ...(typeof protocol === 'string' ? textErrors(protocol, `${field}.appProtocol`, qualifiedNameProblems) : []),
      ];
    }),
  ];
}

export const ENDPOINTS: Strategy = {
  applyDefaults: (draft) => {
    for (const subset of objectsOf(draft['subsets']))
      for (const port of objectsOf(subset['ports'])) setDefault(port, 'protocol', 'TCP');
  },
  validate: (object) =>
    objectsOf(object['subsets']).flatMap((subset, index) => subsetErrors(subset, `subsets[${index}]`)),
};
