/**
 * `spec.triggers[]` on the wire. A new trigger type is one block here, one line in `triggerBlocks`, and its evaluation
 * in `core/triggers`.
 */
import * as z from 'zod';
import { duration, field, int32, objectName, resourceFilterFields, type ValidationRule } from './fields.ts';

const metricTargetSchema = z.object({
  ...resourceFilterFields,
  apiVersion: resourceFilterFields.apiVersion.exactOptional(),
  kind: resourceFilterFields.kind.exactOptional(),
  nameLabel: field(z.string().min(1).max(128), "The result's label that holds the object's name.").exactOptional(),
  namespaceLabel: field(
    z.string().min(1).max(128),
    "The result's label that holds the object's namespace. Default `namespace`.",
  ).exactOptional(),
  aggregate: field(
    z.enum(['AllSelected']),
    '`AllSelected`: a result that names no object fires for every selected one.',
  ).exactOptional(),
});

export const metricTriggerSchema = z.object({
  query: field(z.string().min(1).max(4096), 'PromQL instant query, evaluated on an interval.'),
  operator: field(z.enum(['>', '<', '>=', '<=', '==', '!=']), 'How each value is compared with `threshold`.'),
  threshold: field(z.number(), 'The value to compare with.', { format: 'double' }),
  duration: duration('How long the comparison must hold, at every evaluation, before the trigger fires.').default('2m'),
  keepFiringFor: duration('How long the trigger goes on firing after the comparison stopped holding.').default('0s'),
  source: field(
    z.string().min(1).max(63),
    "Name of a metric source in the operator's configuration; omitted: the default one.",
  ).exactOptional(),
  target: field(metricTargetSchema, "Overrides how a result's labels name the object it is about.").exactOptional(),
});

export const eventTriggerSchema = z.object({
  reason: field(
    z.string().max(256),
    "The event's reason: exact, or an RE2 pattern that matches all of it. Omitted: any.",
  ).exactOptional(),
  type: field(z.string().max(63), "The event's type, `Normal` or `Warning`. Omitted: any.").exactOptional(),
  message: field(z.string().max(1024), "RE2 pattern to be found in the event's message. Omitted: any.").exactOptional(),
  count: field(int32(1), 'How many occurrences inside the window make the trigger fire.').default(1),
  window: duration('How far back occurrences count.').default('5m'),
});

export const conditionTriggerSchema = z.object({
  type: field(
    z.string().min(1).max(316),
    'A type in `.status.conditions[]`; for pods also a container state such as `CrashLoopBackOff`, `ImagePullBackOff` or `OOMKilled`.',
  ),
  status: field(z.string().min(1).max(63), '`True`, `False` or `Unknown`.'),
  duration: duration('How long the condition must have held before the trigger fires.').default('2m'),
});

export const expressionTriggerSchema = z.object({
  expression: field(
    z.string().min(1).max(4096),
    'CEL over `object`, of which the operator keeps the fields that decisions read; true means unhealthy. `has(object.x)` asks whether a field is there.',
  ),
  duration: duration('How long the expression must have been true before the trigger fires.').default('2m'),
});

/** Each type and the block it carries. */
export const triggerBlocks = {
  metric: 'metricTrigger',
  event: 'eventTrigger',
  condition: 'conditionTrigger',
  expression: 'expressionTrigger',
} as const;
export type TriggerType = keyof typeof triggerBlocks;
export const triggerTypes = Object.keys(triggerBlocks) as [TriggerType, ...TriggerType[]];

const blockRules: readonly ValidationRule[] = Object.entries(triggerBlocks).map(([type, block]) => ({
  rule: `has(self.${block}) == (self.type == '${type}')`,
  message: `${block} is required when type is ${type}, and forbidden otherwise`,
}));

export const triggerSchema = field(
  z.object({
    name: objectName('Unique among the triggers of the policy.'),
    type: field(z.enum(triggerTypes), 'Which block the trigger carries.'),
    metricTrigger: field(metricTriggerSchema, 'Fires on the value of a PromQL query.').exactOptional(),
    eventTrigger: field(
      eventTriggerSchema,
      'Fires on Kubernetes Events about a target or something it owns.',
    ).exactOptional(),
    conditionTrigger: field(conditionTriggerSchema, "Fires on a condition of the target's status.").exactOptional(),
    expressionTrigger: field(expressionTriggerSchema, 'Fires on a CEL expression over the target.').exactOptional(),
    cooldownPeriod: duration(
      'How long after an action for this trigger finished the next step of the ladder may be taken.',
    ).default('5m'),
  }),
  'When healing starts. A trigger fires for one object at a time.',
  { 'x-kubernetes-validations': blockRules },
);
/** As read from an API server and defaulted. */
export type TriggerSpec = z.output<typeof triggerSchema>;
export type MetricTriggerSpec = z.output<typeof metricTriggerSchema>;
