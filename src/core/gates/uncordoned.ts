import { ANNOTATIONS } from '../../api/names.ts';
import { toTimestamp } from '../../std/clock.ts';
import { actionOf } from '../actions/action-kind.ts';
import { isCordoned } from '../actions/cordon.ts';
import { traitsOf } from '../actions/index.ts';
import type { PastAction } from '../history.ts';
import { describeTarget } from '../observation.ts';
import { ALLOW, type Gate, type Proposal, refuse } from './proposal.ts';

/**
 * A person has uncordoned the node that an action of this episode had cordoned: they want it to take pods, whatever the
 * trigger says. A node was drained elsewhere after its administrator had uncordoned it.
 */
export const uncordoned: Gate = {
  reason: 'Uncordoned',
  check: (proposal) => {
    const cordoning = takenBack(proposal);
    if (cordoning === undefined) return ALLOW;
    const { namespace, name, completedAt = 0 } = cordoning;
    const what = describeTarget(proposal.target);
    return refuse(
      'Uncordoned',
      `somebody has uncordoned ${what} since action ${namespace}/${name} (ended at ${toTimestamp(completedAt)}); it is left to them until this episode ends`,
    );
  },
  passed: ({ actionType }) =>
    traitsOf(actionType).takesNode === true
      ? 'nobody has uncordoned the node in this episode'
      : 'the action takes no node from the pods',
};

/** The action of this episode whose mark the node bears, while the node is cordoned no more. */
function takenBack({ actionType, object, history, episodeStart }: Proposal): PastAction | undefined {
  if (traitsOf(actionType).takesNode !== true || object === undefined || isCordoned(object)) return undefined;
  const uid = actionOf(object.metadata.annotations?.[ANNOTATIONS.attempt]);
  return history.find(
    (action) =>
      action.uid === uid &&
      // Its own cordon, the operator has taken back itself.
      action.type !== 'uncordon' &&
      action.episodeStart !== undefined &&
      action.episodeStart === episodeStart &&
      // An action that failed has uncordoned the node itself, unless somebody was faster.
      (action.phase === 'Succeeded' || action.ended === 'Superseded'),
  );
}
