import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../src/sandbox/apiserver/server.ts';
import { inProcessTransport } from '../../src/sandbox/transport.ts';
import { systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import { CONTRACT } from '../contract/cases.ts';
import { playCase } from '../contract/runner.ts';

describe('the contract, in process', () => {
  const server = new ApiServer({ clock: systemClock, prng: new Prng(1) });
  const transport = inProcessTransport(server);
  test.each(CONTRACT.map((contract, index) => ({ ...contract, id: `c${index}` })))('$title', async ({ id, ...contract }) => {
    expect(await playCase(contract, { transport, clock: systemClock, id })).toEqual([]);
  });
});
