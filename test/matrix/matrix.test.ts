/** Every action type × every kind that it supports × each way in which it can go. `make matrix` prints the table. */
import { afterAll, describe, expect, it } from 'vitest';
import { play, type Played } from './play.ts';
import type { Row } from './row.ts';
import { rows } from './rows.ts';

const cells = new Map<string, string>();
const note = (row: string, way: string, what: string): void => void cells.set(`${row}|${way}`, what);
const titleOf = ({
  type,
  kind,
  variant,
}: {
  readonly type: string;
  readonly kind: string;
  readonly variant?: string;
}): string => `${type}${variant === undefined ? '' : ` ${variant}`} ${kind}`;

const isWhole = (row: Row, { phase, effects, actions }: Played): boolean =>
  phase === 'Succeeded' && JSON.stringify(effects) === JSON.stringify(row.once) && actions === 1;
/** Somebody outside may have been called, or not: it says so, and nobody is called again. */
const isUntold = (row: Row, { phase, reason, effects, actions }: Played): boolean =>
  row.effects === 'calls' &&
  phase === 'Failed' &&
  reason === 'OutcomeUnknown' &&
  JSON.stringify(effects) === JSON.stringify(row.once.slice(0, effects.length)) &&
  actions === 1;

describe.each(rows.map((row) => [titleOf(row), row] as const))('%s', async (title, row) => {
  let whole: Played | undefined;

  it('succeeds, with no permissions but those that it is installed with', async () => {
    whole = await play(row, { kind: 'succeeds' });
    expect([whole.phase, whole.effects, whole.actions], whole.message).toEqual(['Succeeded', row.once, 1]);
    expect(whole.forbidden).toEqual([]);
    note(title, 'succeeds', `ok, ${whole.writes} writes`);
  });

  it('succeeds all the same when its first request is refused', async () => {
    const played = await play(row, { kind: 'fails once' });
    expect([played.phase, played.attempts], played.message).toEqual(['Succeeded', row.attempts ?? 2]);
    // Who took the call at once is called before the one that refused it.
    expect(row.effects === 'calls' ? played.effects.toSorted() : played.effects).toEqual(
      row.effects === 'calls' ? row.once.toSorted() : row.once,
    );
    note(title, 'fails once', 'ok');
  });

  it('is taken back when it never helps, where there is a way back (I7)', async () => {
    const played = await play(row, { kind: 'never helps' });
    expect([played.phase, played.effects.slice(0, row.once.length)], played.message).toEqual([
      row.hopeless ?? 'Failed',
      row.once,
    ]);
    expect(played.effects.slice(row.once.length)).toEqual(row.undone ?? []);
    if (row.hopeless === undefined) expect(played.undo).toBe(row.undone === undefined ? 'NotPossible' : 'Done');
    note(title, 'never helps', row.hopeless ?? (row.undone === undefined ? 'failed' : 'undone'));
  });

  it('leaves the object alone that has taken over the name (I8)', async () => {
    const played = await play(row, { kind: 'target replaced' });
    expect([played.phase, played.effects], played.message).toEqual(['Cancelled', []]);
    expect(played.targetUid).not.toBe(played.firstUid);
    note(title, 'replaced', 'ok');
  });

  it('has one effect, whichever write a crash comes before or after; what cannot be told is never repeated (I1, I3, I4)', async () => {
    const writes = whole?.writes ?? 0;
    expect(writes).toBeGreaterThan(4);
    const wrong: string[] = [];
    let untold = 0;
    for (let at = 1; at <= writes; at++) {
      for (const when of ['before', 'after'] as const) {
        const played = await play(row, { kind: 'crash', at, when });
        if (isUntold(row, played)) untold++;
        else if (!isWhole(row, played))
          wrong.push(`${when} write ${at}: ${played.phase} ${played.effects.join(', ')}: ${played.message}`);
      }
    }
    expect(wrong).toEqual([]);
    // From the claim to the outcome nobody knows: after the claim, around each call, before the outcome.
    expect(untold).toBe(row.effects === 'calls' ? 2 * row.once.length + 2 : 0);
    note(title, 'crash', untold === 0 ? `${writes * 2} ok` : `${writes * 2} ok, ${untold} ?`);
  });
});

describe('taking back', () => {
  // One row of each way to send the inverse: a subresource, the object itself, several fields at once, a pod; and one
  // that is back before it is taken back.
  const taken = [
    'scale Deployment',
    'restart recreate StatefulSet',
    'patch Cache',
    'rollback StatefulSet',
    'resize Pod',
    'custom Deployment',
  ];
  it.each(rows.filter((row) => taken.includes(titleOf(row))).map((row) => [titleOf(row), row] as const))(
    'of %s happens once, whichever write a crash comes before or after',
    async (_title, row) => {
      const whole = await play(row, { kind: 'never helps' });
      const wrong: string[] = [];
      for (let at = 1; at <= whole.writes; at++) {
        for (const when of ['before', 'after'] as const) {
          const played = await play(row, { kind: 'crash', at, when, helps: 'never' });
          const same =
            played.phase === 'Failed' &&
            played.undo === 'Done' &&
            JSON.stringify(played.effects) === JSON.stringify(whole.effects);
          if (!same)
            wrong.push(
              `${when} write ${at}: ${played.phase} ${played.undo} ${played.effects.join(', ')}: ${played.message}`,
            );
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

afterAll(() => {
  const ways = ['succeeds', 'fails once', 'never helps', 'replaced', 'crash'];
  // `?`: crashes after which nobody can tell whether the call arrived; the action says so and is not repeated.
  const line = (first: string, rest: readonly string[]) =>
    `${first.padEnd(30)}${rest.map((text) => text.padEnd(15)).join('')}`;
  const body = rows.map((row) =>
    line(
      titleOf(row),
      ways.map((way) => cells.get(`${titleOf(row)}|${way}`) ?? 'NOT ok'),
    ),
  );
  console.log([line('', ways), ...body].join('\n'));
});
