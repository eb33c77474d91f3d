/** The triggers by type. */
import type { Trigger } from '../../api/policy.ts';
import type { Instant } from '../../std/clock.ts';
import type { TriggerTiming } from '../target/episode.ts';
import type { Firing, Observation } from '../observation.ts';
import { evaluateCondition } from './condition.ts';
import { evaluateCordoned } from './cordoned.ts';
import { firingOfEnded } from './ended.ts';
import { evaluateEvent } from './event.ts';
import { evaluateExpression } from './expression.ts';
import { evaluateMetric } from './metric.ts';

interface TriggerKind<T extends Trigger> {
  readonly timing: (spec: T) => TriggerTiming;
  readonly evaluate: (spec: T, seen: Observation, now: Instant) => Firing;
}

type Registry = { readonly [T in Trigger['type']]: TriggerKind<Extract<Trigger, { readonly type: T }>> };

export const triggerKinds: Registry = {
  condition: { timing: ({ durationMs }) => ({ durationMs, keepFiringForMs: 0 }), evaluate: evaluateCondition },
  event: { timing: () => ({ durationMs: 0, keepFiringForMs: 0 }), evaluate: evaluateEvent },
  metric: { timing: ({ durationMs, keepFiringForMs }) => ({ durationMs, keepFiringForMs }), evaluate: evaluateMetric },
  expression: { timing: ({ durationMs }) => ({ durationMs, keepFiringForMs: 0 }), evaluate: evaluateExpression },
  cordoned: {
    timing: ({ durationMs }) => ({ durationMs, keepFiringForMs: 0 }),
    evaluate: evaluateCordoned,
  },
};

export function evaluateTrigger(
  trigger: Trigger,
  seen: Observation,
  now: Instant,
): { readonly firing: Firing; readonly timing: TriggerTiming } {
  switch (trigger.type) {
    case 'condition':
      return run(triggerKinds.condition, trigger, { seen, now });
    case 'event':
      return run(triggerKinds.event, trigger, { seen, now });
    case 'metric':
      return run(triggerKinds.metric, trigger, { seen, now });
    case 'expression':
      return run(triggerKinds.expression, trigger, { seen, now });
    case 'cordoned':
      return run(triggerKinds.cordoned, trigger, { seen, now });
  }
}

function run<T extends Trigger>(
  kind: TriggerKind<T>,
  trigger: T,
  { seen, now }: { readonly seen: Observation; readonly now: Instant },
): { readonly firing: Firing; readonly timing: TriggerTiming } {
  return { firing: firingOfEnded(trigger, seen) ?? kind.evaluate(trigger, seen, now), timing: kind.timing(trigger) };
}
