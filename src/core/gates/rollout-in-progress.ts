import type { KubeObject } from '../../shapes/kube.ts';
import type { Workload } from '../../shapes/workloads.ts';
import { traitsOf } from '../actions/index.ts';
import { rolloutInProgress as underWay } from '../health.ts';
import { describeObject } from '../observation.ts';
import { ALLOW, type Gate, lineageOf, refuse } from './proposal.ts';

/**
 * Nothing tells that a rollout of these is stuck: they have no progress deadline. That the trigger has held for its
 * duration must do.
 */
const WITHOUT_DEADLINE: ReadonlySet<string> = new Set(['StatefulSet', 'DaemonSet']);

/** The target or one of its controllers is in the middle of a rollout that somebody else started (I23). */
export const rolloutInProgress: Gate = {
  reason: 'RolloutInProgress',
  check: (proposal) => {
    const { endsRollouts } = traitsOf(proposal.actionType);
    for (const one of lineageOf(proposal)) {
      if (endsRollouts && WITHOUT_DEADLINE.has(one.kind) && seen(one)) continue;
      const why = underWay(one);
      if (why !== undefined) return refuse('RolloutInProgress', why);
    }
    return ALLOW;
  },
  passed: (proposal) => `no rollout of ${lineageOf(proposal).map(describeObject).join(', ')} stands in the way`,
};

/** Its controller has seen its latest template: the rollout under way is the one to that template. */
const seen = (object: KubeObject): boolean => {
  const { metadata, status }: Workload = object;
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
};
