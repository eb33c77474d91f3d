/** Two processes that both believe they lead (I33): what one at a time may be done is still done once. */
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/std/prng.ts';
import { slow } from '../kit/fault-scripts.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

describe('two operators at once', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'restart a crash-looping Deployment once between them (I1, I33; seed %i)',
    async (seed) => {
      const world = new TestCluster();
      world.operator({ faults: [slow(new Prng(seed))] });
      world.operator({ faults: [slow(new Prng(seed + 1000))] });
      world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
      world.cluster.create(POLICIES, policy());
      expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
      await world.clock.advance(600_000);
      expect(world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'looping' })?.metadata.generation).toBe(2);
      expect(world.phases().filter((phase) => phase === 'Succeeded')).toHaveLength(1);
    },
  );
});
