import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND, T0 } from '../../test/kit/core-data.ts';
import { toTimestamp, VirtualClock } from '../std/clock.ts';
import { RevisionSight } from './revision-sight.ts';

const SETTINGS = 'ConfigMap shop/settings';

/** ConfigMaps and Secrets were changed at T0. */
function world() {
  const clock = new VirtualClock(T0 + HOUR);
  const server = { answers: true, reads: [] as string[], changedAt: T0 };
  const sight = new RevisionSight({
    clock,
    signal: new AbortController().signal,
    reader: {
      one: async (kind, { namespace, name }) => {
        server.reads.push(`${kind} ${namespace}/${name}`);
        if (!server.answers) return { items: [], gap: { kind, why: 'Timeout' } };
        const managedFields = [{ manager: 'helm', time: toTimestamp(server.changedAt) }];
        return { items: [{ apiVersion: 'v1', kind, metadata: { namespace: namespace ?? '', name, managedFields } }] };
      },
    },
  });
  const ask = (since: number, uids: readonly string[] = ['a', 'b'], traits: readonly string[] = [SETTINGS]) =>
    uids.map((uid) => sight.of({ uid, traits }, since));
  /** What is known after a look. */
  const known = async (since: number, traits?: readonly string[]) => {
    ask(since, ['a', 'b'], traits);
    await clock.advance(31 * SECOND);
    return ask(since, ['a', 'b'], traits)[0];
  };
  return { clock, server, ask, known };
}

describe('a change of what workloads in trouble read', () => {
  it.each<[string, number, readonly string[]]>([
    [
      'minutes before they failed is named with its time',
      T0 + 3 * MINUTE,
      [`revision 2026-01-01T00:00:00Z ${SETTINGS}`],
    ],
    ['in the second of their failure too', T0, [`revision 2026-01-01T00:00:00Z ${SETTINGS}`]],
    ['long before has nothing to do with it', T0 + 11 * MINUTE, []],
    ['after they failed was not the reason', T0 - MINUTE, []],
  ])('%s', async (_title, since, traits) => {
    expect(await world().known(since)).toEqual(traits);
  });

  it('is looked for of Secrets too, and of nothing else', async () => {
    const { server, known } = world();
    await known(T0, ['Secret shop/db', 'image a:1', 'node n1']);
    expect([...new Set(server.reads)]).toEqual(['Secret shop/db']);
  });

  it('is not looked for where one workload alone reads it', async () => {
    const { clock, server, ask } = world();
    ask(T0, ['a']);
    await clock.advance(31 * SECOND);
    expect(server.reads).toEqual([]);
  });

  it('stays known while the server does not answer', async () => {
    const { server, known } = world();
    const before = await known(T0);
    server.answers = false;
    expect(await known(T0)).toEqual(before);
  });

  it('is read of the twenty that most read, once in half a minute', async () => {
    const { clock, server, ask } = world();
    const many = Array.from({ length: 30 }, (_, i) => `ConfigMap shop/c-${String(i).padStart(2, '0')}`);
    ask(T0, ['a', 'b', 'c'], [SETTINGS]);
    for (let i = 0; i < 5; i++) ask(T0, ['a', 'b'], many);
    await clock.advance(SECOND);
    expect([server.reads.length, server.reads[0]]).toEqual([20, SETTINGS]);
    ask(T0, ['a', 'b'], many);
    await clock.advance(20 * SECOND);
    expect(server.reads).toHaveLength(20);
  });
});
