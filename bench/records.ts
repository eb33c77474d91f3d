/**
 * The record at its limits, through a whole operator on the embedded cluster, by a virtual clock, in one process:
 * thousands of targets that fire 16 triggers at once, and the cost of one change and of one healing after thousands of
 * past actions, against that after twenty.
 *
 *     make bench-records [ARGS="--targets 5000 --past 20000 --changes 500"]
 */
import type { ActionStatus } from '../src/api/action-status.ts';
import { withCreationSeal } from '../src/core/authority/creation-seal.ts';
import type { KubeObject } from '../src/shapes/kube.ts';
import { toMicroTime } from '../src/std/clock.ts';
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
  for (; minutes < 60 && served(world).size < most; minutes++) {
    await world.clock.advance(MINUTE);
    largest = Math.max(largest, bytesOf(world.status('crash-loops')));
    left = Math.max(left, unexplained(world, targets));
  }
  await world.clock.advance(MINUTE);
  left = Math.max(left, unexplained(world, targets));
  console.log(
    `${targets} targets × 16 triggers: ${served(world).size} served after ${minutes} min of the 1,000 of an hour`,
  );
  console.log(`refused statuses ${refused.count}; targets without action or reason ${left}; `);
  console.log(`largest status ${(largest / 1024).toFixed(0)} KB; ${(cpuMs(begun) / 1000).toFixed(1)} s of CPU`);
  await world.end();
}

/** Copies of a real one, made for other targets, which all have ended more than an hour ago. */
async function pastActions(world: TestCluster, count: number): Promise<void> {
  const [model] = world.actions();
  if (model === undefined) throw new Error('there is no action to copy');
  const { keyring } = testSeals();
  const spec = model['spec'] as { readonly targetResource: object };
  for (let n = 0; n < count; n++) {
    const name = `past-${n}`;
    const { labels, namespace } = model.metadata;
    const fresh: KubeObject = {
      apiVersion: model.apiVersion,
      kind: model.kind,
      metadata: { name, ...(namespace !== undefined && { namespace }), ...(labels !== undefined && { labels }) },
      spec: { ...spec, targetResource: { ...spec.targetResource, name, uid: `00000000-0000-4000-8000-${n}` } },
    };
    const created = world.cluster.create(ACTIONS, withCreationSeal(keyring, fresh, world.clock.now()));
    const { seal: _seal, ...status } = model['status'] as ActionStatus & { readonly seal?: string };
    // One every twelve seconds, as many as the limits of many policies let through.
    const ended = toMicroTime(world.clock.now() - n * 12_000);
    const at = { lastAttemptTime: ended, effectTime: ended, completionTime: ended };
    world.cluster.update(ACTIONS, sealedStatus(created, { ...status, ...at }), 'status');
    if (n % 1000 === 0) await world.clock.advance(1);
  }
}

/** CPU of one change of a target that is in trouble, and of one healing from its first sign to its end. */
async function costs(past: number, changes: number): Promise<{ readonly change: number; readonly healing: number }> {
  const world = fullStatusCluster(20);
  const { operator } = eagerOperator(world);
  await world.clock.advance(5 * MINUTE);
  operator.kill();
  await pastActions(world, past);
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
  const healed = served(world).size - before;
  const cost = { change: eachMs, healing: healed === 0 ? Number.NaN : cpuMs(begun) / healed };
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
