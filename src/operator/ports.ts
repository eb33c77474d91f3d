/** The operator's ports to everything but the cluster. Adapters implement them. */
import { type CommonCauseLimits, DEFAULT_COMMON_CAUSE } from '../api/common-cause-limits.ts';
import type { Interest } from '../api/endpoint-schema.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { DEFAULT_NAMESPACE_LIMITS, type NamespaceLimits } from '../api/namespace-limits.ts';
import type { LanguageChecks } from '../api/compile-trigger.ts';
import type { ImpersonationRules } from '../core/authority/account.ts';
import type { QueryConfinement } from '../core/target/policy-problems.ts';
import type { AnswerFailure } from '../core/analysis/answer.ts';
import type { Absence, MetricResult, UnknownReason } from '../core/metrics/answer.ts';
import type { Unproven } from '../core/authority/guard.ts';
import type { BlockedReason, DropReason } from '../core/reasons/index.ts';
import type { DecisionRecord } from '../core/replay/decision-record.ts';
import type { TraceSpan } from '../core/trace/span.ts';
import type { EventDrop } from '../kube/event-recorder.ts';
import type { Clock, Instant } from '../std/clock.ts';

export type { DecisionRecord } from '../core/replay/decision-record.ts';
export type { SpanAttributes, TraceSpan } from '../core/trace/span.ts';
export type { RecordingLoss } from '../core/reasons/index.ts';
export type { Absence, MetricResult, MetricSample, UnknownReason } from '../core/metrics/answer.ts';

export interface Logger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** One line of the audit trail: an intent before an effect, an outcome after it (I30, I31). */
export interface AuditEntry {
  readonly at: string;
  readonly entry: 'intent' | 'outcome';
  readonly action: string;
  readonly actionUid: string;
  readonly attempt: number;
  readonly method: string;
  readonly path: string;
  readonly dryRun: 'All' | 'none';
  /** Of an outcome: HTTP status, or the code of the error. */
  readonly result?: string;
}

export interface AuditSink {
  /** Durable before it resolves. When it rejects, the effect does not happen. */
  record(entry: AuditEntry): Promise<void>;
  /** Why nothing can be recorded now, by a new try where the last one failed. Absent: only a record can tell. */
  problem?(): string | undefined;
}

export interface EndpointCall {
  /** Name of an endpoint or channel of the operator's configuration. */
  readonly endpoint: string;
  readonly body: string;
  /** The same for every repetition of one attempt: `<HealingAction UID>/<attempt>`. */
  readonly idempotencyKey: string;
}

export type EndpointAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number }
  /** `delivered`: whether the call can have arrived; `no` only when that is certain. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly delivered: 'no' | 'maybe' };

/** Webhooks and channels for people. Their addresses and secrets stay in the operator's configuration. */
export interface Endpoints {
  /** Never rejects. Bounded in time. */
  send(call: EndpointCall): Promise<EndpointAnswer>;
}

/** For an operator without endpoints: whatever is asked for does not exist. */
export const NO_ENDPOINTS: Endpoints = {
  send: ({ endpoint }) =>
    Promise.resolve({
      kind: 'failed',
      code: 'UnknownEndpoint',
      message: `no endpoint ${endpoint} is configured`,
      delivered: 'no',
    }),
};

/** Why a model gave no answer. Each is a label of a metric. */
export type ModelFailure =
  | 'unreachable'
  | 'noSuchModel'
  | 'overloaded'
  | 'serverRefused'
  | 'promptTooLong'
  | 'truncated'
  | 'modelRefused'
  | 'brokenOff'
  | 'garbage'
  | 'answerTooLong'
  | 'late';

export interface ModelQuestion {
  readonly system: string;
  readonly prompt: string;
  /** JSON Schema of the answer. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export type ModelReply =
  | {
      readonly kind: 'answered';
      readonly text: string;
      readonly model: string;
      /** Of the weights or of the server's configuration, as far as the server tells. */
      readonly digest?: string;
      readonly tokens: { readonly prompt: number; readonly answer: number };
    }
  | { readonly kind: 'failed'; readonly failure: ModelFailure; readonly message: string };

/** A server of a language model. It gets text that was redacted, and its text is not to be believed. */
export interface Model {
  /** Bounded in time and in bytes. Never rejects but with the reason of an aborted signal. */
  ask(question: ModelQuestion, signal: AbortSignal): Promise<ModelReply>;
}

/** A model, and the terms on which it is asked. */
export interface ModelDesk {
  readonly model: Model;
  /** Whether names of objects leave the process. */
  readonly names: 'kept' | 'hidden';
  /** Whatever a policy says, 0 to 1. */
  readonly minConfidence: number;
  readonly limits: CallLimits;
}

