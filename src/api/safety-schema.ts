/** `spec.safetyRules` and `spec.analysis` on the wire. */
import * as z from 'zod';
import { duration, field, globs, int32, labelSelector, resourceFilterFields } from './fields.ts';

/** Cron's five fields; names and lists make them longer. */
const MAX_CRON_LENGTH = 128;

export const protectedResourceSchema = z.object({
  ...resourceFilterFields,
  excludeNames: globs('Globs of the protected names. Omitted or empty: every name.').exactOptional(),
  labelSelector: labelSelector('Only objects with these labels are protected.'),
});

export const windowSchema = z.object({
  type: field(
    z.enum(['allow', 'deny']),
    '`allow`: healing only inside such windows. `deny`: none inside this one; it wins over `allow`.',
  ).default('allow'),
  schedule: field(
    z.string().min(1).max(MAX_CRON_LENGTH),
    'Cron expression of the starts of the window (minute hour day month weekday).',
  ),
  duration: duration('How long each window lasts.'),
  timeZone: field(z.string().min(1).max(64), 'IANA name of the zone of `schedule`.').default('UTC'),
});

export const safetyRulesSchema = z.object({
  maxActionsPerHour: field(
    int32(0),
    'Actions of this policy started in any sliding hour. 0: none. Omitted: 10, and 2 of a policy that selects nothing but nodes.',
  ).exactOptional(),
  protectedResources: field(z.array(protectedResourceSchema).max(64), 'What this policy never touches.', {
    'x-kubernetes-list-type': 'atomic',
  }).exactOptional(),
  requireHealthCheck: field(
    z.boolean(),
    'Success needs the trigger resolved and the workload healthy, stable for 10 s and for longer than the illness had taken to come back. `false`: the trigger resolved, and the workload not worse off than before.',
  ).default(false),
  healthCheckTimeout: duration('How long the health check may take; after that the action has failed.').default('5m'),
  maxUnhealthy: field(
    z.union([
      z.int().min(0).max(2_147_483_647),
      z
        .string()
        .max(16)
        .regex(/^((100|[0-9]{1,2})%|[0-9]{1,9})$/),
    ]),
    'With more targets than this unhealthy, unknown or being healed, no new action starts. A count, or a percentage of the matched targets, rounded down. Omitted: `50%`, and `20%` of a policy that selects nothing but nodes.',
    { 'x-kubernetes-int-or-string': true },
  ).exactOptional(),
  maxHealingsPerDay: field(
    int32(1).max(50),
    'Healings of one workload in 24 hours, whosever policies: after so many that helped for a while it is left to people.',
  ).default(5),
  maxHealingsPerWeek: field(int32(1).max(50), 'The same in 7 days.').default(10),
  maxConcurrent: field(int32(1), 'Actions of this policy in progress at once.').default(1),
  undoOnFailure: field(z.boolean(), 'When verification fails and the action can be undone, it is.').default(true),
  contention: field(
    z.enum(['refuse', 'ignore']),
    '`refuse`: a field that somebody else keeps setting (an autoscaler, a GitOps controller, the owner) is left alone. `ignore`: it is changed all the same.',
  ).default('refuse'),
  replacement: field(
    z.enum(['refuse', 'ignore']),
    '`refuse`: no pod is taken away whose successor would not start (a Secret is missing, a quota has no room, no node takes it). `ignore`: it is taken away all the same.',
  ).default('refuse'),
  windows: field(z.array(windowSchema).max(16), 'When healing may or may not happen. Omitted or empty: always.', {
    'x-kubernetes-list-type': 'atomic',
  }).exactOptional(),
  approvalTimeout: duration('How long an action waits for approval before it is cancelled.').default('30m'),
});

export const analysisSchema = z.object({
  mode: field(
    z.enum(['off', 'advise', 'veto']),
    '`off`: nothing is looked at. `advise`: says why a target is unwell, by rules, and asks a model where the operator has one. `veto`: may also hold back an action that cannot help. Omitted: `advise`.',
  ).exactOptional(),
  order: field(
    z.enum(['priority', 'cause']),
    '`cause`: of the actions that answer, those that help against the cause go first, and those that cannot help last; else by `priority`. By the rules alone.',
  ).default('priority'),
  verify: field(
    z.boolean(),
    'A model is asked a second time, for what would disprove its first answer. That one counts only when nothing does.',
  ).default(false),
  minConfidence: field(
    z.number().min(0).max(1),
    'Of a model, 0 to 1: what it says with less confidence does not count. It says low (0.3), medium (0.6) or high (0.9).',
    {
      format: 'double',
    },
  ).default(0.7),
});
