import { describe, expect, it } from 'vitest';
import { claim } from '../../../test/kit/action-data.ts';
import { healingAction, MINUTE, T0 } from '../../../test/kit/core-data.ts';
import { lapInput, lapLog } from '../../../test/kit/lap-input.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { finish } from '../../core/action/ending.ts';
import { toTimestamp } from '../../std/clock.ts';
import { releaseLap } from './release-lap.ts';

const DELETED = { deletionTimestamp: toTimestamp(T0) };
const deleted = (action: HealingAction): HealingAction => ({ ...action, metadata: { ...action.metadata, ...DELETED } });
const ended = finish(claim(), { phase: 'Failed', reason: 'NotVerified', message: 'ill' }, T0);

async function play(action: HealingAction, later = 0, ledger: 'works' | 'refuses' = 'works') {
  const log = lapLog();
  await log.clock.advance(later);
  const done: string[] = [];
  const lap = releaseLap(
    {
      clock: log.clock,
      ledger: {
        remember: async ({ name }) => {
          if (ledger === 'refuses') throw new Error('Forbidden');
          done.push(`remember ${name}`);
        },
      },
      actions: { release: async () => void done.push('release') },
      logger: { error: (_fields, message) => void done.push(message) },
    },
    lapInput(deleted(action)),
  );
  const result = await lap.catch((error: unknown) => String(error));
  return [done, result];
}

describe('an action that may go', () => {
  it('is remembered before it is let go', async () => {
    expect(await play(healingAction(ended))).toEqual([['remember web-0123456789', 'release'], {}]);
  });

  it('that did nothing is let go', async () => {
    expect(await play(healingAction())).toEqual([['release'], {}]);
  });

  it('stays while the ledger cannot be written, ten minutes at most', async () => {
    expect(await play(healingAction(ended), MINUTE, 'refuses')).toEqual([[], 'Error: Forbidden']);
    const [done] = await play(healingAction(ended), 10 * MINUTE, 'refuses');
    expect(done).toEqual([expect.stringContaining('goes although it is not in the ledger'), 'release']);
  });
});
