import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { matches } from '../../selectors.ts';
import { declaredPorts, isReady } from '../facts.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { addressesOf, destinationOf, workloadsOf } from './addresses.ts';

/** A policy that lets nothing in, or not the ports of the pods, while others of the namespace call them. */
export const networkPolicyBlocks: Cause<'NetworkPolicy'> = {
  family: 'service',
  specificity: 'exact',
  means: 'A NetworkPolicy lets no traffic to pods that others call.',
  todo: 'Add the callers and the port to the policy, or delete it when it was a trial.',
  when: 'The policy selects ready pods for ingress and has no rule that lets one of their ports in, no other policy does, and environment variables of another workload name a Service of these pods.',
  unless: 'Another policy lets the traffic in. Policies of other kinds than NetworkPolicy are not seen.',
  cures: OTHER_OBJECT,
  kinds: ['NetworkPolicy'],
  find(policy, snapshot) {
    const { namespace, name } = policy.metadata;
    const { podSelector = {}, policyTypes, ingress = [] } = policy.spec ?? {};
    if (policyTypes !== undefined && !policyTypes.includes('Ingress')) return undefined;
    const pods = snapshot.selected(namespace, podSelector).filter(isReady);
    const [pod] = pods;
    if (pod === undefined) return undefined;
    const ports = declaredPorts(pod.spec?.containers ?? []);
    const lets = (rules: typeof ingress): boolean =>
      rules.some(
        ({ ports: allowed = [] }) =>
          allowed.length === 0 ||
          allowed.some(
            ({ port, endPort }) =>
              port === undefined ||
              typeof port === 'string' ||
              ports.some((one) => one === port || (endPort !== undefined && one >= port && one <= endPort)),
          ),
      );
    const others = snapshot
      .in('NetworkPolicy', namespace)
      .filter(
        ({ spec }) =>
          (spec?.policyTypes ?? ['Ingress']).includes('Ingress') &&
          matches(spec?.podSelector ?? {}, pod.metadata.labels),
      );
    if (others.some(({ spec }) => lets(spec?.ingress ?? []))) return undefined;
    const services = snapshot.servicesOf(pod);
    const caller = workloadsOf(snapshot, namespace).find(({ spec }) =>
      addressesOf(spec?.template?.spec).some((address) => {
        const destination = destinationOf(address, namespace, snapshot);
        return destination.kind === 'service' && services.includes(destination.service);
      }),
    );
    if (caller === undefined) return undefined;
    return {
      text: `NetworkPolicy ${namespace}/${name} lets nothing to pods of ${snapshot.rootOf(pod).name}, which ${caller.metadata.name} calls.`,
      evidence: [
        fieldEvidence(refOf(policy), 'ingress', `${ingress.length} ingress rules, none for ports ${ports.join(', ')}`),
        fieldEvidence(refOf(caller), 'env', `${caller.metadata.name} names a Service of these pods`),
      ],
    };
  },
};
