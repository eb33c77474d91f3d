/** One trigger: what it asks for, what it sees, where it stands, and what would have to differ for that to change. */
import { toTimestamp } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { Trigger } from '../../api/policy.ts';
import type { Firing } from '../observation.ts';
import type { TriggerState } from '../target/episode.ts';
import type { WatchedTrigger } from '../target/watched-triggers.ts';
import { wantsOf } from '../triggers/wants.ts';
import { secondAfter } from './instants.ts';

export interface ExplainedTrigger {
  readonly trigger: string;
  readonly type: Trigger['type'];
  readonly wants: string;
  readonly holds: Firing['holds'];
  readonly seen: string;
  readonly stage: TriggerState['state'];
  /** RFC 3339: since when it is pending or fires. */
  readonly since?: string;
  readonly differs: string;
}

export function explainTrigger(watched: WatchedTrigger): ExplainedTrigger {
  const { trigger, firing, step } = watched;
  const { state, since, firingSince } = step.next;
  return {
    trigger: trigger.name,
    type: trigger.type,
    wants: wantsOf(trigger),
    holds: firing.holds,
    seen: firing.detail,
    stage: state,
    ...given({ since: state !== 'inactive' ? toTimestamp(firingSince ?? since) : undefined }),
    differs: differsOf(watched),
  };
}

function differsOf({ firing, timing, step }: WatchedTrigger): string {
  const { state, since, clearedAt } = step.next;
  const itself =
    firing.recheckAt === undefined ? '' : `; the answer may change by itself at ${secondAfter(firing.recheckAt)}`;
  switch (state) {
    case 'inactive':
      if (firing.holds === 'false') return `it begins to hold when what it asks for is seen${itself}`;
      return firing.notApplicable === true
        ? 'it says nothing about this object as it is'
        : 'it needs the data that is missing';
    case 'pending':
      return firing.holds === 'unknown'
        ? 'its time stands still until the data that is missing is seen again'
        : `it fires at ${secondAfter(since + timing.durationMs)} if it holds until then${itself}`;
    case 'firing':
      if (firing.holds === 'unknown') return 'it fires on until the data that is missing is seen again';
      return clearedAt === undefined
        ? `it resolves when what it asks for is seen no more${itself}`
        : `it resolves at ${secondAfter(clearedAt + timing.keepFiringForMs)} if it does not hold again before`;
  }
}
