/**
 * A HealingPolicy as decisions see it: defaulted, checked, durations in milliseconds. Plain data: it means the same
 * after `JSON.parse(JSON.stringify(policy))`, so that a decision can be computed again from a file.
 */
import type { ActionTemplate, ActionType } from './action-template.ts';
import type { Mode } from './healing-policy.ts';
import type { ObjectMeta } from '../shapes/kube.ts';
import type { Selector } from './label-selector.ts';
import { matchesPattern } from './pattern.ts';
import type { PolicyStatus } from './policy-status.ts';
import type { MetricTriggerSpec, TriggerType } from './trigger-schema.ts';
import type { WindowTimes } from './windows.ts';

export interface HealingPolicy {
  readonly metadata: ObjectMeta;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
  readonly mode: Mode;
  readonly suspend: boolean;
  /** Of the policy's own namespace. */
  readonly serviceAccountName?: string;
  readonly selector: PolicySelector;
  /** Only those that can work, in the order of the spec. */
  readonly triggers: readonly Trigger[];
  /** Only those that can work, highest priority first; equal priorities in the order of the spec. */
  readonly actions: readonly Action[];
  readonly safety: SafetyRules;
  readonly analysis: AnalysisRules;
  readonly status: PolicyStatus;
}

export interface AnalysisRules {
  readonly mode: 'off' | 'advise' | 'veto';
  /** Of a model, 0 to 1. */
  readonly minConfidence: number;
  /** `cause`: what helps against the cause goes first up the ladder. */
  readonly order: 'priority' | 'cause';
  readonly check: 'once' | 'verified';
}

export interface PolicySelector {
  /** As written; empty means the policy's own namespace (see the namespace rule in the reference). */
  readonly namespaces: readonly string[];
  readonly labels: Selector;
  readonly resources: readonly ResourceFilter[];
}

export interface ResourceFilter {
  readonly apiVersion: string;
  readonly kind: string;
  /** Globs. */
  readonly excludeNames: readonly string[];
}

interface TriggerCommon<T extends TriggerType | 'cordoned'> {
  readonly name: string;
  readonly type: T;
  readonly cooldownMs: number;
}
export interface MetricTrigger extends TriggerCommon<'metric'> {
  readonly query: string;
  readonly operator: MetricTriggerSpec['operator'];
  readonly threshold: number;
  readonly durationMs: number;
  readonly keepFiringForMs: number;
  /** Undefined: the default source. */
  readonly source?: string;
  readonly target?: NonNullable<MetricTriggerSpec['target']>;
}
export interface EventTrigger extends TriggerCommon<'event'> {
  /** Exact, or a pattern of the whole reason: {@link matchesReason}. Undefined: any. */
  readonly reason?: string;
  readonly eventType?: string;
  /** A pattern to be found in the message. */
  readonly message?: string;
  readonly count: number;
  readonly windowMs: number;
  /** How much matching its patterns may take at one look. */
  readonly maxSteps: number;
}
export interface ConditionTrigger extends TriggerCommon<'condition'> {
  readonly conditionType: string;
  readonly status: string;
  readonly durationMs: number;
}
export interface ExpressionTrigger extends TriggerCommon<'expression'> {
  readonly expression: string;
  /** What one look may cost, as CEL counts it. */
  readonly maxCost: number;
  readonly durationMs: number;
}
export type WrittenTrigger = MetricTrigger | EventTrigger | ConditionTrigger | ExpressionTrigger;
/** Of an action with `healthyFor`: it asks whether its cordon can be taken back. Nobody writes it. */
export interface CordonedTrigger extends TriggerCommon<'cordoned'> {
  /** The action of the policy whose cordon it is about. */
  readonly action: string;
  readonly durationMs: number;
}
export type Trigger = WrittenTrigger | CordonedTrigger;

/** A reason is matched literally first, so that one with a dot or parenthesis means itself. */
export const matchesReason = (trigger: { readonly reason?: string | undefined }, reason: string): boolean =>
  trigger.reason === undefined || trigger.reason === reason || matchesPattern(trigger.reason, reason);

export interface Action {
  readonly name: string;
  readonly type: ActionType;
  readonly priority: number;
  readonly requiresApproval: boolean;
  /** Names of triggers; empty: all. */
  readonly triggers: readonly string[];
  /** Kinds; empty: every kind. Where the type supports only some, the operator fills them in. */
  readonly kinds: readonly string[];
  /**
   * Fully defaulted, its block present wherever the block has defaults: goes into HealingAction.spec.action as it is.
   */
  readonly template: ActionTemplate;
}

export interface SafetyRules {
  readonly maxActionsPerHour: number;
  readonly protectedResources: readonly ProtectedResource[];
  readonly requireHealthCheck: boolean;
  readonly healthCheckTimeoutMs: number;
  readonly maxUnhealthy: MaxUnhealthy;
  readonly maxHealingsPerDay: number;
  readonly maxHealingsPerWeek: number;
  readonly maxConcurrent: number;
  readonly undoOnFailure: boolean;
  readonly contention: 'refuse' | 'ignore';
  readonly replacement: 'refuse' | 'ignore';
  readonly windows: readonly Window[];
  readonly approvalTimeoutMs: number;
}

export type MaxUnhealthy =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'percent'; readonly percent: number };

export interface ProtectedResource {
  readonly apiVersion: string;
  readonly kind: string;
  /** Globs of protected names; empty: every name. */
  readonly names: readonly string[];
  readonly labels: Selector;
}

export interface Window extends WindowTimes {
  readonly type: 'allow' | 'deny';
}
