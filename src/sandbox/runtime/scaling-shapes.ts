/** What the autoscaler reads of autoscaling/v2. */
import type { KubeObject } from '../../shapes/kube.ts';
import type { WorkloadCondition } from './shapes.ts';

export interface MetricSpec {
  readonly type: string;
  readonly resource?: {
    readonly name: string;
    readonly target: {
      readonly type: string;
      readonly averageUtilization?: number;
      readonly averageValue?: string;
    };
  };
}

export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodSeconds: number;
}

export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled';
  readonly policies?: readonly ScalingPolicy[];
}

export interface HorizontalPodAutoscaler extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly MetricSpec[];
    readonly behavior?: { readonly scaleUp?: ScalingRules; readonly scaleDown?: ScalingRules };
  };
  readonly status?: {
    readonly lastScaleTime?: string;
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly conditions?: readonly WorkloadCondition[];
  };
}
