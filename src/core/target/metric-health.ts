/** Whether the data of a policy's metric triggers are there, by the newest answers; for its status. */
import type { MetricTrigger, Trigger } from '../../api/policy.ts';
import type { MetricResult } from '../metrics/answer.ts';
import type { MetricProblem } from '../reasons/index.ts';
import type { PolicyProblem } from './policy-problems.ts';

/** The data of one metric trigger. */
export interface MetricHealth {
  readonly trigger: string;
  /** Undefined when the query was answered. */
  readonly problem?: { readonly reason: MetricProblem; readonly message: string };
  readonly warnings: readonly string[];
}

/** Its query has not been asked yet: since the operator's start, or the policy's last change. */
export const NOT_EVALUATED = 'NotEvaluated' as const;

export interface SeenResult {
  readonly result: MetricResult;
  /** In a sentence: the answer has series, and none of them is about a target. */
  readonly aboutNobody?: string;
}

/** `resultOf`: the newest answer to a trigger's query; undefined before the first. */
export function metricHealth(
  triggers: readonly Trigger[],
  resultOf: (trigger: MetricTrigger) => SeenResult | undefined,
): readonly MetricHealth[] {
  return triggers.flatMap((trigger): MetricHealth[] => {
    if (trigger.type !== 'metric') return [];
    const seen = resultOf(trigger);
    if (seen === undefined) {
      const problem = { reason: NOT_EVALUATED, message: 'its query has not been evaluated yet' };
      return [{ trigger: trigger.name, problem, warnings: [] }];
    }
    const { result, aboutNobody } = seen;
    const warnings = [...result.warnings, ...(aboutNobody === undefined ? [] : [aboutNobody])];
    if (result.type !== 'unknown') return [{ trigger: trigger.name, warnings }];
    return [{ trigger: trigger.name, problem: { reason: result.reason, message: result.message }, warnings }];
  });
}

/** Waiting does not help against these: the policy has to be changed, or the operator's configuration. */
const FOR_GOOD = ['InvalidQuery', 'NoSuchFamily'] as const;

const isForGood = (reason: MetricProblem): reason is (typeof FOR_GOOD)[number] =>
  FOR_GOOD.some((one) => one === reason);

export const metricProblems = (health: readonly MetricHealth[]): readonly PolicyProblem[] =>
  health.flatMap(({ trigger, problem }) => {
    if (problem === undefined) return [];
    const { reason, message } = problem;
    return isForGood(reason) ? [{ path: `spec.triggers[${trigger}].metricTrigger.query`, reason, message }] : [];
  });
