import type { MetricName } from '../../snapshot.ts';
import { container, look, make, NOW, service, workload } from '../../../../../test/kit/analysis/looks.ts';
import { holdsInRows } from '../../../../../test/kit/analysis/rows.ts';

const metric = (name: MetricName, value: number, before?: number, of = 'web') => ({
  about: { kind: 'Deployment', namespace: 'shop', name: of },
  name,
  value,
  ...(before !== undefined && { before }),
  at: NOW,
});
const limited = workload({ containers: [container({ resources: { limits: { cpu: '1' } } })] });
const scaler = (conditions: readonly object[]) =>
  make('HorizontalPodAutoscaler', 'web', {
    spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'web' } },
    status: { conditions },
  });
const db = make('Deployment', 'db', {
  spec: { replicas: 1, template: { metadata: { labels: { app: 'db' } }, spec: { containers: [] } } },
});
const calling = [
  ...workload({ containers: [container({ env: [{ name: 'DB', value: 'db:80' }] })] }),
  db,
  service({ selector: { app: 'db' } }, 'db'),
];

const missing = (message: string) => ({
  type: 'ScalingActive',
  status: 'False',
  reason: 'FailedGetResourceMetric',
  message,
});

holdsInRows({
  CpuThrottled: {
    holds: look(limited, { metrics: [metric('cpuThrottled', 0.6), metric('cpuUse', 1, 0.1)] }),
    nearly: look(limited, { metrics: [metric('cpuThrottled', 0.1), metric('cpuUse', 1, 0.1)] }),
    against: look(limited, { metrics: [metric('cpuThrottled', 0.6), metric('cpuUse', 1, 0.9)] }),
  },
  CpuSaturated: {
    holds: look(limited, { metrics: [metric('cpuUse', 0.98)] }),
    nearly: look(limited, { metrics: [metric('cpuUse', 0.5)] }),
    against: look(limited, { metrics: [metric('cpuUse', 0.98), metric('cpuThrottled', 0.6)] }),
  },
  NetworkSlow: {
    holds: look(calling, { metrics: [metric('roundTripMs', 200, 5)] }),
    nearly: look(calling, { metrics: [metric('roundTripMs', 8, 5)] }),
    // It is throttled, which makes it slow as well.
    against: look(calling, { metrics: [metric('roundTripMs', 200, 5), metric('cpuThrottled', 0.6)] }),
  },
  AutoscalerAtMaximum: {
    holds: look([scaler([{ type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas' }])]),
    nearly: look([scaler([{ type: 'ScalingLimited', status: 'True', reason: 'TooFewReplicas' }])]),
    against: look([scaler([{ type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange' }])]),
  },
  AutoscalerWithoutRequests: {
    holds: look([
      scaler([missing('the HPA was unable to compute: missing request for cpu in container main of Pod web-1')]),
    ]),
    nearly: look([scaler([missing('unable to fetch metrics from resource metrics API')])]),
    against: look([scaler([{ ...missing('missing request for cpu'), status: 'True' }])]),
  },
  AutoscalerWithoutMetrics: {
    holds: look([scaler([{ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric' }])]),
    nearly: look([scaler([{ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }])]),
    against: look([scaler([{ type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' }])]),
  },
});
