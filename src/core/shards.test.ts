import { describe, expect, it } from 'vitest';
import { shardOf } from './shards.ts';

describe('the shard of a namespace', () => {
  it('is the same for ever', () => {
    // FNV-1a of 32 bits: of nothing 0x811c9dc5, of "a" 0xe40c292c, of "foobar" 0xbf9cf968, as its authors publish them.
    expect([shardOf('', 1000), shardOf('a', 1000), shardOf('foobar', 1000)]).toEqual([
      0x811c9dc5 % 1000,
      0xe40c292c % 1000,
      0xbf9cf968 % 1000,
    ]);
  });

  it('is the only one where there is one', () => {
    expect([shardOf('shop', 1), shardOf('kubeskippy-system', 1)]).toEqual([0, 0]);
  });

  it('is spread evenly', () => {
    const counts = [0, 0, 0];
    for (let n = 0; n < 3000; n++) counts[shardOf(`team-${n}`, 3)]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(100);
  });
});
