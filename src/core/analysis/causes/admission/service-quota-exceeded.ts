import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { amount, exceeds } from '../facts.ts';
import { missingHosts } from '../service/addresses.ts';
import { OTHER_OBJECT } from '../cures.ts';

const RESOURCES = ['services', 'count/services', 'services.nodeports', 'services.loadbalancers'];

/** A refused Service leaves no event: the only traces are a quota that is used up, and addresses without a Service. */
export const serviceQuotaExceeded: Cause<'ResourceQuota'> = {
  family: 'admission',
  specificity: 'exact',
  means: 'A quota of the namespace allows no more Services, and one that workloads expect is missing.',
  todo: 'Raise the quota, or delete Services that are not needed. Then apply the missing Service again.',
  when: 'A quota on Services is used up, and either environment variables of the namespace name a Service that is not there, or a workload with ports has none.',
  unless: 'Every Service that is asked for is there.',
  cures: OTHER_OBJECT,
  kinds: ['ResourceQuota'],
  find(quota, snapshot) {
    const { namespace } = quota.metadata;
    const hard = quota.status?.hard ?? quota.spec?.hard ?? {};
    const full = RESOURCES.find((name) => {
      const used = amount(quota.status?.used?.[name]);
      return hard[name] !== undefined && used !== undefined && !exceeds(amount(hard[name]), used);
    });
    if (full === undefined || !snapshot.sees('Service', namespace)) return undefined;
    const wanted = missingHosts(snapshot, namespace);
    const alone = snapshot
      .in('Deployment', namespace)
      .filter(
        ({ metadata, spec }) =>
          (spec?.template?.spec?.containers ?? []).some(({ ports = [] }) => ports.length > 0) &&
          snapshot.has('Service', { namespace, name: metadata.name }) === false &&
          !snapshot
            .in('Service', namespace)
            .some(({ spec: service }) =>
              Object.entries(service?.selector ?? { '': '' }).every(
                ([key, value]) => spec?.template?.metadata?.labels?.[key] === value,
              ),
            ),
      )
      .map(({ metadata }) => metadata.name);
    const missing = wanted.length > 0 ? wanted : alone;
    const [first] = missing;
    if (first === undefined) return undefined;
    return {
      root: refOf(quota),
      text: `Quota ${quota.metadata.name} allows ${hard[full]} ${full} in namespace ${namespace} and all are used: Service ${first} is missing.`,
      evidence: [
        fieldEvidence(refOf(quota), full, `${full}: ${quota.status?.used?.[full]} of ${hard[full]} used`),
        fieldEvidence(
          { kind: 'Service', ...(namespace !== undefined && { namespace }), name: first },
          'absent',
          `Service ${first} is not there`,
        ),
      ],
      ...(wanted.length === 0 && { likely: true as const }),
    };
  },
};
