import { conditionEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { given } from '../../../../std/given.ts';
import { condition } from '../facts.ts';

/** https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/controller/podautoscaler/replica_calculator.go */
export const MISSING_REQUEST = /missing request for (\S+)/;

export const autoscalerWithoutRequests: Cause<'HorizontalPodAutoscaler'> = {
  family: 'performance',
  specificity: 'exact',
  means: 'The autoscaler wants a share of what the containers ask for, and they ask for nothing.',
  todo: 'Set resources.requests of the resource in the template of every container.',
  when: 'The condition ScalingActive is False, and its message has "missing request for".',
  unless: 'The measurements themselves are missing: then AutoscalerWithoutMetrics holds.',
  cures: { fits: ['resize', 'patch', 'rollback'], pointless: ['restart', 'delete'], harmful: [] },
  kinds: ['HorizontalPodAutoscaler'],
  find(autoscaler) {
    const active = condition(autoscaler, 'ScalingActive');
    const match = MISSING_REQUEST.exec(active?.message ?? '');
    if (active?.status !== 'False' || match === null) return undefined;
    const { namespace, name } = autoscaler.metadata;
    const { kind, name: of } = autoscaler.spec?.scaleTargetRef ?? {};
    return {
      root: kind === undefined || of === undefined ? refOf(autoscaler) : { kind, ...given({ namespace }), name: of },
      text: `Autoscaler ${namespace}/${name} does not scale: containers of ${of ?? 'its target'} have no request for ${match[1]}.`,
      evidence: [conditionEvidence(autoscaler, active)],
    };
  },
};
