import { describe, expect, it } from 'vitest';
import { healingAction, MINUTE, T0 } from '../../../test/kit/core-data.ts';
import { toTimestamp } from '../../std/clock.ts';
import { historyOf, historyText } from './timeline.ts';

const WEB = { kind: 'deployment', namespace: 'shop', name: 'web' };

describe('the history of an object', () => {
  it('says of each action what it changed, what came of it and why, in lines of 80 columns', () => {
    const entries = historyOf(
      [
        healingAction({
          phase: 'Failed',
          reason: 'MadeWorse',
          message:
            'Deployment shop/web has 1 of 3 replicas ready, and had 2 before; the restart was taken back at once',
          attempts: 1,
          completionTime: toTimestamp(T0 + MINUTE),
          undo: { state: 'Done' },
          approval: { required: true, approved: true, approvedBy: 'ada' },
          analysis: { cause: 'MemoryLeak', digest: 'd', at: toTimestamp(T0) },
          result: {
            success: false,
            changes: [
              {
                resourceRef: 'Deployment/shop/web',
                changeType: 'scale',
                field: 'spec.replicas',
                oldValue: '2',
                newValue: '3',
              },
            ],
          },
        }),
      ],
      WEB,
    );
    const text = historyText('deployment/web of namespace shop', entries, 80);
    expect(text).toBe(`2026-01-01T00:00:00Z  restart: Failed (MadeWorse)
    action shop/web-0123456789, policy p, 1 attempt
    Deployment shop/web has 1 of 3 replicas ready, and had 2 before; the restart
    was taken back at once
    cause: MemoryLeak
    approved by ada
    scale Deployment/shop/web spec.replicas: 2 -> 3
    undo: Done
    ended 2026-01-01T00:01:00Z
`);
    const wide = historyText('deployment/web of namespace shop', entries, 160);
    expect(wide).toContain(
      '    Deployment shop/web has 1 of 3 replicas ready, and had 2 before; the restart was taken back at once\n',
    );
    expect(wide.split('\n').length).toBe(text.split('\n').length - 1);
  });

  it('has the actions on that object alone', () => {
    const of = (change: object) => historyOf([healingAction()], { ...WEB, ...change }).length;
    expect([
      of({}),
      of({ kind: 'Deployment' }),
      of({ name: 'api' }),
      of({ namespace: 'other' }),
      of({ kind: 'pod' }),
    ]).toEqual([1, 1, 0, 0, 0]);
  });

  it('says that nothing is kept', () => {
    expect(historyText('deployment/web of namespace shop', [], 80)).toBe(
      'deployment/web of namespace shop: no action on it is kept\n',
    );
  });
});
