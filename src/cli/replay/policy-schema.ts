/**
 * What the objects and the policy in a file of a decision have to look like. Each schema is held by the compiler to the
 * type that decisions read, and refuses what it does not know. Objects of the cluster alone may have any fields.
 */
import * as z from 'zod';
import { actionTemplateSchema, actionTypes } from '../../api/action-template.ts';
import { patternProblem } from '../../api/pattern.ts';
import { EVENT_STEPS, EXPRESSION_COST } from '../../api/policy-cost.ts';
import { policyStatusSchema } from '../../api/policy-status.ts';
import type { Action, HealingPolicy, SafetyRules, Trigger } from '../../api/policy.ts';
import { metricTriggerSchema } from '../../api/trigger-schema.ts';
import { windowProblem } from '../../api/windows.ts';
import type { TargetRef } from '../../core/observation.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod } from '../../shapes/workloads.ts';

export const text = z.string();
export const texts = z.array(text);
/** Milliseconds since the Unix epoch, or of a duration. */
export const ms = z.number();
export const count = z.int();
export const yes = z.boolean();
const map = z.record(text, text);

export const metadata = z.looseObject({
  name: text,
  namespace: text.exactOptional(),
  uid: text.exactOptional(),
  generation: count.exactOptional(),
  creationTimestamp: text.exactOptional(),
  deletionTimestamp: text.exactOptional(),
  labels: map.exactOptional(),
  annotations: map.exactOptional(),
});
const condition = z.looseObject({ type: text, status: z.enum(['True', 'False', 'Unknown']) });
const status = z.looseObject({ conditions: z.array(condition).exactOptional() });
export const object: z.ZodType<KubeObject> = z.looseObject({
  apiVersion: text,
  kind: text,
  metadata,
  status: status.exactOptional(),
});

const terminated = z.looseObject({ exitCode: count, reason: text.exactOptional() });
const state = z.looseObject({
  waiting: z.looseObject({ reason: text.exactOptional(), message: text.exactOptional() }).exactOptional(),
  running: z.looseObject({ startedAt: text.exactOptional() }).exactOptional(),
  terminated: terminated.exactOptional(),
});
const containers = z.array(
  z.looseObject({
    name: text,
    restartCount: count.exactOptional(),
    state: state.exactOptional(),
    lastState: state.exactOptional(),
  }),
);
export const pod: z.ZodType<Pod> = z.looseObject({
  apiVersion: text,
  kind: text,
  metadata,
  status: z
    .looseObject({
      phase: text.exactOptional(),
      reason: text.exactOptional(),
      message: text.exactOptional(),
      conditions: z.array(condition).exactOptional(),
      containerStatuses: containers.exactOptional(),
      initContainerStatuses: containers.exactOptional(),
    })
    .exactOptional(),
});

export const target: z.ZodType<TargetRef> = z.strictObject({
  apiVersion: text,
  kind: text,
  namespace: text.exactOptional(),
  name: text,
  uid: text,
});

const selector = z.array(
  z.strictObject({
    key: text,
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: texts.exactOptional(),
  }),
);
const pattern = text.superRefine((source, context) => {
  const problem = patternProblem(source);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});
const common = { name: text, cooldownMs: ms };
const trigger: z.ZodType<Trigger> = z.discriminatedUnion('type', [
  z.strictObject({ ...common, type: z.literal('condition'), conditionType: text, status: text, durationMs: ms }),
  z.strictObject({
    ...common,
    type: z.literal('event'),
    reason: pattern.exactOptional(),
    message: pattern.exactOptional(),
    eventType: text.exactOptional(),
    count,
    windowMs: ms,
    // Files of versions before have none.
    maxSteps: count.default(EVENT_STEPS),
  }),
  z.strictObject({
    ...common,
    type: z.literal('metric'),
    query: text,
    operator: metricTriggerSchema.shape.operator,
    threshold: z.number(),
    durationMs: ms,
    keepFiringForMs: ms,
    source: text.exactOptional(),
    target: metricTriggerSchema.shape.target,
  }),
  z.strictObject({
    ...common,
    type: z.literal('expression'),
    expression: text,
    // As above.
    maxCost: count.default(EXPRESSION_COST),
    durationMs: ms,
  }),
  z.strictObject({ ...common, type: z.literal('cordoned'), action: text, durationMs: ms }),
]);

export const action: z.ZodType<Action> = z.strictObject({
  name: text,
  type: z.enum(actionTypes),
  priority: z.number(),
  requiresApproval: yes,
  triggers: texts,
  kinds: texts,
  template: actionTemplateSchema,
});

const safety: z.ZodType<SafetyRules> = z.strictObject({
  maxActionsPerHour: count,
  protectedResources: z.array(z.strictObject({ apiVersion: text, kind: text, names: texts, labels: selector })),
  requireHealthCheck: yes,
  healthCheckTimeoutMs: ms,
  maxUnhealthy: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('count'), count: z.number() }),
    z.strictObject({ kind: z.literal('percent'), percent: z.number() }),
  ]),
  maxHealingsPerDay: count,
  maxHealingsPerWeek: count,
  maxConcurrent: count,
  undoOnFailure: yes,
  contention: z.enum(['refuse', 'ignore']),
  replacement: z.enum(['refuse', 'ignore']),
  windows: z.array(
    z
      .strictObject({ type: z.enum(['allow', 'deny']), schedule: text, timeZone: text, durationMs: ms })
      .superRefine((window, context) => {
        const problem = windowProblem(window);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      }),
  ),
  approvalTimeoutMs: ms,
});

export const policy: z.ZodType<HealingPolicy> = z.strictObject({
  metadata,
  name: text,
  namespace: text,
  uid: text,
  generation: count,
  mode: z.enum(['monitor', 'dryrun', 'automatic', 'manual']),
  suspend: yes,
  serviceAccountName: text.exactOptional(),
  selector: z.strictObject({
    namespaces: texts,
    labels: selector,
    resources: z.array(z.strictObject({ apiVersion: text, kind: text, excludeNames: texts })),
  }),
  triggers: z.array(trigger),
  actions: z.array(action),
  safety,
  analysis: z.strictObject({
    mode: z.enum(['off', 'advise', 'veto']),
    minConfidence: z.number(),
    order: z.enum(['priority', 'cause']),
    check: z.enum(['once', 'verified']),
  }),
  status: policyStatusSchema,
});
