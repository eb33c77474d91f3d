/** What the newest answers say about the data of a policy's metric triggers, for its status. */
import type { HealingPolicy } from '../api/policy.ts';
import { type MetricHealth, NOT_EVALUATED } from '../core/target/policy-status.ts';
import type { PolicyProblem } from '../core/target/policy-problems.ts';
import type { Operation } from './operation.ts';

export function metricHealth({ metrics }: Pick<Operation, 'metrics'>, policy: HealingPolicy): readonly MetricHealth[] {
  return policy.triggers.flatMap((trigger): MetricHealth[] => {
    if (trigger.type !== 'metric') return [];
    const result = metrics.answerTo(trigger)?.result;
    if (result === undefined) {
      const problem = { reason: NOT_EVALUATED, message: 'its query has not been evaluated yet' };
      return [{ trigger: trigger.name, problem, warnings: [] }];
    }
    const { warnings } = result;
    if (result.type !== 'unknown') return [{ trigger: trigger.name, warnings }];
    return [{ trigger: trigger.name, problem: { reason: result.reason, message: result.message }, warnings }];
  });
}

/** No waiting helps against these: the policy has to be changed, or the operator's configuration. */
const FOR_GOOD: ReadonlySet<string> = new Set(['InvalidQuery', 'NoSuchFamily']);

export const metricProblems = (health: readonly MetricHealth[]): readonly PolicyProblem[] =>
  health.flatMap(({ trigger, problem }) =>
    problem !== undefined && FOR_GOOD.has(problem.reason)
      ? [{ path: `spec.triggers[${trigger}].metricTrigger.query`, ...problem }]
      : [],
  );
