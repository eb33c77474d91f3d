import { describe, expect, it } from 'vitest';
import { ownedPod, proposal, T0, workload } from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import { rolloutInProgress } from './rollout-in-progress.ts';

gateTable(rolloutInProgress, [
  ['none', {}, undefined],
  [
    'of the target (I23)',
    { object: workload('Deployment', { status: { replicas: 4, updatedReplicas: 1 } }) },
    'old replicas',
  ],
  [
    'of its controller',
    { ...ownedPod, chain: [workload('Deployment', { metadata: { generation: 3 } })] },
    'has not seen',
  ],
]);

describe('a rollback and the rollout that it is to end', () => {
  const midway = {
    status: { updatedReplicas: 1, updatedNumberScheduled: 1, currentRevision: 'web-1', updateRevision: 'web-2' },
  } as const;
  it.each<[string, string, 'rollback' | 'restart', boolean]>([
    ['goes through a stuck StatefulSet', 'StatefulSet', 'rollback', true],
    ['goes through a stuck DaemonSet', 'DaemonSet', 'rollback', true],
    ['waits for the progress deadline of a Deployment', 'Deployment', 'rollback', false],
    ['is the only action that does', 'StatefulSet', 'restart', false],
  ])('%s', (_title, kind, actionType, allow) => {
    expect(rolloutInProgress.check(proposal({ object: workload(kind, midway), actionType }), T0).allow).toBe(allow);
  });

  it('waits until the controller has seen the template that it would roll back', () => {
    const unseen = workload('StatefulSet', { metadata: { generation: 3 }, ...midway });
    expect(rolloutInProgress.check(proposal({ object: unseen, actionType: 'rollback' }), T0)).toMatchObject({
      reason: 'RolloutInProgress',
    });
  });
});
