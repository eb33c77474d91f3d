import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { isReady } from '../facts.ts';
import { firstTarget } from './ports.ts';

export const noReadyEndpoints: Cause<'Service'> = {
  family: 'service',
  specificity: 'symptom',
  means: 'The Service selects pods, and none of them is ready.',
  todo: 'Look at its pods: their own cause explains this one.',
  when: 'The selector of the Service matches pods, and none is ready.',
  unless: 'One of them is ready.',
  cures: { fits: [], pointless: [], harmful: [] },
  kinds: ['Service'],
  find(service, snapshot) {
    const { selector } = service.spec ?? {};
    const { namespace, name } = service.metadata;
    if (selector === undefined || Object.keys(selector).length === 0) return undefined;
    const pods = snapshot.selected(namespace, { matchLabels: selector });
    if (pods.length === 0 || pods.some(isReady)) return undefined;
    if (pods.every(({ status }) => status?.phase === 'Succeeded')) return undefined;
    const root = firstTarget(service, snapshot);
    return {
      ...(root !== undefined && { root }),
      text: `Service ${namespace}/${name} has no endpoint: none of its ${pods.length} pods is ready.`,
      evidence: [fieldEvidence(refOf(service), 'endpoints', `none of ${pods.length} selected pods is ready`)],
    };
  },
};
