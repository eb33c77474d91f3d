import { describe, expect, it } from 'vitest';
import { CONFIG_MAPS, POLICIES } from '../../../test/kit/resources.ts';
import { policy, TestCluster } from '../../../test/kit/test-cluster.ts';
import { KubeClient } from '../../kube/client.ts';
import { type PauseOptions, pauseWith } from './pause.ts';

const SWITCH = { namespace: 'default', name: 'kubeskippy-pause' };

async function played(world: TestCluster, change: Partial<PauseOptions> & Pick<PauseOptions, 'does'>, answer = 'yes') {
  const written: string[] = [];
  const stdout = { write: (text: string) => void written.push(text) };
  const client = new KubeClient({ transport: world.sandbox.transport(), clock: world.clock });
  const asking = { stdout, signal: new AbortController().signal, ask: async () => answer };
  const outcome = await pauseWith(client, { namespace: 'default', output: 'text', ...change }, asking as never).catch(
    ({ message }: Error) => message,
  );
  return { text: written.join(''), outcome, there: world.cluster.get(CONFIG_MAPS, SWITCH) };
}

const there = (): TestCluster => {
  const world = new TestCluster(1, 'off');
  world.cluster.create(POLICIES, policy());
  return world;
};

describe('pause and resume', () => {
  it('say what stops, ask, and keep who paused and why', async () => {
    const { text, there: made } = await played(there(), { does: 'pause', reason: 'the database moves' });
    expect(text.split('\n').slice(0, 5)).toEqual([
      '1 policy begins nothing any more.',
      '0 actions that have begun stop before the next stage.',
      '0 actions that wait go on waiting.',
      expect.stringMatching(/^Signed by \S+/),
      'Reason: the database moves',
    ]);
    expect(made?.['data']).toEqual({ reason: 'the database moves', by: expect.stringMatching(/\S/) as string });
  });

  it('change nothing without a yes, and with --dry-run', async () => {
    const world = there();
    const no = await played(world, { does: 'pause', reason: 'x' }, 'y');
    expect([no.outcome, no.there]).toEqual(['nothing was changed: the answer was not yes', undefined]);
    const dry = await played(world, { does: 'pause', reason: 'x', dryRun: true }, 'no');
    expect([dry.text.endsWith('Nothing was kept.\n'), dry.there]).toEqual([true, undefined]);
    await played(world, { does: 'pause', reason: 'x' });
    const kept = await played(world, { does: 'resume', dryRun: true });
    expect(kept.there?.['data']).toMatchObject({ reason: 'x' });
    expect(kept.there?.['data']).not.toHaveProperty('lifted');
  });

  it('tell that healing is paused already, or is not, and go on', async () => {
    const world = there();
    expect((await played(world, { does: 'resume' })).outcome).toContain('healing is not paused');
    await played(world, { does: 'pause', reason: 'the database moves' });
    const again = await played(world, { does: 'pause', reason: 'x' });
    expect(again.outcome).toContain('healing is paused already: ConfigMap default/kubeskippy-pause pauses all healing');
    const { text, there: gone } = await played(world, { does: 'resume', reason: 'done' });
    expect(text).toContain('pauses all healing: the database moves (');
    expect([text.endsWith('Healing goes on.\n'), gone]).toEqual([true, undefined]);
  });
});
