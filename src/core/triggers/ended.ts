/** What a trigger says of a target that has ended. */
import type { Trigger } from '../../api/policy.ts';
import { endingOf, sayEnding } from '../ended.ts';
import { describeObject, type Firing, type Observation } from '../observation.ts';
import { isPodPseudoCondition } from '../pod-conditions.ts';

/**
 * Undefined: the trigger is asked as of any other target. One that asks how it ended is: that a Job has failed, that it
 * is complete, that a pod was evicted.
 */
export function firingOfEnded(trigger: Trigger, { target }: Observation): Firing | undefined {
  const ending = endingOf(target);
  if (ending === undefined || asksForEnd(trigger, target.kind, ending)) return undefined;
  return { holds: 'false', detail: `${describeObject(target)} ${sayEnding(ending)}` };
}

function asksForEnd(trigger: Trigger, kind: string, ending: 'well' | 'badly'): boolean {
  if (trigger.type !== 'condition') return ending === 'badly';
  const { conditionType } = trigger;
  if (kind === 'Job') return ending === 'badly' || ['Complete', 'SuccessCriteriaMet'].includes(conditionType);
  return ending === 'badly' && isPodPseudoCondition(conditionType);
}
