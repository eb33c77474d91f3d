import { ifGiven } from '../../std/given.ts';
import { traitsOf } from '../actions/index.ts';
import { describeObject } from '../observation.ts';
import { ALLOW, type Gate, refuse } from './proposal.ts';
import { disruptionMarkOf, mayBeMarked, protectionOf } from './protection.ts';

/**
 * The target, one of its controllers or its namespace is marked as not to be touched, or it is what the operator itself
 * needs to run (I23, I24). For what takes pods away the marks of other programs that evict count too.
 */
export const protectedTarget: Gate = {
  reason: 'Protected',
  check: ({ policy, actionType, ...subject }) => {
    const why =
      protectionOf(subject, policy?.safety.protectedResources ?? []) ??
      (traitsOf(actionType).takesPods === true ? ifGiven(subject.object, disruptionMarkOf) : undefined);
    return why === undefined ? ALLOW : refuse('Protected', why);
  },
  passed: ({ policy, ...subject }) => {
    const looked = mayBeMarked(subject).map(describeObject).join(', ') || 'anything that is known';
    const rules = policy?.safety.protectedResources.length ?? 0;
    return `no mark on ${looked}${rules === 0 ? '' : `; none of ${rules} protectedResources covers the target`}`;
  },
};
