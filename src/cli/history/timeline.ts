/** What was done to one object, oldest first: each action with what was sent, what came of it, and why. Pure. */
import type { HealingAction } from '../../api/parse-action.ts';
import { counted } from '../../std/counted.ts';
import { wrapWords } from '../../std/wrap-words.ts';

export interface HistoryEntry {
  readonly at: string;
  readonly namespace: string;
  readonly action: string;
  readonly type: string;
  readonly policy: string | undefined;
  readonly phase: string;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly attempts: number;
  readonly cause: string | undefined;
  readonly undo: string | undefined;
  readonly approvedBy: string | undefined;
  readonly rejectedBy: string | undefined;
  readonly changes: readonly string[];
  readonly endedAt: string | undefined;
}

export interface HistoryOf {
  readonly kind: string;
  /** Undefined for kinds of the cluster. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Kinds are compared as people type them: `cache` and `caches` are `Cache`. */
export function historyOf(actions: readonly HealingAction[], of: HistoryOf): readonly HistoryEntry[] {
  const word = of.kind.toLowerCase();
  return actions
    .filter(({ spec: { targetResource: target } }) => {
      const sameNamespace = target.namespace === undefined || target.namespace === of.namespace;
      const kind = target.kind.toLowerCase();
      return (kind === word || `${kind}s` === word) && target.name === of.name && sameNamespace;
    })
    .map(entryOf)
    .toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

function entryOf({ metadata, namespace, name, action, phase, status, spec }: HealingAction): HistoryEntry {
  // The field has the person who decided, either way.
  const { approved = false, approvedBy } = status.approval ?? {};
  return {
    at: metadata.creationTimestamp ?? '',
    namespace,
    action: name,
    type: spec.dryRun ? `${action.type} (dry run)` : action.type,
    policy: spec.policyRef?.name,
    phase,
    reason: status.reason,
    message: status.message,
    attempts: status.attempts ?? 0,
    cause: status.analysis?.cause,
    undo: status.undo?.state,
    approvedBy: approved ? approvedBy : undefined,
    rejectedBy: approved ? undefined : approvedBy,
    changes: (status.result?.changes ?? []).map(
      ({ changeType, resourceRef, field, oldValue = '-', newValue = '-' }) =>
        `${changeType} ${resourceRef} ${field}: ${oldValue} -> ${newValue}`,
    ),
    endedAt: status.completionTime,
  };
}

export function historyText(what: string, entries: readonly HistoryEntry[], width: number): string {
  if (entries.length === 0) return `${what}: no action on it is kept\n`;
  return `${entries.map((entry) => linesOf(entry, width).join('\n')).join('\n\n')}\n`;
}

function linesOf(entry: HistoryEntry, width: number): readonly string[] {
  const { at, type, phase, reason, message, policy, action, namespace, attempts, endedAt } = entry;
  const head = `${at}  ${type}: ${phase}${reason === undefined ? '' : ` (${reason})`}`;
  const by = policy === undefined ? 'by hand' : `policy ${policy}`;
  const facts: readonly (string | undefined)[] = [
    `action ${namespace}/${action}, ${by}, ${counted(attempts, 'attempt')}`,
    message,
    entry.cause === undefined ? undefined : `cause: ${entry.cause}`,
    entry.approvedBy === undefined ? undefined : `approved by ${entry.approvedBy}`,
    ...entry.changes,
    entry.undo === undefined || entry.undo === 'NotNeeded' ? undefined : `undo: ${entry.undo}`,
    endedAt === undefined ? undefined : `ended ${endedAt}`,
  ];
  return [
    head,
    ...facts.flatMap((fact) => (fact === undefined ? [] : wrapWords(fact, width - 4).map((row) => `    ${row}`))),
  ];
}
