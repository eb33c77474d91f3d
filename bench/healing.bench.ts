/**
 * What a healing costs, on the embedded cluster with a virtual clock: requests by action type and kind (the rows of the
 * matrix), and how many whole lifecycles, from the first symptom to Succeeded, a second of this machine carries.
 */
import { DEFAULT_NAMESPACE_LIMITS } from '../src/api/namespace-limits.ts';
import { play } from '../test/matrix/play.ts';
import { rows } from '../test/matrix/rows.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../test/kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../test/kit/resources.ts';

const WORKLOADS = 200;
const RUNS = 3;

const line = (...cells: readonly (string | number)[]) =>
  console.log(cells.map((cell, n) => String(cell).padEnd(n === 0 ? 30 : 12)).join(''));
line('requests of one healing', 'writes', 'reads', 'together', 'Events', 'stable for');
for (const row of rows) {
  const { phase, writes, reads, events, stableSeconds } = await play(row, { kind: 'succeeds' });
  if (phase !== 'Succeeded') throw new Error(`${row.type} ${row.kind}: ${phase}`);
  const title = `${row.type}${row.variant === undefined ? '' : ` ${row.variant}`} ${row.kind}`;
  line(title, writes, reads, writes + reads, events, `${stableSeconds.toFixed(1)} s`);
}

async function lifecycles(): Promise<number> {
  const world = new TestCluster(10);
  // Two hundred that fail together are one outage to an operator that keeps its limits, in which nothing is healed.
  const commonCause = { minWorkloads: 100_000, sharePercent: 100 };
  const namespaceLimits = { ...DEFAULT_NAMESPACE_LIMITS, sharePercent: 100, unfinishedActions: WORKLOADS };
  world.operator({ config: { maxActionsPerHour: 10_000, maxConcurrent: WORKLOADS, commonCause, namespaceLimits } });
  for (let n = 0; n < WORKLOADS; n++)
    world.cluster.create(DEPLOYMENTS, deployment(`web-${n}`, CRASHES_UNTIL_RESTARTED));
  const safetyRules = {
    requireHealthCheck: true,
    maxUnhealthy: '100%',
    maxConcurrent: WORKLOADS,
    maxActionsPerHour: 10_000,
  };
  world.cluster.create(POLICIES, policy({ safetyRules }));
  const started = performance.now();
  const done = await world.until(
    () => world.phases().filter((phase) => phase === 'Succeeded').length === WORKLOADS,
    3_600_000,
  );
  if (!done)
    throw new Error(
      `${world.phases().filter((phase) => phase !== 'Succeeded').length} of ${WORKLOADS} were not healed`,
    );
  return WORKLOADS / ((performance.now() - started) / 1000);
}

const rates: number[] = [];
for (let run = 0; run < RUNS; run++) rates.push(await lifecycles());
const sorted = rates.toSorted((a, b) => a - b);
console.log(
  `${WORKLOADS} crash loops at once, cluster and operator in one process: ${sorted.map((rate) => rate.toFixed(1)).join(', ')} healings a second`,
);
