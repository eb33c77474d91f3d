import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause, Found } from '../../finding.ts';
import type { NetworkPolicyObject, NetworkPolicyPeer, PodObject, WorkloadObject } from '../../objects.ts';
import { matches } from '../../selectors.ts';
import type { Snapshot } from '../../snapshot.ts';
import { declaredPorts, isReady } from '../facts.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { addressesOf, destinationOf, workloadsOf } from './addresses.ts';

type Labels = KubeLabels | undefined;
type KubeLabels = Readonly<Record<string, string>>;
type Way = 'Ingress' | 'Egress';

interface Rule {
  readonly peers: readonly NetworkPolicyPeer[];
  readonly ports: readonly { readonly port?: number | string; readonly endPort?: number }[];
}

/** Without policyTypes a policy is about what comes in, and about what goes out where it has rules for that. */
const isAbout = ({ spec }: NetworkPolicyObject, way: Way): boolean =>
  spec?.policyTypes?.includes(way) ?? (way === 'Ingress' || spec?.egress !== undefined);

const rulesOf = ({ spec }: NetworkPolicyObject, way: Way): readonly Rule[] =>
  way === 'Ingress'
    ? (spec?.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports }))
    : (spec?.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports }));

/** What a policy says of the pods with these labels; other namespaces and addresses are not looked into. */
const isPeer = ({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, labels: Labels): boolean =>
  ipBlock !== undefined || namespaceSelector !== undefined || matches(podSelector ?? {}, labels);

const lets = ({ peers, ports }: Rule, other: Labels | 'anything', wanted: readonly number[]): boolean =>
  (peers.length === 0 || other === 'anything' || peers.some((peer) => isPeer(peer, other))) &&
  (ports.length === 0 ||
    ports.some(
      ({ port, endPort }) =>
        port === undefined ||
        typeof port === 'string' ||
        wanted.some((one) => one === port || (endPort !== undefined && one >= port && one <= endPort)),
    ));

const policiesOn = (labels: Labels, way: Way, { snapshot, namespace }: Place): readonly NetworkPolicyObject[] =>
  snapshot
    .in('NetworkPolicy', namespace)
    .filter((one) => isAbout(one, way) && matches(one.spec?.podSelector ?? {}, labels));

interface Place {
  readonly snapshot: Snapshot;
  readonly namespace: string | undefined;
}

const DNS = 53;

/** Traffic between workloads that name each other's Services, and policies that do not let it through. */
export const networkPolicyBlocks: Cause<'NetworkPolicy'> = {
  family: 'service',
  specificity: 'exact',
  means: 'A NetworkPolicy does not let traffic through that a workload needs.',
  todo: 'Add the callers and the port to the policy, or delete it when it was a trial. Calls by name need port 53 as well.',
  when: 'A workload names a Service; the policy selects the ready pods behind it, or those of the caller, and no policy lets the call or its question to DNS through.',
  unless: 'Another policy lets the traffic in. Policies of other kinds than NetworkPolicy are not seen.',
  cures: OTHER_OBJECT,
  kinds: ['NetworkPolicy'],
  find: (policy, snapshot) => ingressOf(policy, snapshot) ?? egressOf(policy, snapshot),
};

function ingressOf(policy: NetworkPolicyObject, snapshot: Snapshot): Found | undefined {
  const { namespace, name } = policy.metadata;
  if (!isAbout(policy, 'Ingress')) return undefined;
  const [pod] = snapshot.selected(namespace, policy.spec?.podSelector ?? {}).filter(isReady);
  if (pod === undefined) return undefined;
  const ports = declaredPorts(pod.spec?.containers ?? []);
  const others = policiesOn(pod.metadata.labels, 'Ingress', { snapshot, namespace });
  const caller = callersOf(pod, snapshot).find(({ spec }) => {
    const labels = spec?.template?.metadata?.labels;
    return !others.some((one) => rulesOf(one, 'Ingress').some((rule) => lets(rule, labels, ports)));
  });
  if (caller === undefined) return undefined;
  const rules = policy.spec?.ingress ?? [];
  return {
    text: `NetworkPolicy ${namespace}/${name} does not let ${caller.metadata.name} call ${snapshot.rootOf(pod).name}.`,
    evidence: [
      fieldEvidence(
        refOf(policy),
        'ingress',
        `${rules.length} ingress rules, none for ${caller.metadata.name} and ports ${ports.join(', ')}`,
      ),
      fieldEvidence(refOf(caller), 'env', `${caller.metadata.name} names a Service of these pods`),
    ],
  };
}

function callersOf(pod: PodObject, snapshot: Snapshot): readonly WorkloadObject[] {
  const { namespace } = pod.metadata;
  const services = snapshot.servicesOf(pod);
  return workloadsOf(snapshot, namespace).filter(({ spec }) =>
    addressesOf(spec?.template?.spec).some((address) => {
      const destination = destinationOf(address, namespace, snapshot);
      return destination.kind === 'service' && services.includes(destination.service);
    }),
  );
}

function egressOf(policy: NetworkPolicyObject, snapshot: Snapshot): Found | undefined {
  const { namespace, name } = policy.metadata;
  if (!isAbout(policy, 'Egress')) return undefined;
  for (const caller of workloadsOf(snapshot, namespace)) {
    const labels = caller.spec?.template?.metadata?.labels;
    if (!matches(policy.spec?.podSelector ?? {}, labels) || snapshot.podsOf(caller).length === 0) continue;
    const [address] = addressesOf(caller.spec?.template?.spec).filter(({ host }) => !/^[\d.]+$/.test(host));
    if (address === undefined) continue;
    const rules = policiesOn(labels, 'Egress', { snapshot, namespace }).flatMap((one) => rulesOf(one, 'Egress'));
    if (rules.some((rule) => lets(rule, 'anything', [DNS]))) continue;
    return {
      text: `NetworkPolicy ${namespace}/${name} does not let ${caller.metadata.name} reach the DNS of the cluster: it cannot resolve ${address.host}.`,
      evidence: [
        fieldEvidence(
          refOf(policy),
          'egress',
          `${policy.spec?.egress?.length ?? 0} egress rules, none for port ${DNS}`,
        ),
        fieldEvidence(
          refOf(caller),
          'env',
          `${caller.metadata.name} calls ${address.host} by name (${address.variable})`,
        ),
      ],
    };
  }
  return undefined;
}
