/** A node that we have cordoned and that nobody uncordons: people hear of the room that is missing. */
import { expect, it } from 'vitest';
import { nodeCluster } from '../disasters/node-cluster.ts';
import { EVENTS } from '../kit/resources.ts';
import type { TestCluster } from '../kit/test-cluster.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

const eventsIn = ({ cluster }: TestCluster): readonly unknown[] =>
  cluster.list(EVENTS).flatMap((event) => {
    const { reason, involvedObject } = event as { reason?: string; involvedObject?: { kind?: string; name?: string } };
    return reason === 'CapacityAway' ? [`${involvedObject?.kind} ${involvedObject?.name}`] : [];
  });

it('is told of six hours later, by an Event on the node, though its trigger has long ended', async () => {
  const cordon = { name: 'cordon', type: 'cordon', cordonAction: { signals: 1 } };
  const { world, logs, reports } = await nodeCluster({ nodes: 3, replicas: 1, actions: [cordon] });
  reports('node-1', 'True');
  expect(await world.until(() => world.actionStatus().phase === 'Succeeded', HOUR)).toBe(true);
  reports('node-1', 'False');
  await world.clock.advance(6 * HOUR - 6 * MINUTE);
  expect(eventsIn(world)).toEqual([]);
  await world.clock.advance(12 * MINUTE);
  expect(eventsIn(world)).toEqual(['Node node-1']);
  const told = logs.filter((line) => line.includes('CapacityAway'));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/Node node-1 is still cordoned since .*, by HealingAction .* kubectl uncordon node-1/);
}, 90_000);
