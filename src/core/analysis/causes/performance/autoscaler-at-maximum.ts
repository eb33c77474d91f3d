import { conditionEvidence, fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { condition } from '../facts.ts';

export const autoscalerAtMaximum: Cause<'HorizontalPodAutoscaler'> = {
  family: 'performance',
  specificity: 'place',
  means: 'The autoscaler wants more replicas than it may have.',
  todo: 'Raise maxReplicas when the load is real, or look what makes it.',
  when: 'The condition ScalingLimited is True with TooManyReplicas.',
  unless: 'The wanted number is below the maximum.',
  cures: { fits: ['resize', 'patch'], pointless: ['restart', 'scale', 'delete'], harmful: [] },
  kinds: ['HorizontalPodAutoscaler'],
  find(autoscaler) {
    const limited = condition(autoscaler, 'ScalingLimited');
    if (limited?.status !== 'True' || limited.reason !== 'TooManyReplicas') return undefined;
    const { namespace, name } = autoscaler.metadata;
    const { maxReplicas, scaleTargetRef } = autoscaler.spec ?? {};
    return {
      root: refOf(autoscaler),
      text: `Autoscaler ${namespace}/${name} would give ${scaleTargetRef?.name} more than ${maxReplicas} replicas, and may not.`,
      evidence: [
        conditionEvidence(autoscaler, limited),
        fieldEvidence(refOf(autoscaler), 'maxReplicas', `maxReplicas is ${maxReplicas}`),
      ],
    };
  },
};
