/**
 * HorizontalPodAutoscalers on metrics.k8s.io.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
import { toTimestamp } from '../../std/clock.ts';
import { equalJson } from '../machinery/json.ts';
import { parseQuantity } from '../runtime/amounts.ts';
import { type Context, keyOf, parseKey } from '../runtime/context.ts';
import { isPodFinished, isPodReady, isTerminating } from '../runtime/pods.ts';
import { AUTOSCALERS, DEPLOYMENTS, PODS, REPLICA_SETS, STATEFUL_SETS } from '../runtime/resources.ts';
import { selects } from '../runtime/selectors.ts';
import type { HorizontalPodAutoscaler, MetricSpec, ScalingRules } from '../runtime/scaling-shapes.ts';
import type { Deployment, Pod, ReplicaSet, StatefulSet, WorkloadCondition } from '../runtime/shapes.ts';

/** What metrics.k8s.io knows of a pod: cores and bytes by container; undefined while there are no samples. */
export interface UsageSource {
  usage(pod: Pod): ReadonlyMap<string, { readonly cpu: number; readonly memory: number }> | undefined;
}

/** --horizontal-pod-autoscaler-sync-period, -tolerance, and the default stabilisation when scaling down. */
const SYNC_MS = 15_000;
const TOLERANCE = 0.1;
const DOWNSCALE_WINDOW_SECONDS = 300;

