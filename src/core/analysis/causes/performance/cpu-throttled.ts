import type { Cause } from '../../finding.ts';
import { measured, metricEvidence, times } from './measured.ts';

/** From a quarter of the periods on, people notice it in the times of answers. */
const THROTTLED = 0.25;
/** Use that has doubled is load, and no wrong limit alone. */
const GROWN = 2;

export const cpuThrottled: Cause<'Deployment' | 'StatefulSet' | 'DaemonSet'> = {
  family: 'performance',
  specificity: 'exact',
  means: 'The container wants more CPU than its limit allows, and is slowed down.',
  todo: 'Raise the CPU limit, or run more replicas. Look what makes the load.',
  when: 'The pods are throttled in at least a quarter of the periods, and use has doubled or was not measured before.',
  unless: 'No CPU is measured, or the use is no higher than before.',
  cures: { fits: ['resize', 'scale'], pointless: ['restart', 'delete', 'rollback'], harmful: [] },
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet'],
  find(workload, snapshot) {
    const throttled = measured(workload, 'cpuThrottled', snapshot);
    const use = measured(workload, 'cpuUse', snapshot);
    if (throttled === undefined || throttled.value < THROTTLED) return undefined;
    if (use?.before !== undefined && times(use) < GROWN) return undefined;
    return {
      text: `${workload.metadata.name} is slowed down: it wants more CPU than its limit allows.`,
      evidence: [metricEvidence(throttled), ...(use === undefined ? [] : [metricEvidence(use)])],
    };
  },
};
