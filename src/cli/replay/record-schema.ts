/**
 * What a file of a decision has to look like. A decision that read more than the schema knows cannot be made again, so
 * that nothing is passed over.
 */
import * as z from 'zod';
import { actionStatusSchema, phases } from '../../api/action-status.ts';
import { actionSpecSchema } from '../../api/healing-action.ts';
import { approvalSpecSchema } from '../../api/healing-approval.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { GateScene } from '../../core/action/action-gates.ts';
import type { StepInput } from '../../core/action/step-action.ts';
import { CAUSE_NAMES } from '../../core/analysis/causes/index.ts';
import type { AnalysisFacts } from '../../core/analysis/standing.ts';
import type { ApprovalScene } from '../../core/authority/approval.ts';
import type { Guard } from '../../core/authority/guard.ts';
import type { AuthorScene } from '../../core/authority/hand-made.ts';
import type { PastAction } from '../../core/history.ts';
import type { MetricSeen } from '../../core/metrics/answer.ts';
import { actionTypes } from '../../api/action-template.ts';
import type { EventSeen, Observation } from '../../core/observation.ts';
import { type GatesInput, RECORD_FORMAT } from '../../core/replay/decision-record.ts';
import type { TriggerState } from '../../core/target/episode.ts';
import type { EvaluationInput, Facts, TargetState } from '../../core/target/evaluate-target.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { action, count, metadata, ms, object, pod, policy, target, text, texts, yes } from './policy-schema.ts';

const past: z.ZodType<PastAction> = z.strictObject({
  uid: text,
  namespace: text,
  name: text,
  policyUid: text.exactOptional(),
  policy: text.exactOptional(),
  targetUid: text,
  targetNamespace: text.exactOptional(),
  rootUid: text,
  targetKind: text,
  template: text,
  type: z.enum(actionTypes).exactOptional(),
  triggers: texts,
  dryRun: yes,
  phase: z.enum(phases),
  ended: text.exactOptional(),
  createdAt: ms,
  awaits: z.literal('approval').exactOptional(),
  executed: yes,
  unsent: z.strictObject({ how: z.enum(['rejected', 'withdrawn', 'hindered']), why: text }).exactOptional(),
  lastAttemptAt: ms.exactOptional(),
  completedAt: ms.exactOptional(),
  episodeStart: ms.exactOptional(),
});

const analysis: z.ZodType<AnalysisFacts> = z.strictObject({
  at: ms.exactOptional(),
  awaitedUntil: ms.exactOptional(),
  causes: z.array(
    z.strictObject({
      cause: z.enum(CAUSE_NAMES),
      root: z.strictObject({ kind: text, namespace: text.exactOptional(), name: text }),
      confidence: z.enum(['certain', 'likely', 'contested']),
    }),
  ),
  model: z
    .strictObject({ stance: z.enum(['holdBack', 'noObjection']), confidence: z.enum(['low', 'medium', 'high']) })
    .exactOptional(),
});

const facts: z.ZodType<Facts> = z.strictObject({
  target,
  object: object.exactOptional(),
  chain: z.array(object),
  namespace: object.exactOptional(),
  population: z
    .strictObject({ matched: count, troubled: count, unhealthy: count, unknown: count, healing: count })
    .exactOptional(),
  stoppedUntil: ms.exactOptional(),
  limits: z.strictObject({
    namespace: text,
    maxActionsPerHour: count,
    maxConcurrent: count,
    namespaceLimits: z.strictObject({ sharePercent: count, unfinishedActions: count }),
    protectedNamespaces: texts,
    deniedKinds: texts,
    dryRun: z.enum(['All', 'none']).exactOptional(),
  }),
  paused: text.exactOptional(),
  commonCause: text.exactOptional(),
  stale: text.exactOptional(),
  outOfScope: text.exactOptional(),
  analysis: analysis.exactOptional(),
  history: z.array(past),
});

const event: z.ZodType<EventSeen> = z.strictObject({
  uid: text,
  about: z.strictObject({ uid: text, kind: text, name: text }),
  reason: text,
  type: text,
  message: text,
  firstAt: ms,
  points: z.array(z.strictObject({ at: ms, count })),
});