/** Defaults of spec.behavior: up by 4 pods or 100 % a 15 s, down by 100 %. */
const UP: ScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const DOWN: ScalingRules = {
  stabilizationWindowSeconds: DOWNSCALE_WINDOW_SECONDS,
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

type Target = Deployment | ReplicaSet | StatefulSet;

/** What an autoscaler remembers between its turns: its own recommendations and the changes it made. */
interface Memory {
  readonly recommendations: { readonly at: number; readonly replicas: number }[];
  readonly changes: { readonly at: number; readonly by: number }[];
}

export function startAutoscalers(context: Context, usage: UsageSource): void {
  const events = context.recorder('horizontal-pod-autoscaler');
  const memories = new Map<string, Memory>();
  const queue = context.queue((key) => sync(key));
  context.watch(AUTOSCALERS, ({ type, object, old }) => {
    if (type === 'DELETED') memories.delete(object.metadata.uid ?? '');
    else if (old === undefined || !equalJson(old.spec, object.spec)) queue.add(keyOf(object));
  });

  function sync(key: string): void {
    const scaler = context.get(AUTOSCALERS, parseKey(key));
    if (scaler === undefined) return;
    queue.addAt(key, context.now() + SYNC_MS);
    const memory = memories.get(scaler.metadata.uid ?? '') ?? { recommendations: [], changes: [] };
    memories.set(scaler.metadata.uid ?? '', memory);
    new Turn(context, { usage, memory, events }, scaler).run();
  }
}

interface Parts {
  readonly usage: UsageSource;
  readonly memory: Memory;
  readonly events: ReturnType<Context['recorder']>;
}

interface Recommendation {
  readonly replicas: number;
  readonly current?: unknown;
}

class Turn {
  readonly #context: Context;
  readonly #parts: Parts;
  readonly #scaler: HorizontalPodAutoscaler;
  readonly #now: number;
  #conditions: readonly WorkloadCondition[];

  constructor(context: Context, parts: Parts, scaler: HorizontalPodAutoscaler) {
    this.#context = context;
    this.#parts = parts;
    this.#scaler = scaler;
    this.#now = context.now();
    this.#conditions = scaler.status?.conditions ?? [];
  }

  run(): void {
    const { kind, name } = this.#scaler.spec.scaleTargetRef;
    const target = this.#target();
    if (target === undefined) {
      const message = `the HPA controller was unable to get the target's current scale: ${kind.toLowerCase()}s.apps "${name}" not found`;
      this.#set('AbleToScale', 'False', { reason: 'FailedGetScale', message });
      this.#parts.events.warning(this.#scaler, 'FailedGetScale', `${kind.toLowerCase()}s.apps "${name}" not found`);
      this.#write({ current: 0, desired: this.#scaler.status?.desiredReplicas ?? 0 });
      return;
    }
    this.#set('AbleToScale', 'True', {
      reason: 'SucceededGetScale',
      message: "the HPA controller was able to get the target's current scale",
    });
    const current = target.spec.replicas;
    const { minReplicas = 1, maxReplicas } = this.#scaler.spec;
    if (current === 0 && minReplicas !== 0) {
      this.#set('ScalingActive', 'False', {
        reason: 'ScalingDisabled',
        message: 'scaling is disabled since the replica count of the target is zero',
      });
      this.#write({ current, desired: 0 });
      return;
    }
    if (current > maxReplicas || current < minReplicas) {
      const desired = Math.min(maxReplicas, Math.max(minReplicas, current));
      const reason =
        current > maxReplicas
          ? 'Current number of replicas above Spec.MaxReplicas'
          : 'Current number of replicas below Spec.MinReplicas';
      this.#rescale(target, desired, reason);
      this.#write({ current, desired, scaled: true });
      return;
    }
    this.#evaluate(target, current);
  }

  #evaluate(target: Target, current: number): void {
    const proposals: Recommendation[] = [];
    const metrics = this.#scaler.spec.metrics ?? [];
    for (const metric of metrics) {
      const proposal = this.#propose(metric, target, current);
      if (proposal !== undefined) proposals.push(proposal);
    }
    if (proposals.length === 0) {
      this.#write({ current, desired: current });
      return;
    }
    const wanted = Math.max(...proposals.map((proposal) => proposal.replicas));
    // A missing metric may ask for more; without it nothing is taken away.
    const proposed = proposals.length < metrics.length ? Math.max(current, wanted) : wanted;
    const name = metrics[0]?.resource?.name ?? 'cpu';
    this.#set('ScalingActive', 'True', {
      reason: 'ValidMetricFound',
      message: `the HPA was able to successfully calculate a replica count from ${name} resource utilization (percentage of request)`,
    });
    const desired = this.#limit(current, proposed);
    const currentMetrics = proposals.map((proposal) => proposal.current);
    if (desired !== current) {
      const reason =
        desired > current
          ? `${name} resource utilization (percentage of request) above target`
          : 'All metrics below target';
      this.#rescale(target, desired, reason);
    }
    this.#write({ current, desired, scaled: desired !== current, currentMetrics });
  }

  #target(): Target | undefined {
    const { kind, name } = this.#scaler.spec.scaleTargetRef;
    const key = { namespace: this.#scaler.metadata.namespace ?? '', name };
    if (kind === 'Deployment') return this.#context.get(DEPLOYMENTS, key);
    if (kind === 'StatefulSet') return this.#context.get(STATEFUL_SETS, key);
    return kind === 'ReplicaSet' ? this.#context.get(REPLICA_SETS, key) : undefined;
  }

  #pods(target: Target): readonly Pod[] {
    const all = this.#context.list(PODS, this.#scaler.metadata.namespace ?? '');
    return all.filter(
      (pod) => selects(target.spec.selector, pod.metadata.labels) && !isPodFinished(pod) && !isTerminating(pod),
    );
  }

  /** https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details */
  #propose(metric: MetricSpec, target: Target, current: number): Recommendation | undefined {
    const { resource } = metric;
    if (metric.type !== 'Resource' || resource === undefined) {
      this.#fail('FailedGetMetric', `metric source type "${metric.type}" is not served by this cluster`);
      return undefined;
    }
    const reason = 'FailedGetResourceMetric';
    const failed = `failed to get ${resource.name} utilization: `;
    let [used, requested, measured, unready] = [0, 0, 0, 0];
    for (const pod of this.#pods(target)) {
      const sample = this.#parts.usage.usage(pod);
      if (sample === undefined || !isPodReady(pod)) {
        unready++;
        continue;
      }
      for (const container of pod.spec.containers) {
        const request = parseQuantity(container.resources?.requests?.[resource.name]);
        if (request === undefined && resource.target.type === 'Utilization') {
          const where = `container ${container.name} of Pod ${pod.metadata.name}`;
          this.#fail(reason, `${failed}missing request for ${resource.name} in ${where}`);
          return undefined;
        }
        const amounts = sample.get(container.name);
        used += (resource.name === 'memory' ? amounts?.memory : amounts?.cpu) ?? 0;
        requested += request ?? 0;
      }
      measured++;
    }
    if (measured === 0) {
      this.#fail(
        reason,
        `${failed}unable to get metrics for resource ${resource.name}: no metrics returned from resource metrics API`,
      );
      return undefined;
    }
    const byUtilization = resource.target.type === 'Utilization';
    const goal = byUtilization
      ? (resource.target.averageUtilization ?? 80) / 100
      : (parseQuantity(resource.target.averageValue) ?? 1);
    const value = byUtilization ? used / requested : used / measured;
    const ratio = value / goal;
    const quantity =
      resource.name === 'memory' ? String(Math.round(used / measured)) : `${Math.round((used / measured) * 1000)}m`;
    const averageUtilization = byUtilization ? { averageUtilization: Math.round(value * 100) } : {};
    const report = {
      type: 'Resource',
      resource: { name: resource.name, current: { averageValue: quantity, ...averageUtilization } },
    };
    if (Math.abs(1 - ratio) <= TOLERANCE) return { replicas: current, current: report };
    // Pods without samples count as idle when there should be more, so that starting pods do not add to the alarm.
    const counted = ratio > 1 ? measured + unready : measured;
    const damped = ratio > 1 && unready > 0 ? (ratio * measured) / counted : ratio;
    if (ratio > 1 && damped <= 1 + TOLERANCE) return { replicas: current, current: report };
    return { replicas: Math.ceil(damped * counted), current: report };
  }

  #fail(reason: string, message: string): void {
    this.#parts.events.warning(this.#scaler, reason, message);
    this.#parts.events.warning(
      this.#scaler,
      'FailedComputeMetricsReplicas',
      `invalid metrics (1 invalid out of 1), first error is: ${message}`,
    );
    this.#set('ScalingActive', 'False', {
      reason,
      message: `the HPA was unable to compute the replica count: ${message}`,
    });
  }

  /** Stabilisation, the policies' pace, and the bounds. */
  #limit(current: number, proposed: number): number {
    const { minReplicas = 1, maxReplicas, behavior } = this.#scaler.spec;
    const up = { ...UP, ...behavior?.scaleUp };
    const down = { ...DOWN, ...behavior?.scaleDown };
    const { recommendations } = this.#parts.memory;
    recommendations.push({ at: this.#now, replicas: proposed });
    const upWindow = (up.stabilizationWindowSeconds ?? 0) * 1000;
    const downWindow = (down.stabilizationWindowSeconds ?? DOWNSCALE_WINDOW_SECONDS) * 1000;
    while ((recommendations[0]?.at ?? this.#now) < this.#now - Math.max(upWindow, downWindow)) recommendations.shift();
    const within = (window: number): readonly number[] =>
      recommendations.filter(({ at }) => at >= this.#now - window).map(({ replicas }) => replicas);
    const atLeast = Math.min(proposed, ...within(upWindow));
    const atMost = Math.max(proposed, ...within(downWindow));
    const recommended = current < atLeast ? atLeast : current > atMost ? atMost : current;
    if (recommended === proposed)
      this.#set('AbleToScale', 'True', {
        reason: 'ReadyForNewScale',
        message: 'recommended size matches current size',
      });
    else
      this.#set('AbleToScale', 'True', {
        reason: 'ScaleDownStabilized',
        message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
      });
    let desired = recommended;
    if (desired > current) desired = Math.min(desired, this.#pace(current, up, 'up'));
    else if (desired < current) desired = Math.max(desired, this.#pace(current, down, 'down'));
    const bounded = Math.min(maxReplicas, Math.max(minReplicas, desired));
    if (desired > maxReplicas)
      this.#set('ScalingLimited', 'True', {
        reason: 'TooManyReplicas',
        message: 'the desired replica count is more than the maximum replica count',
      });
    else if (desired < minReplicas)
      this.#set('ScalingLimited', 'True', {
        reason: 'TooFewReplicas',
        message: 'the desired replica count is less than the minimum replica count',
      });
    else
      this.#set('ScalingLimited', 'False', {
        reason: 'DesiredWithinRange',
        message: 'the desired count is within the acceptable range',
      });
    return bounded;
  }

  /** How far the policies let the count go now, given what was changed in their periods. */
  #pace(current: number, rules: ScalingRules, direction: 'up' | 'down'): number {
    if (rules.selectPolicy === 'Disabled') return current;
    const limits = (rules.policies ?? []).map((policy) => {
      const since = this.#now - policy.periodSeconds * 1000;
      const recent = this.#parts.memory.changes.filter(
        ({ at, by }) => at > since && (direction === 'up' ? by > 0 : by < 0),
      );
      const start = current - recent.reduce((sum, { by }) => sum + by, 0);
      if (policy.type === 'Pods') return direction === 'up' ? start + policy.value : start - policy.value;
      return direction === 'up'
        ? Math.ceil(start * (1 + policy.value / 100))
        : Math.floor(start * (1 - policy.value / 100));
    });
    if (limits.length === 0) return current;
    const widest = (rules.selectPolicy ?? 'Max') === 'Max';
    return (direction === 'up') === widest ? Math.max(...limits) : Math.min(...limits);
  }

  #rescale(target: Target, replicas: number, reason: string): void {
    const resource =
      target.kind === 'Deployment' ? DEPLOYMENTS : target.kind === 'StatefulSet' ? STATEFUL_SETS : REPLICA_SETS;
    const before = target.spec.replicas;
    this.#context.modify<Target>(resource, target, (draft) => {
      draft['spec'].replicas = replicas;
      return draft;
    });
    const { changes } = this.#parts.memory;
    changes.push({ at: this.#now, by: replicas - before });
    // The longest period that a policy may name is 30 minutes.
    while ((changes[0]?.at ?? this.#now) < this.#now - 1_800_000) changes.shift();
    this.#set('AbleToScale', 'True', {
      reason: 'SucceededRescale',
      message: `the HPA controller was able to update the target scale to ${replicas}`,
    });
    this.#parts.events.normal(this.#scaler, 'SuccessfulRescale', `New size: ${replicas}; reason: ${reason}`);
  }

  #set(
    type: string,
    status: 'True' | 'False',
    { reason, message }: { readonly reason: string; readonly message: string },
  ): void {
    const known = this.#conditions.find((condition) => condition.type === type);
    const lastTransitionTime =
      known?.status === status && known.lastTransitionTime ? known.lastTransitionTime : toTimestamp(this.#now);
    const condition = { type, status, lastTransitionTime, reason, message };
    this.#conditions =
      known === undefined
        ? [...this.#conditions, condition]
        : this.#conditions.map((c) => (c.type === type ? condition : c));
  }

  #write(result: {
    readonly current: number;
    readonly desired: number;
    readonly scaled?: boolean;
    readonly currentMetrics?: readonly unknown[];
  }): void {
    const lastScaleTime = result.scaled === true ? toTimestamp(this.#now) : this.#scaler.status?.lastScaleTime;
    const status = {
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      ...(result.current > 0 ? { currentReplicas: result.current } : {}),
      desiredReplicas: result.desired,
      currentMetrics: result.currentMetrics ?? null,
      conditions: this.#conditions,
    };
    if (equalJson(status, this.#scaler.status)) return;
    this.#context.modifyStatus(AUTOSCALERS, this.#scaler, (draft) => ({ ...draft, status }));
  }
}
