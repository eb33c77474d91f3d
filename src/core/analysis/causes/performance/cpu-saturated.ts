import type { Cause } from '../../finding.ts';
import { amount } from '../facts.ts';
import { quantityNumber } from '../../../../std/quantity.ts';
import { measured, metricEvidence } from './measured.ts';
import { fieldEvidence, refOf } from '../../evidence.ts';
import { cpuThrottled } from './cpu-throttled.ts';

const NEAR = 0.9;

export const cpuSaturated: Cause<'Deployment' | 'StatefulSet' | 'DaemonSet'> = {
  family: 'performance',
  specificity: 'place',
  means: 'The container uses nearly all of the CPU that its limit allows.',
  todo: 'Raise the CPU limit, or run more replicas.',
  when: 'A pod uses more than nine tenths of the sum of the CPU limits of its containers.',
  unless: 'Throttling is measured: then CpuThrottled says it better.',
  cures: { fits: ['resize', 'scale'], pointless: ['restart', 'delete', 'rollback'], harmful: [] },
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet'],
  find(workload, snapshot) {
    const use = measured(workload, 'cpuUse', snapshot);
    const limits = (workload.spec?.template?.spec?.containers ?? []).map(({ resources }) =>
      amount(resources?.limits?.['cpu']),
    );
    const limit = limits.reduce((sum, one) => sum + (one === undefined ? Number.NaN : quantityNumber(one)), 0);
    if (use === undefined || !(limit > 0) || use.value < NEAR * limit) return undefined;
    if (cpuThrottled.find(workload, snapshot) !== undefined) return undefined;
    return {
      text: `${workload.metadata.name} uses nearly all of the CPU that its limit allows.`,
      evidence: [metricEvidence(use), fieldEvidence(refOf(workload), 'limits', `CPU limits together: ${limit}`)],
    };
  },
};
