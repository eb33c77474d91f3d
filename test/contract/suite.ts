/** The contract as tests, for one way of reaching the sandbox. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACT } from './cases.ts';
import { playCase } from './runner.ts';
import { type OpenTarget, openSandbox, SANDBOXES, type Way } from './targets.ts';

export function contractTests(way: Way): void {
  describe.each(SANDBOXES)(`the contract, ${way}: %s`, (_name, options, has) => {
    let target: OpenTarget;
    beforeAll(async () => {
      target = await openSandbox(way, { options, has });
    });
    afterAll(() => target.close());

    describe.each(Object.entries(CONTRACT))('%s', (area, cases) => {
      for (const [index, contract] of cases.entries()) {
        const lacks = (contract.needs ?? []).filter((need) => !has.includes(need));
        test.skipIf(lacks.length > 0)(contract.title, async () => {
          expect(await playCase(contract, { ...target, id: `${area.replace(/\W/g, '')}${index}` })).toEqual([]);
        });
      }
    });
  });
}
