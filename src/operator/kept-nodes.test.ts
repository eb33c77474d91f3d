import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, T0 } from '../../test/kit/core-data.ts';
import { Cache } from '../kube/cache.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { toTimestamp, VirtualClock } from '../std/clock.ts';
import { followKeptNodes } from './kept-nodes.ts';

const node = (name: string, unschedulable = true): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: name, annotations: { 'kubeskippy.io/attempt': 'a-uid/1' } },
  spec: { unschedulable },
});

/** What people were told of, while the nodes are looked at. */
function following(nodes: readonly KubeObject[]) {
  const clock = new VirtualClock(T0);
  const actions = new Cache();
  actions.complete('0');
  actions.event('ADDED', {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { name: 'drain-1', namespace: 'kubeskippy-system', uid: 'a-uid', resourceVersion: '1' },
    status: { completionTime: toTimestamp(T0 - MINUTE) },
  });
  const scene = { nodes };
  const told: string[] = [];
  const stop = new AbortController();
  const log = () => undefined;
  const ended = followKeptNodes(
    {
      clock,
      speaks: () => true,
      world: { actions, ofKind: () => scene.nodes },
      voice: {
        logger: { info: log, warn: log, error: log },
        announce: (about, { message, tell }) => void told.push(`${about[0]?.name} ${tell}: ${message}`),
      },
    },
    stop.signal,
  );
  return { clock, scene, told, end: () => (stop.abort(), ended) };
}

describe('a node that an action has cordoned', () => {
  it('is told of once every six hours, as long as it is cordoned', async () => {
    const { clock, scene, told, end } = following([node('n1')]);
    await clock.advance(5 * HOUR + 50 * MINUTE);
    expect(told).toEqual([]);
    await clock.advance(20 * MINUTE);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('n1 people: Node n1 is still cordoned since 2025-12-31T23:59:00Z, by HealingAction');
    await clock.advance(5 * HOUR);
    expect(told).toHaveLength(1);
    await clock.advance(HOUR);
    expect(told).toHaveLength(2);
    scene.nodes = [node('n1', false)];
    await clock.advance(13 * HOUR);
    expect(told).toHaveLength(2);
    await end();
  });

  it('is told of no more once it is gone', async () => {
    const { clock, scene, told, end } = following([node('n1'), node('n2')]);
    scene.nodes = [node('n2')];
    await clock.advance(7 * HOUR);
    expect(told.map((line) => line.split(' ')[0])).toEqual(['n2']);
    await end();
  });
});