export interface CallLimits {
  /** A model on one machine answers one after the other; more at once only wait there, within their deadlines. */
  readonly concurrent: number;
  /** Prompts and answers of a day (UTC) together. */
  readonly tokensPerDay: number;
}

/** Keeps what decisions were made from, so that they can be made again. */
export interface DecisionRecorder {
  /**
   * Takes a copy and returns at once. Never throws: a record that cannot be kept is counted and said by the recorder.
   * `label`: words for the name of the file.
   */
  keep(record: DecisionRecord, label: readonly string[]): void;
}

/** Takes the spans of episodes that have ended. */
export interface SpanSink {
  /** Returns at once. Never throws: spans that cannot be kept are counted and said by the sink. */
  ended(spans: readonly TraceSpan[]): void;
}

/**
 * A server or store that answers PromQL. Missing data is an answer of its own: never an empty vector, never an
 * exception.
 */
export interface MetricSource {
  /**
   * How long its evaluations have taken in this process so far, where that belongs to everybody. Undefined: a server
   * elsewhere.
   */
  readonly busyMs?: number;
  /**
   * Told before the queries of each round, with all of them, by sources that keep series themselves: what none of them
   * names need not be kept. Never rejects but with the reason of an aborted signal.
   */
  beginRound?(queries: readonly string[], signal: AbortSignal): Promise<void>;
  /** Never rejects but with the reason of an aborted signal. */
  query(promql: string, at: Instant, signal: AbortSignal): Promise<MetricResult>;
}

/** One object before and after; absent for an addition or a deletion. */
export type ObjectChange = (before: KubeObject | undefined, after: KubeObject | undefined) => void;

export interface ObjectsWanted {
  readonly apiVersion: string;
  readonly kind: string;
  /** Paths of the fields that are read, as projections have them. */
  readonly fields: readonly string[];
}

export interface ObjectFeed {
  /** A new subscriber first hears all that is there. Returns what ends it; undefined when the kind is not known. */
  subscribe(wanted: ObjectsWanted, onChange: ObjectChange): (() => void) | undefined;
  hasSynced(wanted: ObjectsWanted): boolean;
}

/** `metrics.k8s.io`: all PodMetrics and NodeMetrics. Rejects when the API does not answer. */
export interface UsageFeed {
  pods(signal: AbortSignal): Promise<readonly KubeObject[]>;
  nodes(signal: AbortSignal): Promise<readonly KubeObject[]>;
}

/**
 * The kubelets' own HTTP servers. The answer is the value of a JSON body, or the text of another. Rejects for any
 * status but 200.
 */
export interface KubeletFeed {
  get(node: string, path: string, signal: AbortSignal): Promise<unknown>;
}

/** The cluster as far as a source of metrics needs it. */
export interface MetricFeeds {
  /** By which the queries are dated. */
  readonly clock: Clock;
  readonly objects: ObjectFeed;
  readonly usage: UsageFeed;
  readonly kubelets: KubeletFeed;
}

/** PromQL and its sources, of which this folder knows no more than this. */
export interface MetricsProvider {
  /** The problem that makes a query unusable, its position included. */
  readonly check: NonNullable<LanguageChecks['promql']>;
  /**
   * The query of a policy that may see these namespaces alone, bound to them in every selector; or why none of its
   * series can lie in a namespace. Of a query that `check` has nothing against.
   */
  readonly confine: QueryConfinement;
  /** The families that a query reads; undefined where the labels of its answer are of the query's own making. */
  families(query: string): readonly string[] | undefined;
  /** Of a query that `check` has nothing against. */
  absence(query: string): Absence;
  /** The sources by name; the first is the one that is asked when a trigger names none. */
  open(feeds: MetricFeeds): ReadonlyMap<string, MetricSource>;
}

export interface OperatorConfig {
  /** The operator's own namespace: its lease, the kill switch. */
  readonly namespace: string;
  readonly clusterPolicyNamespaces: readonly string[];
  readonly protectedNamespaces: readonly string[];
  /** As whom plans are read and effects made. */
  readonly impersonation: ImpersonationRules;
  /** Kinds that are never targets, as `v1/Secret`; `*` for any run of characters. */
  readonly deniedKinds: readonly string[];
  readonly maxActionsPerHour: number;
  readonly maxConcurrent: number;
  readonly namespaceLimits: NamespaceLimits;
  readonly commonCause: CommonCauseLimits;
  /** Everything is a dry run, whatever the policies say. */
  readonly dryRun: 'All' | 'none';
  /** Only policies of this namespace are worked on; undefined: every namespace's. */
  readonly policyNamespace?: string | undefined;
  readonly actionRetentionMs: number;
  readonly actionRetentionCount: number;
  readonly evaluationIntervalMs: number;
  /** What is done with an approval of which nothing proves who gave it. */
  readonly approvals: { readonly unproven: Unproven };
  /** What is done with an action made by hand of which nothing proves who made it. */
  readonly handMade: { readonly unproven: Unproven };
  /** Channels that carry the announcements with these reasons, beside the Events. */
  readonly notifications: {
    readonly channels: readonly string[];
    readonly reasons: readonly string[];
    /** By channel: patterns of the namespaces that it is told of. Those without an entry: of all. */
    readonly grants?: Readonly<Record<string, readonly string[]>>;
    /** By channel. Those without an entry: `people`. */
    readonly interests?: Readonly<Record<string, Interest>>;
  };
}

