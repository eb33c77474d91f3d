import { conditionEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { condition } from '../facts.ts';
import { MISSING_REQUEST } from './autoscaler-without-requests.ts';

export const autoscalerWithoutMetrics: Cause<'HorizontalPodAutoscaler'> = {
  family: 'performance',
  specificity: 'exact',
  means: 'The autoscaler gets no measurements, so that it does not scale.',
  todo: 'Look whether metrics-server or the adapter of the metric runs.',
  when: 'The condition ScalingActive is False with FailedGet…Metric.',
  unless: 'The target is scaled to zero, or its containers have no requests: then AutoscalerWithoutRequests holds.',
  cures: { fits: ['scale'], pointless: ['restart', 'delete', 'rollback'], harmful: [] },
  kinds: ['HorizontalPodAutoscaler'],
  find(autoscaler) {
    const active = condition(autoscaler, 'ScalingActive');
    if (active?.status !== 'False' || !/^(?:FailedGet|InvalidMetric)/.test(active.reason ?? '')) return undefined;
    if (MISSING_REQUEST.test(active.message ?? '')) return undefined;
    const { namespace, name } = autoscaler.metadata;
    return {
      root: refOf(autoscaler),
      text: `Autoscaler ${namespace}/${name} does not scale: it gets no measurements (${active.reason}).`,
      evidence: [conditionEvidence(autoscaler, active)],
    };
  },
};
