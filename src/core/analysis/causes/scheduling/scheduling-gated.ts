import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { isUnscheduled } from '../facts.ts';
import { OUTSIDE } from '../cures.ts';

export const schedulingGated: Cause<'Pod'> = {
  family: 'scheduling',
  specificity: 'exact',
  means: 'The pod has a scheduling gate, which its owner has to take away.',
  todo: 'Look which controller sets the gate, and why it does not take it away.',
  when: 'The pod has spec.schedulingGates and no node.',
  unless: 'The pod has a node.',
  cures: OUTSIDE,
  kinds: ['Pod'],
  find(pod, snapshot) {
    const [gate] = pod.spec?.schedulingGates ?? [];
    if (gate === undefined || !isUnscheduled(pod)) return undefined;
    return {
      text: `Pods of ${snapshot.rootOf(pod).name} wait for scheduling gate ${gate.name} to be taken away.`,
      evidence: [fieldEvidence(refOf(pod), 'schedulingGates', `scheduling gate ${gate.name}`)],
    };
  },
};
