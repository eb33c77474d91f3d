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

export interface OperatorConfig {
  /** The operator's own namespace: its lease, the kill switch. */
  readonly namespace: string;
  readonly clusterPolicyNamespaces: readonly string[];
  readonly protectedNamespaces: readonly string[];
  readonly maxActionsPerHour: number;
  readonly maxConcurrent: number;
  /** Everything is a dry run, whatever the policies say. */
  readonly dryRun: 'All' | 'none';
}

export const DEFAULT_OPERATOR_CONFIG: OperatorConfig = {
  namespace: 'kubeskippy-system',
  clusterPolicyNamespaces: ['kubeskippy-system'],
  protectedNamespaces: ['kube-system', 'kube-public', 'kube-node-lease'],
  // Once a minute around the clock is more than any healthy cluster needs, and a person notices it.
  maxActionsPerHour: 60,
  maxConcurrent: 5,
  dryRun: 'none',
};
