/**
 * The three questions to every rule: it holds where it should, it does not where something is nearly so, and it does
 * not where something contradicts it.
 */
import { describe, expect, it } from 'vitest';
import { type CauseName, causeOf } from '../../../src/core/analysis/causes/index.ts';
import type { Snapshot } from '../../../src/core/analysis/snapshot.ts';

export interface Row {
  readonly holds: Snapshot;
  /** As like it as can be, and not it. */
  readonly nearly: Snapshot;
  /** The same, with what contradicts it. */
  readonly against: Snapshot;
}

const foundIn = (cause: CauseName, snapshot: Snapshot) => {
  const rule = causeOf(cause);
  return rule.kinds.flatMap((kind) => snapshot.all(kind)).flatMap((object) => rule.find(object, snapshot) ?? []);
};

export function holdsInRows(rows: Readonly<Partial<Record<CauseName, Row>>>): void {
  describe.each(Object.entries(rows) as [CauseName, Row][])('%s', (cause, { holds, nearly, against }) => {
    it('is found, with evidence', () => {
      const [found] = foundIn(cause, holds);
      expect(found?.evidence.length).toBeGreaterThan(0);
    });
    it('is not found where something else is so', () => expect(foundIn(cause, nearly)).toEqual([]));
    it('is not found where something contradicts it', () => expect(foundIn(cause, against)).toEqual([]));
  });
}
