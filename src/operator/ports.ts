/** What the operator needs from outside, beside the cluster. Adapters implement it. */

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
}

export interface EndpointCall {
  /** Name of an endpoint or channel of the operator's configuration. */
  readonly endpoint: string;
  readonly body: string;
  /** The same for every repetition of one attempt: `<HealingAction UID>/<attempt>`. */
  readonly idempotencyKey: string;
}

export type EndpointAnswer =
  | { readonly kind: 'answered'; readonly status: number }
  /** `delivered`: whether the call can have arrived; `no` only when that is certain. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly delivered: 'no' | 'maybe' };

/** Whoever is called or told beside the cluster. Addresses and secrets stay in the operator's configuration. */
export interface Endpoints {
  /** Never rejects. Bounded in time. */
  send(call: EndpointCall): Promise<EndpointAnswer>;
}

/** For an operator without endpoints: whatever is asked for does not exist. */
export const NO_ENDPOINTS: Endpoints = {
  send: ({ endpoint }) =>
    Promise.resolve({ kind: 'failed', code: 'UnknownEndpoint', message: `no endpoint ${endpoint} is configured`, delivered: 'no' }),
};

export interface OperatorConfig {
  /** The operator's own namespace: its lease, the kill switch. */
  readonly namespace: string;
  readonly clusterPolicyNamespaces: readonly string[];
  readonly protectedNamespaces: readonly string[];
  readonly maxActionsPerHour: number;
  readonly maxConcurrent: number;
  /** Everything is a dry run, whatever the policies say. */
  readonly dryRun: 'All' | 'none';
  /** Only policies of this namespace are worked on; undefined: every namespace's. */
  readonly policyNamespace?: string | undefined;
  readonly actionRetentionMs: number;
  readonly actionRetentionCount: number;
}

/** What happens, counted by whoever serves metrics. Labels are bounded: controllers, action types, phases and gates are fixed lists. */
export interface OperatorObserver {
  reconciled(controller: string, outcome: 'success' | 'error', seconds: number): void;
  actionEntered(type: string, phase: string): void;
  blocked(reason: string): void;
}

export const DEFAULT_OPERATOR_CONFIG: OperatorConfig = {
  namespace: 'kubeskippy-system',
  clusterPolicyNamespaces: ['kubeskippy-system'],
  protectedNamespaces: ['kube-system', 'kube-public', 'kube-node-lease'],
  // Once a minute around the clock is more than any healthy cluster needs, and a person notices it.
  maxActionsPerHour: 60,
  maxConcurrent: 5,
  dryRun: 'none',
  actionRetentionMs: 24 * 3_600_000,
  actionRetentionCount: 100,
};