const value = z.union([z.number(), z.enum(['NaN', '+Inf', '-Inf'])]);
const metric: z.ZodType<MetricSeen> = z.union([
  z.strictObject({
    at: ms,
    goodUntil: ms,
    unbrokenSince: ms.exactOptional(),
    absence: z.enum(['false', 'unknown']),
    series: z.array(z.strictObject({ labels: z.record(text, text), value })),
  }),
  z.strictObject({
    unknown: z.enum(['InvalidQuery', 'NoSuchFamily', 'NotCovered', 'SourceDown', 'Partial', 'Failed', 'NotEvaluated']),
    message: text,
  }),
]);

const observation: z.ZodType<Observation> = z.strictObject({
  target: object,
  pods: z.array(pod),
  events: z.array(event),
  eventsAfter: ms.exactOptional(),
  cordonedBy: z.strictObject({ template: text, namespace: text, name: text }).exactOptional(),
  metrics: z.record(text, metric).exactOptional(),
});

const triggerState: z.ZodType<TriggerState> = z.strictObject({
  state: z.enum(['inactive', 'pending', 'firing']),
  since: ms,
  firingSince: ms.exactOptional(),
  unknownSince: ms.exactOptional(),
  clearedAt: ms.exactOptional(),
  detail: text,
  value: z.number().exactOptional(),
});

const state: z.ZodType<TargetState> = z.strictObject({
  triggers: z.record(text, triggerState),
  startedAt: ms.exactOptional(),
  step: count,
  exhausted: yes,
});

const evaluationInput: z.ZodType<EvaluationInput> = z.strictObject({ policy, observation, state, facts });

const healingAction: z.ZodType<HealingAction> = z.strictObject({
  metadata,
  name: text,
  namespace: text,
  uid: text,
  createdAt: ms.exactOptional(),
  spec: actionSpecSchema,
  action,
  timeoutMs: ms,
  retry: z.strictObject({ maxAttempts: count, backoffDelayMs: ms, backoffMultiplier: z.number() }),
  phase: z.enum(phases),
  status: actionStatusSchema,
  doubt: z.strictObject({ reason: z.enum(['StatusTampered', 'Forged']), message: text }).exactOptional(),
});

const guard: z.ZodType<Guard> = z.union([
  z.strictObject({ state: z.literal('in force'), since: ms }),
  z.strictObject({ state: z.literal('missing'), why: text }),
]);
const unproven = z.enum(['refuse', 'accept']);
const approval: z.ZodType<ApprovalScene> = z.strictObject({
  approvals: z.array(
    z.strictObject({
      namespace: text,
      name: text,
      createdAt: ms,
      spec: approvalSpecSchema.omit({ expiresAt: true }),
      expiresAt: ms.exactOptional(),
    }),
  ),
  specHash: text,
  planHash: text.exactOptional(),
  until: ms,
  guard,
  unproven,
});
const author: z.ZodType<AuthorScene> = z.strictObject({ name: text.exactOptional(), guard, unproven });

const scope = z.strictObject({ clusterPolicyNamespaces: texts, operatorNamespace: text });

const scene: z.ZodType<GateScene> = z.strictObject({
  action: healingAction,
  claim: z.enum(['ours', 'lost']),
  named: z
    .strictObject({ uid: text.exactOptional(), generation: count.exactOptional(), policy: policy.exactOptional() })
    .exactOptional(),
  facts,
  scope,
  approval: approval.exactOptional(),
  author: author.exactOptional(),
  look: z.strictObject({ observation, before: z.record(text, triggerState) }).exactOptional(),
});

const stepInput: z.ZodType<StepInput> = z.strictObject({
  action: healingAction,
  noPlace: z.strictObject({ places: count, before: count }).exactOptional(),
  approval: approval.exactOptional(),
  handMade: z.strictObject({ scope, author }).exactOptional(),
  undo: z.enum(['wanted', 'unwanted']),
  paused: text.exactOptional(),
  deletedAt: ms.exactOptional(),
  gates: scene.exactOptional(),
});

const gatesInput: z.ZodType<GatesInput> = z.strictObject({ scene, how: z.enum(['begins', 'continues']) });

/** What was decided is compared, and never decided on: only that it is there is asked. */
const decided = z.looseObject({});
const head = {
  version: text,
  format: z.literal(RECORD_FORMAT),
  at: text.refine((at) => fromTimestamp(at) !== undefined, 'must be an RFC 3339 time'),
  decided,
};

export const recordSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...head, kind: z.literal('target'), input: evaluationInput }),
  z.strictObject({ ...head, kind: z.literal('step'), input: stepInput }),
  z.strictObject({ ...head, kind: z.literal('gates'), input: gatesInput }),
]);
