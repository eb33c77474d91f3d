/** Success of actions by cause and type: counted, not estimated. Pure. */
import type { HealingAction } from '../../api/parse-action.ts';
import { textTable } from '../text-table.ts';

export interface OutcomeRow {
  /** `-`: no rule could tell. */
  readonly cause: string;
  readonly type: string;
  readonly succeeded: number;
  readonly failed: number;
}

/** Of actions that were carried out in earnest. Most actions first. */
export function outcomesByCause(actions: readonly HealingAction[]): readonly OutcomeRow[] {
  const rows = new Map<string, { cause: string; type: string; succeeded: number; failed: number }>();
  for (const { phase, status, spec, action } of actions) {
    if (spec.dryRun || status.startTime === undefined || (phase !== 'Succeeded' && phase !== 'Failed')) continue;
    const { cause = '-' } = status.analysis ?? {};
    const key = `${cause}/${action.type}`;
    const row = rows.get(key) ?? { cause, type: action.type, succeeded: 0, failed: 0 };
    if (phase === 'Succeeded') row.succeeded++;
    else row.failed++;
    rows.set(key, row);
  }
  const total = ({ succeeded, failed }: OutcomeRow): number => succeeded + failed;
  return [...rows.values()].toSorted(
    (a, b) => total(b) - total(a) || (`${a.cause}/${a.type}` < `${b.cause}/${b.type}` ? -1 : 1),
  );
}

export function reportText(rows: readonly OutcomeRow[]): string {
  if (rows.length === 0) return 'No action was carried out and has ended, of those that are kept.\n';
  return textTable(
    ['CAUSE', 'ACTION', 'HELPED', 'DID NOT', 'SHARE'],
    rows.map(({ cause, type, succeeded, failed }) => [
      cause,
      type,
      String(succeeded),
      String(failed),
      `${Math.round((100 * succeeded) / (succeeded + failed))} %`,
    ]),
  );
}
