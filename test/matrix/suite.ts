/** Every action type × every kind that it supports × each way in which it can go. `make matrix` prints the table. */
import { describe, expect, it, type TestContext } from 'vitest';
import { type Crash, play, type Played } from './play.ts';
import type { Row } from './row.ts';
import { groups, rows, titleOf } from './rows.ts';
import type { WayName } from './table.ts';

/**
 * Rows that are taken back after a crash at every write too, one for each way to send the inverse: a subresource, the
 * object itself, several fields at once, a pod; and one that is back before it is taken back.
 */
const TAKEN_BACK = [
  'scale Deployment',
  'restart recreate StatefulSet',
  'patch Cache',
  'rollback StatefulSet',
  'resize Pod',
  'custom Deployment',
];

export function playGroup(group: keyof typeof groups): void {
  const mine: readonly Row[] = groups[group];
  for (const row of mine) describe(titleOf(row), () => playRow(row));
}

function playRow(row: Row): void {
  let whole: Played | undefined;

  it('succeeds, with no permissions but those that it is installed with', async (context) => {
    const note = cellOf(context, row, 'succeeds');
    whole = await play(row, { kind: 'succeeds' });
    expect([whole.phase, whole.effects, whole.actions], whole.message).toEqual(['Succeeded', row.once, 1]);
    expect(whole.forbidden).toEqual([]);
    note(`ok, ${whole.writes} writes`);
  });

  it('succeeds all the same when its first request is refused', async (context) => {
    const note = cellOf(context, row, 'fails once');
    const played = await play(row, { kind: 'fails once' });
    expect([played.phase, played.attempts], played.message).toEqual(['Succeeded', row.attempts ?? 2]);
    // Who took the call at once is called before the one that refused it.
    expect(row.effects === 'calls' ? played.effects.toSorted() : played.effects).toEqual(
      row.effects === 'calls' ? row.once.toSorted() : row.once,
    );
    note('ok');
  });

  it('is taken back when it never helps, where there is a way back (I7)', async (context) => {
    const note = cellOf(context, row, 'never helps');
    const played = await play(row, { kind: 'never helps' });
    expect([played.phase, played.effects.slice(0, row.once.length)], played.message).toEqual([
      row.hopeless ?? 'Failed',
      row.once,
    ]);
    expect(played.effects.slice(row.once.length)).toEqual(row.undone ?? []);
    if (row.hopeless === undefined) expect(played.undo).toBe(row.undone === undefined ? 'NotPossible' : 'Done');
    note(row.hopeless ?? (row.undone === undefined ? 'failed' : 'undone'));
  });

  it('leaves the object alone that has taken over the name (I8)', async (context) => {
    const note = cellOf(context, row, 'replaced');
    const played = await play(row, { kind: 'target replaced' });
    expect([played.phase, played.effects], played.message).toEqual(['Cancelled', []]);
    expect(played.targetUid).not.toBe(played.firstUid);
    note('ok');
  });

  it('has one effect, whichever write a crash comes before or after; what cannot be told is never repeated (I1, I3, I4)', async (context) => {
    const note = cellOf(context, row, 'crash');
    const crashes = crashesOf(whole);
    const wrong: string[] = [];
    let untold = 0;
    for (const crash of crashes) {
      const played = await play(row, crash);
      if (isUntold(row, played)) untold++;
      else if (!isWhole(row, played)) wrong.push(told(crash, played));
    }
    expect(wrong).toEqual([]);
    // From the claim to the outcome nobody knows: after the claim, around each call, before the outcome.
    expect(untold).toBe(row.effects === 'calls' ? 2 * row.once.length + 2 : 0);
    note(untold === 0 ? `${crashes.length} ok` : `${crashes.length} ok, ${untold} ?`, crashes.length);
  });

  if (TAKEN_BACK.includes(titleOf(row)))
    it('is taken back once, whichever write a crash comes before or after', async () => {
      const hopeless = await play(row, { kind: 'never helps' });
      const wrong: string[] = [];
      for (const crash of crashesOf(hopeless)) {
        const played = await play(row, { ...crash, helps: 'never' });
        const same =
          played.phase === 'Failed' &&
          played.undo === 'Done' &&
          JSON.stringify(played.effects) === JSON.stringify(hopeless.effects);
        if (!same) wrong.push(told(crash, played));
      }
      expect(wrong).toEqual([]);
    });
}

/** Writes the row's cell for the table: not ok until the test has come to its end. */
function cellOf({ task }: TestContext, row: Row, way: WayName): (text: string, crashes?: number) => void {
  const place = { row: titleOf(row), place: rows.indexOf(row), way };
  task.meta.cell = { ...place, text: 'NOT ok', crashes: 0 };
  return (text, crashes = 0) => {
    task.meta.cell = { ...place, text, crashes };
  };
}

/** A crash before and after each write of a play that nothing interrupted. */
function crashesOf(whole: Played | undefined): readonly Crash[] {
  const writes = whole?.writes ?? 0;
  expect(writes).toBeGreaterThan(4);
  return Array.from({ length: writes }, (_, index) => index + 1).flatMap((at) => [
    { kind: 'crash', at, when: 'before' } as const,
    { kind: 'crash', at, when: 'after' } as const,
  ]);
}

const isWhole = (row: Row, { phase, effects, actions }: Played): boolean =>
  phase === 'Succeeded' && JSON.stringify(effects) === JSON.stringify(row.once) && actions === 1;
/** Somebody outside may have been called, or not: it says so, and nobody is called again. */
const isUntold = (row: Row, { phase, reason, effects, actions }: Played): boolean =>
  row.effects === 'calls' &&
  phase === 'Failed' &&
  reason === 'OutcomeUnknown' &&
  JSON.stringify(effects) === JSON.stringify(row.once.slice(0, effects.length)) &&
  actions === 1;

const told = ({ when, at }: Crash, { phase, undo, effects, message }: Played): string =>
  `${when} write ${at}: ${phase} ${undo ?? ''} ${effects.join(', ')}: ${message}`;
