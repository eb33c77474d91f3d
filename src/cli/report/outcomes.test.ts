import { describe, expect, it } from 'vitest';
import { healingAction } from '../../../test/kit/core-data.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import { outcomesByCause, reportText } from './outcomes.ts';

const AT = '2026-01-01T00:00:00Z';
const ended = (phase: 'Succeeded' | 'Failed' | 'Cancelled', cause?: string, more: ActionStatus = {}) =>
  healingAction({
    phase,
    startTime: AT,
    ...(cause !== undefined && { analysis: { cause, digest: 'd', at: AT } }),
    ...more,
  });

describe('the report of causes', () => {
  it('counts what helped and what did not, by cause and type of the action', () => {
    const { startTime: _never, ...unsent } = ended('Failed', 'DiskFull').status;
    const rows = outcomesByCause([
      ended('Succeeded', 'MemoryLeak'),
      ended('Succeeded', 'MemoryLeak'),
      ended('Failed', 'MemoryLeak'),
      ended('Failed', 'ImageMissing'),
      ended('Failed'),
      ended('Cancelled', 'ImageMissing'),
      healingAction(unsent),
      healingAction({ phase: 'Succeeded', startTime: AT }, { spec: { dryRun: true } }),
    ]);
    expect(rows).toEqual([
      { cause: 'MemoryLeak', type: 'restart', succeeded: 2, failed: 1 },
      { cause: '-', type: 'restart', succeeded: 0, failed: 1 },
      { cause: 'ImageMissing', type: 'restart', succeeded: 0, failed: 1 },
    ]);
    expect(reportText(rows)).toBe(
      [
        'CAUSE         ACTION   HELPED  DID NOT  SHARE',
        'MemoryLeak    restart  2       1        67 %',
        '-             restart  0       1        0 %',
        'ImageMissing  restart  0       1        0 %',
        '',
      ].join('\n'),
    );
  });

  it('of a cluster in which nothing was done says so', () => {
    expect(reportText([])).toContain('No action was carried out');
  });
});
