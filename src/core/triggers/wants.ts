/** What a trigger asks for, in a phrase: what would have to be seen for it to hold. */
import type { Trigger } from '../../api/policy.ts';
import { formatDuration } from '../../std/duration.ts';

export function wantsOf(trigger: Trigger): string {
  switch (trigger.type) {
    case 'condition':
      return `${trigger.conditionType}=${trigger.status}${held(trigger.durationMs)}`;
    case 'event': {
      const { count, reason = 'any reason', eventType, message, windowMs } = trigger;
      const kind = eventType === undefined ? 'Events' : `${eventType} Events`;
      const text = message === undefined ? '' : ` whose message has ${message}`;
      return `${count} ${kind} with ${reason}${text} within ${formatDuration(windowMs)}`;
    }
    case 'metric':
      return `${trigger.query} ${trigger.operator} ${trigger.threshold}${held(trigger.durationMs)}`;
    case 'expression':
      return `${trigger.expression}${held(trigger.durationMs)}`;
    case 'cordoned':
      return `a node that action ${trigger.action} has cordoned, and that is well${held(trigger.durationMs)}`;
  }
}

const held = (durationMs: number): string => (durationMs === 0 ? '' : ` for ${formatDuration(durationMs)}`);
