/** The meaning of what `npm audit --json` prints. */

interface Finding {
  readonly name?: string;
  readonly severity?: string;
  readonly range?: string;
}

interface Answer {
  readonly vulnerabilities?: Readonly<Record<string, Finding>>;
  readonly message?: string;
  readonly error?: { readonly summary?: string; readonly code?: string };
}

export type AuditVerdict =
  | { readonly kind: 'clean' | 'skipped'; readonly line: string }
  | { readonly kind: 'vulnerable'; readonly lines: readonly string[] };

/** Below `high` an advisory is about programs that we do not run, more often than not. */
const COUNTED = new Set(['high', 'critical']);

/** A registry that does not answer says nothing about the lockfile: that is no failure of it. */
export function auditVerdict(printed: string): AuditVerdict {
  const answer = parsed(printed);
  if (answer?.vulnerabilities === undefined) {
    const why = answer?.message ?? answer?.error?.summary ?? answer?.error?.code ?? 'npm printed no JSON';
    return { kind: 'skipped', line: `skipped: the registry does not answer audits (${why.split('\n', 1)[0]})` };
  }
  const lines = Object.entries(answer.vulnerabilities)
    .filter(([, { severity = 'critical' }]) => COUNTED.has(severity))
    .map(([name, { severity, range }]) => `${name} ${range ?? ''}: ${severity ?? 'unknown severity'}`);
  return lines.length > 0
    ? { kind: 'vulnerable', lines }
    : { kind: 'clean', line: 'no advisory of severity high or critical is about the lockfile' };
}

function parsed(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
