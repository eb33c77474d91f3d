import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, T0 } from '../../test/kit/core-data.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { isDue, keptNews, keptNodes } from './kept-nodes.ts';

const node = (name: string, mark: string | undefined, unschedulable: boolean): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, ...(mark !== undefined && { annotations: { 'kubeskippy.io/attempt': mark } }) },
  spec: { unschedulable },
});

describe('nodes that an action has cordoned', () => {
  it('bear its mark, and take no pods', () => {
    const nodes = [node('ours', 'a-uid/1', true), node('back', 'a-uid/1', false), node('theirs', undefined, true)];
    expect(keptNodes(nodes).map(({ node: { metadata }, actionUid }) => [metadata.name, actionUid])).toEqual([
      ['ours', 'a-uid'],
    ]);
  });

  it.each<[string, number, number, boolean]>([
    ['not within the first six hours', 5 * HOUR, 5 * HOUR + 5 * MINUTE, false],
    ['at six hours', 6 * HOUR - MINUTE, 6 * HOUR + MINUTE, true],
    ['not again right after it', 6 * HOUR + MINUTE, 6 * HOUR + 6 * MINUTE, false],
    ['at twelve', 12 * HOUR - MINUTE, 12 * HOUR, true],
    ['once, after a long time in which nobody looked', HOUR, 20 * HOUR, true],
    ['not before the action has ended', -HOUR, -MINUTE, false],
  ])('are told of %s', (_title, last, now, due) => {
    expect(isDue(T0, { last: T0 + last, now: T0 + now })).toBe(due);
  });

  it('are told of with what ends it, whether their action is kept or not', () => {
    const [kept] = keptNodes([node('n1', 'a-uid/1', true)]);
    const by = { action: 'kubeskippy-system/drain-1', endedAt: T0 };
    const messages = [by, undefined].map((one) => (kept === undefined ? '' : keptNews(kept, one).message));
    expect(messages).toEqual([
      'Node n1 is still cordoned since 2026-01-01T00:00:00Z, by HealingAction kubeskippy-system/drain-1, and takes no pods. When it is well: kubectl uncordon n1. Else replace it',
      'Node n1 is still cordoned by a HealingAction that is no longer kept, and takes no pods. When it is well: kubectl uncordon n1. Else replace it',
    ]);
  });
});
