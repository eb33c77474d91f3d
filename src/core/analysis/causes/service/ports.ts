/** What a Service sends to, compared with what its pods, or the templates of its workloads, listen on. */
import { fieldEvidence, refOf, type Evidence, type ObjectRef } from '../../evidence.ts';
import type { Container, PodSpec, ServiceObject, ServicePort, WorkloadObject } from '../../objects.ts';
import { matches } from '../../selectors.ts';
import type { Snapshot } from '../../snapshot.ts';
import { containersOf, portNumber } from '../facts.ts';
import { workloadsOf } from './addresses.ts';

/** Workloads whose pods the Service selects, whether they have pods or not. */
export function targetsOf({ spec, metadata }: ServiceObject, snapshot: Snapshot): readonly WorkloadObject[] {
  const { selector } = spec ?? {};
  if (selector === undefined || Object.keys(selector).length === 0) return [];
  return workloadsOf(snapshot, metadata.namespace).filter(({ spec: workload }) =>
    matches({ matchLabels: selector }, workload?.template?.metadata?.labels),
  );
}

/** The specs behind the Service: of its workloads, or of pods without one. */
export function specsOf(service: ServiceObject, snapshot: Snapshot): readonly PodSpec[] {
  const targets = targetsOf(service, snapshot).flatMap(({ spec }) => spec?.template?.spec ?? []);
  if (targets.length > 0) return targets;
  const { selector } = service.spec ?? {};
  if (selector === undefined || Object.keys(selector).length === 0) return [];
  return snapshot.selected(service.metadata.namespace, { matchLabels: selector }).flatMap(({ spec }) => spec ?? []);
}

export type Mismatch = 'port' | 'protocol';

export interface Wrong {
  readonly is: Mismatch;
  readonly port: ServicePort;
  readonly text: string;
}

const protocolOf = (port: { readonly protocol?: string }): string => port.protocol ?? 'TCP';

/** The first port of the Service that no container has; nothing can be said of containers that declare no ports. */
export function wrongPort(service: ServiceObject, snapshot: Snapshot): Wrong | undefined {
  const containers = specsOf(service, snapshot).flatMap(containersOf);
  const declared = containers.flatMap(({ ports = [] }) => ports);
  if (declared.length === 0) return undefined;
  for (const port of service.spec?.ports ?? []) {
    const wanted = port.targetPort ?? port.port;
    const number = portNumber(containers, wanted);
    const same = declared.filter(({ containerPort }) => containerPort === number);
    if (number === undefined || same.length === 0)
      return { is: 'port', port, text: `it sends to port ${wanted}, and the containers have ${portsText(containers)}` };
    if (!same.some((one) => protocolOf(one) === protocolOf(port)))
      return {
        is: 'protocol',
        port,
        text: `port ${port.port} is ${protocolOf(port)}, and the container has ${number} as ${same.map(protocolOf).join(', ')}`,
      };
  }
  return undefined;
}

const portsText = (containers: readonly Container[]): string =>
  containers
    .flatMap(({ ports = [] }) =>
      ports.map(({ containerPort, name }) => (name === undefined ? `${containerPort}` : `${containerPort} (${name})`)),
    )
    .join(', ');

export const serviceEvidence = (service: ServiceObject, text: string): readonly [Evidence] => [
  fieldEvidence(refOf(service), 'spec', text),
];

export const firstTarget = (service: ServiceObject, snapshot: Snapshot): ObjectRef | undefined => {
  const [target] = targetsOf(service, snapshot);
  return target && refOf(target);
};
