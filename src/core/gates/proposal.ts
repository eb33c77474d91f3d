/** What gates judge: one action on one target, with everything they may look at. Plain data; it serialises. */
import type { ActionType } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { NamespaceLimits } from '../../api/namespace-limits.ts';
import type { AnalysisRules, SafetyRules } from '../../api/policy.ts';
import type { Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { AnalysisFacts } from '../analysis/standing.ts';
import type { PastAction } from '../history.ts';
import type { TargetRef } from '../observation.ts';
import type { GateReason, VerdictReason } from '../reasons/index.ts';

/** The policy as far as gates care. Absent for an action that a person created by hand. */
export interface ProposalPolicy {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly suspended: boolean;
  /** What the analysis may do to its actions. */
  readonly analysis: Pick<AnalysisRules, 'mode' | 'order'>;
  readonly safety: SafetyRules;
  /** Cool-down after the last action on this target: the longest of the firing triggers'. */
  readonly cooldownMs: number;
  /** Why the target is outside what the policy may touch; undefined when it is inside (I27). */
  readonly outOfScope?: string;
}

/** Counts over the policy's matched targets; each target counts once. */
export interface Population {
  readonly matched: number;
  /** Unhealthy, unknown or being healed. */
  readonly troubled: number;
  readonly unhealthy: number;
  readonly unknown: number;
  readonly healing: number;
}

export interface OperatorLimits {
  readonly namespace: string;
  readonly maxActionsPerHour: number;
  readonly maxConcurrent: number;
  readonly namespaceLimits: Pick<NamespaceLimits, 'sharePercent' | 'unfinishedActions'>;
  readonly protectedNamespaces: readonly string[];
  /** Kinds that are never targets, as `v1/Secret`; `*` for any run of characters. */
  readonly deniedKinds: readonly string[];
  /** The clock was set forward by so much within the last hour: what limits look back on is so much longer ago. */
  readonly leapMs?: number;
  /** `All`: every action is a dry run, whatever its policy's mode. */
  readonly dryRun?: 'All' | 'none';
}

/** What the trigger that an action answers says at this moment. */
export interface TriggerNow {
  readonly name: string;
  /** `clearing`: it does not hold, and keeps its episode until `until`. `over`: its episode has ended. */
  readonly state: 'holds' | 'clearing' | 'over';
  readonly detail: string;
  readonly until?: Instant;
}

export interface Proposal {
  readonly target: TargetRef;
  /** The target as seen; absent when it is gone. */
  readonly object?: KubeObject;
  /** Controllers from the nearest to the outermost, as far as they are known. */
  readonly chain: readonly KubeObject[];
  /** The target's namespace object; absent for cluster-scoped targets and for namespaces not seen. */
  readonly namespace?: KubeObject;
  readonly actionType: ActionType;
  readonly policy?: ProposalPolicy;
  readonly population?: Population;
  /** A mass-failure stop that has not ended (I16). */
  readonly stoppedUntil?: Instant;
  readonly limits: OperatorLimits;
  /** Why many workloads fail together, over policies and namespaces. */
  readonly commonCause?: string;
  /** Text of the kill switch when it is thrown. */
  readonly paused?: string;
  /** Why the data may be out of date. */
  readonly stale?: string;
  /** Absent when the action answers none, and while its evidence is out of sight: then the proposal is stale. */
  readonly trigger?: TriggerNow;
  /** When the episode began that the action answers. */
  readonly episodeStart?: Instant;
  /** Why the target is unwell; absent where it was not looked. */
  readonly analysis?: AnalysisFacts;
  /** The action itself when one that exists already is judged again: it does not compete with itself. */
  readonly self?: { readonly uid: string; readonly createdAt: Instant };
  /** All actions of the cluster, the proposal's own excluded. */
  readonly history: readonly PastAction[];
}

/** The target as far as it is there, and its controllers. */
export const lineageOf = ({ object, chain }: Pick<Proposal, 'object' | 'chain'>): readonly KubeObject[] =>
  object === undefined ? chain : [object, ...chain];

/** Where the action lies: with its target, or with its policy when the target lies in no namespace. */
export const namespaceOf = ({ target, policy }: Pick<Proposal, 'target' | 'policy'>): string =>
  target.namespace ?? policy?.namespace ?? '';

/** Of a limit that all share, as much as one namespace may take; never less than one. */
export const shareOf = ({ namespaceLimits }: Pick<OperatorLimits, 'namespaceLimits'>, max: number): number =>
  Math.ceil((max * namespaceLimits.sharePercent) / 100);

/** The time at which limits look back, as the clock went before it was set forward. */
export const beforeLeap = ({ leapMs = 0 }: Pick<OperatorLimits, 'leapMs'>, now: Instant): Instant => now - leapMs;

/** The unit that is disrupted once at a time: the outermost controller, or the target itself. */
export const rootUid = (target: { readonly uid: string }, chain: readonly KubeObject[]): string =>
  chain.at(-1)?.metadata.uid ?? target.uid;

export interface Refusal<R extends VerdictReason = VerdictReason> {
  readonly allow: false;
  readonly reason: R;
  readonly message: string;
  /** When it could change. */
  readonly retryAt?: Instant;
  /** `ours`: nothing but actions that have to give way stands against it. */
  readonly turn?: 'ours';
}

export type Verdict<R extends VerdictReason = VerdictReason> = { readonly allow: true } | Refusal<R>;

export const ALLOW = { allow: true } as const;
export const refuse = <R extends VerdictReason>(reason: R, message: string, retryAt?: Instant): Refusal<R> => ({
  allow: false,
  reason,
  message,
  ...given({ retryAt }),
});

/**
 * One reason not to act. An example: `rateLimited` is asked about a restart of Deployment `shop/web`, whose policy
 * `shop/p` allows one action in an hour. Its last one began ten minutes ago:
 *
 *     { "policy": { "safety": { "maxActionsPerHour": 1 } }, "history": [{ "began": "10 minutes ago" }] }
 *
 * It refuses, with the figures that decided it and the time when that can change:
 *
 *     {
 *       "allow": false,
 *       "reason": "RateLimited",
 *       "message": "policy shop/p: 1 of 1 actions in the last hour",
 *       "retryAt": "in 50 minutes"
 *     }
 *
 * A gate reads nothing but the proposal and the time, and says no more than yes or no: a limit is never bent, and what
 * is refused now is proposed anew when the time has come.
 */
export interface Gate {
  /** Shown in status, Events and metrics. */
  readonly reason: GateReason;
  readonly check: (proposal: Proposal, now: Instant) => Verdict<GateReason>;
  /** What it saw when it allows, with the figures and their limits: for explanations. */
  readonly passed: (proposal: Proposal, now: Instant) => string;
}
