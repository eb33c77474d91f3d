import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { BAD_TEMPLATE } from '../cures.ts';
import { addressesOf, destinationOf } from './addresses.ts';

/** https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy */
export const podDnsWrong: Cause<'Deployment' | 'StatefulSet' | 'DaemonSet'> = {
  family: 'service',
  specificity: 'exact',
  means: 'The pods do not ask the DNS of the cluster, so that no name of a Service resolves in them.',
  todo: 'Set dnsPolicy of the template to ClusterFirst, or its nameserver to that of the cluster.',
  when: 'dnsPolicy is None without the address of kube-dns, or Default, and environment variables name a Service.',
  unless: 'The template names no Service, or kube-dns is among the nameservers.',
  cures: BAD_TEMPLATE,
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet'],
  find(workload, snapshot) {
    const spec = workload.spec?.template?.spec;
    const { namespace, name } = workload.metadata;
    if (spec?.dnsPolicy !== 'None' && spec?.dnsPolicy !== 'Default') return undefined;
    const dns = snapshot.find('Service', { namespace: 'kube-system', name: 'kube-dns' })?.spec?.clusterIP;
    const nameservers = spec.dnsConfig?.nameservers ?? [];
    // The address of the cluster's DNS is not known where kube-system was not looked at.
    if (
      spec.dnsPolicy === 'None' &&
      (dns === undefined ? !PUBLIC.test(nameservers.join(' ')) : nameservers.includes(dns))
    )
      return undefined;
    const called = addressesOf(spec).find((address) => destinationOf(address, namespace, snapshot).kind === 'service');
    if (called === undefined) return undefined;
    const said = `dnsPolicy ${spec.dnsPolicy}${nameservers.length === 0 ? '' : `, nameservers ${nameservers.join(', ')}`}`;
    return {
      text: `${name} cannot resolve ${called.host}: its pods do not ask the DNS of the cluster (${said}).`,
      evidence: [fieldEvidence(refOf(workload), 'dnsPolicy', said)],
    };
  },
};

/** Addresses that are no DNS of a cluster: public resolvers, and ranges that are reserved for examples. */
const PUBLIC =
  /\b(?:8\.8\.[48]\.[48]|1\.1\.1\.1|1\.0\.0\.1|9\.9\.9\.9|192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+)\b/;
