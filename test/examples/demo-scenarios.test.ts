/**
 * The demo's scenarios, which are the files of `examples/`, in both tenancies: with the roles that `kubeskippy install`
 * gives unasked, and with nothing opted into.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Tenancy } from '../../src/api/rbac.ts';
import { tenancies } from '../../src/api/rbac.ts';
import { begin, observe, type Progress } from '../../src/cli/demo/observe.ts';
import { SCENARIOS } from '../../src/cli/demo/scenarios.ts';
import { apply, look, readExample } from '../../src/cli/demo/stage.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { SYSTEM_ADMIN } from '../../src/sandbox/index.ts';
import { giveHealer } from '../kit/tenancies.ts';
import { TestCluster } from '../kit/test-cluster.ts';

const FOLDER = join(import.meta.dirname, '../../examples');
/** The demo looks eight times a second at twenty times the speed: about every three seconds. */
const LOOK_MS = 3000;
/** Two thirds of the demo's minute at its speed of twenty. */
const LOOKS = 270;

async function played(tenancy: Tenancy) {
  const world = new TestCluster(3, 'on', 'on');
  const token = await world.account(actionRegistry().rules, { tenancy, allow: [] });
  if (tenancy === 'shared') giveHealer(world, 'default');
  const impersonation =
    tenancy === 'shared' ? { required: true, defaultServiceAccount: 'healer' } : { required: false };
  const running = world.operator({ token, config: { impersonation } });
  const client = new KubeClient({ transport: world.sandbox.transport(SYSTEM_ADMIN), clock: world.clock });
  for (const scenario of SCENARIOS) await apply(client, await readExample(FOLDER, scenario));
  let progress: readonly Progress[] = SCENARIOS.map((scenario) => begin(scenario, world.clock.now()));
  const settled = () => progress.every(({ outcome, scenario }) => outcome === scenario.expected);
  for (let looks = 0; looks < LOOKS && !settled(); looks++) {
    await world.clock.advance(LOOK_MS);
    const seen = await look(client, SCENARIOS);
    progress = progress.map((one, index) => {
      const now = seen[index];
      return now === undefined ? one : observe(one, now).progress;
    });
  }
  return { outcomes: progress.map(({ scenario, outcome }) => [scenario.name, outcome]), running };
}

describe.each(tenancies)("the demo's scenarios, in tenancy %s", (tenancy) => {
  it('end as they do in the demo, and nothing is forbidden on the way', async () => {
    const { outcomes, running } = await played(tenancy);
    expect(outcomes).toEqual(SCENARIOS.map(({ name, expected }) => [name, expected]));
    expect(running.forbidden).toEqual([]);
  }, 120_000);
});
