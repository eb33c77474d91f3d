/**
 * The record at its limits, through a whole operator on the embedded cluster, by a virtual clock, in one process:
 * thousands of targets that fire 16 triggers at once, and the cost of one change and of one healing after thousands of
 * past actions, against that after twenty.
 *
 *     make bench-records [ARGS="--targets 5000 --past 20000 --changes 500"]
 */
import { LABELS } from '../src/api/names.ts';
import type { ActionStatus } from '../src/api/action-status.ts';
import { withCreationSeal } from '../src/core/authority/creation-seal.ts';
import type { KubeObject } from '../src/shapes/kube.ts';
import { toMicroTime, toTimestamp } from '../src/std/clock.ts';
import { given } from '../src/std/given.ts';
import {
  bytesOf,
  eagerOperator,
  fallIll,
  fullStatusCluster,
  served,
  touch,
  unexplained,
} from '../test/kit/full-status.ts';
import { ACTIONS } from '../test/kit/resources.ts';
import { sealedStatus, testSeals } from '../test/kit/seals.ts';
import type { TestCluster } from '../test/kit/test-cluster.ts';

const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const MINUTE = 60_000;
const cpuMs = (since?: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

async function many(targets: number): Promise<void> {
  const world = fullStatusCluster(targets);
  const { refused } = eagerOperator(world);
  const begun = process.cpuUsage();
  let [largest, left, minutes] = [0, 0, 0];
  // The limit of the policy is a thousand actions an hour.
  const most = Math.min(targets, 1000);
  const look = async () => {
    await world.clock.advance(MINUTE);
    largest = Math.max(largest, bytesOf(world.status('crash-loops')));
    // One that was to be healed and is held back since stands in the next status, ten seconds later at most.
    for (let looks = 0; looks < 11 && unexplained(world, targets) > 0; looks++) await world.clock.advance(1000);
    left = Math.max(left, unexplained(world, targets));
  };
  for (; minutes < 60 && served(world).size < most; minutes++) await look();
  await look();
  console.log(
    `${targets} targets × 16 triggers: ${served(world).size} served after ${minutes} min of the 1,000 of an hour`,
  );
  console.log(`refused statuses ${refused.count}; targets without action or reason ${left}; `);
  console.log(`largest status ${(largest / 1024).toFixed(0)} KB; ${(cpuMs(begun) / 1000).toFixed(1)} s of CPU`);
  await world.end();
}

/** With the 70 minutes that pass after it less than a day: actions that ended longer ago may be removed. */
const PAST_MS = 22 * 60 * MINUTE;

/** Copies of a real one, made for other targets, which all have ended since: as many in each hour. */
function pastActions(world: TestCluster, count: number): void {
  const [model] = world.actions();
  if (model === undefined) throw new Error('there is no action to copy');
  const { keyring } = testSeals();
  const spec = model['spec'] as { readonly targetResource: object };
  const { labels, namespace } = model.metadata;
  const { seal: _seal, ...status } = model['status'] as ActionStatus & { readonly seal?: string };
  for (let n = 0; n < count; n++) {
    const name = `past-${n}`;
    const at = world.clock.now() - (n * PAST_MS) / count;
    const id = String(n).padStart(12, '0');
    const uid = `00000000-0000-4000-8000-${id}`;
    const object: KubeObject = {
      apiVersion: model.apiVersion,
      kind: model.kind,
      metadata: { name, ...given({ namespace, labels: { ...labels, [LABELS.rootUid]: uid } }) },
      spec: { ...spec, targetResource: { ...spec.targetResource, name, uid } },
    };
    const { metadata, ...rest } = withCreationSeal(keyring, object, at);
    const made = { uid: `00000000-0000-4000-9000-${id}`, creationTimestamp: toTimestamp(at), generation: 1 };
    const ended = toMicroTime(at);
    const times = { lastAttemptTime: ended, effectTime: ended, completionTime: ended };
    const there = { ...rest, metadata: { ...metadata, ...made } };
    world.cluster.restore(ACTIONS, sealedStatus(there, { ...status, ...times }));
  }
}

/** CPU of one change of a target that is in trouble, and of one healing from its first sign to its end. */
async function costs(past: number, changes: number): Promise<{ readonly change: number; readonly healing: number }> {
  const world = fullStatusCluster(20);
  const { operator } = eagerOperator(world);
  await world.clock.advance(5 * MINUTE);
  operator.kill();
  pastActions(world, past);
  // What limits look back on is less.
  await world.clock.advance(70 * MINUTE);
  eagerOperator(world);
  await world.clock.advance(MINUTE);
  const change = async (count: number) => {
    const begun = process.cpuUsage();
    for (let n = 0; n < count; n++) {
      touch(world, n % 20, `the check failed ${n} times`);
      await world.clock.advance(100);
    }
    return cpuMs(begun) / count;
  };
  await change(200);
  const eachMs = await change(changes);
  const before = served(world).size;
  const begun = process.cpuUsage();
  for (let n = 20; n < 40; n++) fallIll(world, n);
  await world.clock.advance(MINUTE);
  const spent = cpuMs(begun);
  const healed = served(world).size - before;
  const cost = { change: eachMs, healing: healed === 0 ? Number.NaN : spent / healed };
  await world.end();
  return cost;
}

await many(option('targets', 5000));
const [past, changes] = [option('past', 20_000), option('changes', 500)];
const few = await costs(20, changes);
const lots = await costs(past, changes);
console.log(`one change after 20 past actions ${few.change.toFixed(2)} ms, after ${past} ${lots.change.toFixed(2)} ms`);
console.log(`ratio ${(lots.change / few.change).toFixed(2)}`);
console.log(
  `one healing after 20 past actions ${few.healing.toFixed(0)} ms, after ${past} ${lots.healing.toFixed(0)} ms`,
);
process.exit(0);
