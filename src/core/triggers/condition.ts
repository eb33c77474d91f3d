/**
 * `conditionTrigger`: a condition of the target has the wanted status. For pods the containers' states count as
 * conditions too; for a workload a container state holds when it holds for any of its pods.
 */
import type { Condition } from '../../shapes/kube.ts';
import type { Pod } from '../../shapes/workloads.ts';
import type { ConditionTrigger } from '../../api/policy.ts';
import type { Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { endingOf } from '../ended.ts';
import type { Firing, Observation } from '../observation.ts';
import { isPodPseudoCondition, podCondition } from '../pod-conditions.ts';

export function evaluateCondition(spec: ConditionTrigger, seen: Observation, now: Instant): Firing {
  const declared = declaredConditions(seen.target).find((condition) => condition.type === spec.conditionType);
  if (declared) {
    const detail = [`${spec.conditionType}=${declared.status}`, declared.reason, declared.message]
      .filter(Boolean)
      .join(': ');
    return { holds: answer(declared.status, spec.status), detail };
  }
  if (seen.target.kind !== 'Pod' && !isPodPseudoCondition(spec.conditionType)) {
    const detail = `${seen.target.kind} ${seen.target.metadata.name} has no condition ${spec.conditionType}`;
    // Its controller reports conditions, and this is none of them.
    const reported = declaredConditions(seen.target).length > 0;
    return { holds: 'unknown', detail, ...given({ notApplicable: reported ? true : undefined }) };
  }
  return evaluatePods(spec, seen, now);
}

function evaluatePods(spec: ConditionTrigger, seen: Observation, now: Instant): Firing {
  const pods = countingPods(seen);
  if (pods.length === 0)
    return { holds: 'unknown', notApplicable: true, detail: `no pod that could be ${spec.conditionType}` };
  let recheckAt: Instant | undefined;
  let known = 0;
  let unclear: string | undefined;
  for (const pod of pods) {
    const condition = podCondition(pod, spec.conditionType, now);
    if (condition === undefined) continue;
    known++;
    if (condition.recheckAt !== undefined) recheckAt = Math.min(recheckAt ?? condition.recheckAt, condition.recheckAt);
    if (answer(condition.status, spec.status) === 'unknown')
      unclear ??= `pod ${pod.metadata.name}: ${condition.detail}`;
    // "CrashLoopBackOff=False" asks that no pod is in the loop; any other status that some pod is.
    if (condition.status === 'True' && spec.status === 'False' && isPodPseudoCondition(spec.conditionType)) {
      return firing('false', `pod ${pod.metadata.name}: ${condition.detail}`, recheckAt);
    }
    if (condition.status === spec.status && !(spec.status === 'False' && isPodPseudoCondition(spec.conditionType))) {
      return firing('true', `pod ${pod.metadata.name}: ${condition.detail}`, recheckAt);
    }
  }
  if (known === 0) {
    const reported = pods.every((pod) => declaredConditions(pod).length > 0);
    return {
      holds: 'unknown',
      detail: `no pod has a condition ${spec.conditionType}`,
      ...given({ notApplicable: reported ? true : undefined }),
    };
  }
  if (unclear !== undefined) return { holds: 'unknown', detail: unclear };
  if (spec.status === 'False' && isPodPseudoCondition(spec.conditionType))
    return firing('true', `no pod is in ${spec.conditionType}`, recheckAt);
  return firing('false', `no pod has ${spec.conditionType}=${spec.status}`, recheckAt);
}

/**
 * A pod that has ended was replaced, and says nothing of its workload any more. Of a Job it says how it has failed, and
 * nothing else.
 */
function countingPods({ target, pods }: Observation): readonly Pod[] {
  if (target.kind === 'Pod') return pods;
  const tells = target.kind === 'Job' ? 'badly' : undefined;
  return pods.filter((pod) => [undefined, tells].includes(endingOf(pod)));
}

/**
 * A controller that reports Unknown has lost sight of its object. That is no answer, unless the trigger asks for the
 * status Unknown (I13).
 */
const answer = (status: string, wanted: string): Firing['holds'] =>
  status === wanted ? 'true' : status === 'Unknown' ? 'unknown' : 'false';

const firing = (holds: 'true' | 'false', detail: string, recheckAt: Instant | undefined): Firing => ({
  holds,
  detail,
  ...given({ recheckAt }),
});

function declaredConditions(object: { readonly [field: string]: unknown }): readonly Condition[] {
  const status = object['status'] as { readonly conditions?: unknown } | undefined;
  return Array.isArray(status?.conditions) ? (status.conditions as readonly Condition[]) : [];
}
