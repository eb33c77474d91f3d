import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { isReady } from '../facts.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { addressesOf, destinationOf, workloadsOf } from './addresses.ts';

/** https://kubernetes.io/docs/concepts/services-networking/service-traffic-policy/ */
export const serviceStaysOnNode: Cause<'Service'> = {
  family: 'service',
  specificity: 'exact',
  means: 'The Service answers only on nodes that have one of its pods, and a caller runs on another node.',
  todo: 'Set internalTrafficPolicy of the Service to Cluster, or run its pods on every node as a DaemonSet.',
  when: 'internalTrafficPolicy is Local, and a pod of a workload that names the Service is on a node without a ready pod of it.',
  unless: 'Every caller has a ready pod on its node.',
  cures: OTHER_OBJECT,
  kinds: ['Service'],
  find(service, snapshot) {
    const { internalTrafficPolicy, selector } = service.spec ?? {};
    const { namespace, name } = service.metadata;
    if (internalTrafficPolicy !== 'Local' || selector === undefined) return undefined;
    const ready = snapshot.selected(namespace, { matchLabels: selector }).filter(isReady);
    if (ready.length === 0) return undefined;
    const nodes = new Set(ready.map(({ spec }) => spec?.nodeName));
    for (const caller of workloadsOf(snapshot, namespace)) {
      const calls = addressesOf(caller.spec?.template?.spec).some((address) => {
        const destination = destinationOf(address, namespace, snapshot);
        return destination.kind === 'service' && destination.service === service;
      });
      const away = calls
        ? snapshot.podsOf(caller).find(({ spec }) => spec?.nodeName !== undefined && !nodes.has(spec.nodeName))
        : undefined;
      if (away === undefined) continue;
      return {
        text: `Service ${namespace}/${name} does not answer on node ${away.spec?.nodeName}, where ${caller.metadata.name} calls it: its traffic stays on the node.`,
        evidence: [
          fieldEvidence(refOf(service), 'internalTrafficPolicy', 'internalTrafficPolicy is Local'),
          fieldEvidence(refOf(away), 'node', `runs on ${away.spec?.nodeName}, which has no ready pod of ${name}`),
        ],
      };
    }
    return undefined;
  },
};
