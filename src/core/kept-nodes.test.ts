import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, past, running, T0 } from '../../test/kit/core-data.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { PastAction } from './history.ts';
import { cordonerOf, isDue, keptNews, keptNodes } from './kept-nodes.ts';

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

describe('the cordon of a node', () => {
  const by = (change: Partial<PastAction> = {}) =>
    past({ uid: 'a-uid', targetUid: 'n1-uid', template: 'away', type: 'drain', ...change });
  const marked = (mark: string | undefined, unschedulable = true): KubeObject => {
    const one = node('n1', mark, unschedulable);
    return { ...one, metadata: { ...one.metadata, uid: 'n1-uid' } };
  };
  const disowned = past({ uid: 'u', targetUid: 'n1-uid', phase: 'Cancelled', ended: 'NotOurCordon' });

  it.each<[string, KubeObject, readonly PastAction[], string | undefined]>([
    ['is that of the action whose mark it bears', marked('a-uid/1'), [by()], 'away'],
    ['also when the action has failed later on', marked('a-uid/1'), [by({ phase: 'Failed' })], 'away'],
    ['is that of no one when the node takes pods', marked('a-uid/1', false), [by()], undefined],
    ['is not ours without a mark', marked(undefined), [by()], undefined],
    ['is not ours with a mark that no action on record has made', marked('b-uid/1'), [by()], undefined],
    ['nor when that action was on another node', marked('a-uid/1'), [by({ targetUid: 'n2-uid' })], undefined],
    ['nor when it belongs to another policy', marked('a-uid/1'), [by({ policyUid: 'other' })], undefined],
    ['nor when it was a dry run', marked('a-uid/1'), [by({ dryRun: true, executed: false })], undefined],
    ['nor when it has not ended', marked('a-uid/1'), [running({ uid: 'a-uid', targetUid: 'n1-uid' })], undefined],
    [
      'nor when a later plan found somebody else in charge of it',
      marked('a-uid/1'),
      [by(), { ...disowned, completedAt: T0 + MINUTE }],
      undefined,
    ],
    [
      'and is again, when it was made after that',
      marked('a-uid/1'),
      [by({ completedAt: T0 + HOUR }), { ...disowned, completedAt: T0 + MINUTE }],
      'away',
    ],
  ])('%s', (_title, object, history, template) => {
    expect(cordonerOf(object, { policyUid: 'policy-uid', history })?.template).toBe(template);
  });
});