/**
 * Counts what the operator does, for its own metrics. Labels are bounded: controllers, action types, phases, gates and
 * channels are fixed lists.
 */
export interface OperatorObserver {
  reconciled(controller: string, outcome: 'success' | 'error', seconds: number): void;
  /** `reason`: why it is in it, of the catalogue. */
  actionEntered(type: string, phase: string, reason: string): void;
  /** An action that was carried out has ended. `cause`: a cause of the rules, or `unknown`. */
  actionEnded(cause: string, type: string, phase: 'Succeeded' | 'Failed'): void;
  blocked(reason: BlockedReason): void;
  eventDropped(why: EventDrop): void;
  statusRefused(): void;
  /** The kill switch. */
  paused(state: 'thrown' | 'lifted'): void;
  /** Whose clock was set while this process ran. */
  clockSet(whose: 'operator' | 'server'): void;
  notified(channel: string): void;
  notificationDropped(channel: string, why: DropReason): void;
  /** A look at a target that is unwell has ended. */
  analysed(outcome: LookOutcome, seconds: number): void;
  modelAsked(outcome: ModelOutcome): void;
  modelTokens(count: number): void;
  /**
   * The API server has answered, or not: `code` is the status, or why none came. Resources are kinds of the cluster.
   */
  requested(verb: string, resource: string, code: string): void;
  /** From the start of an episode to the first request of an action, or to the proof that it helped. */
  episodeStage(
    stage: 'acted' | 'healed',
    about: { readonly cause: string; readonly type: string; readonly seconds: number },
  ): void;
  /** Asked for when somebody looks. */
  vitals(read: () => Vitals): void;
  /** A query was answered by a source of metrics, or not: `outcome` is `answered`, or why not. */
  queried(source: string, outcome: 'answered' | UnknownReason): void;
}

/** How the operator is, at this moment. */
export interface Vitals {
  readonly queues: readonly {
    readonly queue: string;
    readonly waiting: number;
    readonly delayed: number;
    readonly running: number;
    readonly oldestSeconds: number;
  }[];
  readonly caches: readonly { readonly resource: string; readonly objects: number; readonly deafSeconds: number }[];
  /** Policies by the reason of their `Ready` condition; `-`: not looked at yet. */
  readonly policies: Readonly<Record<string, number>>;
  readonly targets: { readonly matched: number; readonly unhealthy: number; readonly unknown: number };
  readonly firing: number;
  /** Policies whose metrics are not to be had. */
  readonly withoutMetrics: number;
  /** Nodes that an action has cordoned and that are cordoned still, while a policy selects nodes. */
  readonly keptNodes: number;
}

/** Why the model was not asked. Each is a label of a metric. */
export type NotAsked = 'budgetSpent' | 'modelDown' | 'queueFull';
export type NoAdvice = AnswerFailure | ModelFailure | NotAsked;

/** A question to a model was answered by advice, or by an answer to the same evidence; else why there is no advice. */
export type ModelOutcome = 'advice' | 'cached' | NoAdvice;

export type LookOutcome = 'found' | 'abstained' | 'failed';

export const DEFAULT_OPERATOR_CONFIG: OperatorConfig = {
  namespace: 'kubeskippy-system',
  clusterPolicyNamespaces: ['kubeskippy-system'],
  protectedNamespaces: ['kube-system', 'kube-public', 'kube-node-lease'],
  impersonation: { required: false },
  deniedKinds: ['v1/Secret'],
  // Once a minute around the clock is more than any healthy cluster needs, and a person notices it.
  maxActionsPerHour: 60,
  maxConcurrent: 5,
  namespaceLimits: DEFAULT_NAMESPACE_LIMITS,
  commonCause: DEFAULT_COMMON_CAUSE,
  dryRun: 'none',
  actionRetentionMs: 24 * 3_600_000,
  actionRetentionCount: 100,
  evaluationIntervalMs: 15_000,
  approvals: { unproven: 'refuse' },
  handMade: { unproven: 'refuse' },
  notifications: { channels: [], reasons: [] },
};
