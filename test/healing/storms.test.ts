/** Faults drawn from a seed hit the operator's requests while it heals. The API server's log tells what was done. */
import { describe, expect, it } from 'vitest';
import { ANNOTATIONS, COMPONENT } from '../../src/api/names.ts';
import type { Commit, MutableObject } from '../../src/sandbox/index.ts';
import { Prng } from '../../src/std/prng.ts';
import { storm } from '../kit/fault-scripts.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const MINUTE = 60_000;

/** The changes of the operator to the Deployment, by the attempt that each says it is of. */
const changes = (world: TestCluster): readonly unknown[] =>
  (world.sandbox.commits() as readonly (Commit & { readonly object: MutableObject })[])
    .filter(({ by, object }) => by?.agent.startsWith(COMPONENT) && object.kind === 'Deployment')
    .map(({ object }) => object['spec'].template.metadata.annotations[ANNOTATIONS.attempt] as unknown);

describe('a storm of faults', () => {
  it.each([1, 2, 3, 4])(
    'repeats no attempt, and leaves each target healed or with a reason why not (I1, I34; seed %i)',
    async (seed) => {
      const world = new TestCluster();
      const over = world.clock.now() + 5 * MINUTE;
      world.operator({ faults: [storm(new Prng(seed), { oneIn: 5, goesOn: () => world.clock.now() < over })] });
      world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
      world.cluster.create(POLICIES, policy());
      await world.clock.advance(15 * MINUTE);
      const done = changes(world);
      expect(done).toEqual([...new Set(done)]);
      expect(done).not.toContain(undefined);
      if (done.length === 0)
        expect(world.status('crash-loops').blocked).toMatchObject([{ reason: expect.any(String) as string }]);
      else expect(world.phases()).toContain('Succeeded');
    },
  );
});
