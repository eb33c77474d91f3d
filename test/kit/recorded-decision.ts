/** A decision as an operator records it, in the text of its file. */
import { type DecisionMade, recordOf } from '../../src/core/replay/decision-record.ts';
import { type EvaluationInput, evaluateTarget } from '../../src/core/target/evaluate-target.ts';
import { trimmed } from '../../src/operator/trimmed-objects.ts';
import { MINUTE, past, podWith, policyOf, proposal, SECOND, T0, workload } from './core-data.ts';

export const recordText = (made: DecisionMade): string =>
  `${JSON.stringify({ version: '1.2.3', ...recordOf(made, trimmed) }, null, 1)}\n`;

const { actionType: _type, policy: _policy, ...FACTS } = proposal();
const looping = podWith({ restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } });

/** A crash loop that is to be healed by a restart: five of six actions of this hour are used up. */
export function proposing(): DecisionMade {
  const input: EvaluationInput = {
    policy: policyOf({ safetyRules: { maxActionsPerHour: 6 } }),
    observation: { target: workload('Deployment'), pods: [looping], events: [] },
    state: {
      triggers: { looping: { state: 'firing', since: T0 - MINUTE, firingSince: T0 - 30 * SECOND, detail: '' } },
      startedAt: T0 - MINUTE,
      step: 0,
      exhausted: false,
    },
    facts: {
      ...FACTS,
      history: Array.from({ length: 5 }, (_, index) => {
        const at = T0 - (50 - index) * MINUTE;
        return past({ uid: `a-${index}`, createdAt: at, lastAttemptAt: at, completedAt: at });
      }),
    },
  };
  return { kind: 'target', now: T0, input, decided: evaluateTarget(input, T0) };
}
