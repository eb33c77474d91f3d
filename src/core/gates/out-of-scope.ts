import { describeTarget } from '../observation.ts';
import { ALLOW, type Gate, refuse } from './proposal.ts';

/** The target is gone, was replaced, or lies outside the policy's namespaces, selector and kinds (I8, I27). */
export const outOfScope: Gate = {
  reason: 'OutOfScope',
  check: ({ target, object, policy }) => {
    // The operator looks up the UID that a person has left out, before anything is decided.
    if (target.uid === '')
      return refuse(
        'OutOfScope',
        `the action does not say by its UID which ${describeTarget(target)} is meant: make another one with spec.targetResource.uid`,
      );
    if (object === undefined) return refuse('OutOfScope', `${describeTarget(target)} is gone`);
    if (object.metadata.uid !== target.uid)
      return refuse('OutOfScope', `${describeTarget(target)} was replaced by another object of the same name`);
    if (object.metadata.deletionTimestamp !== undefined)
      return refuse('OutOfScope', `${describeTarget(target)} is being deleted`);
    if (policy?.outOfScope !== undefined) return refuse('OutOfScope', policy.outOfScope);
    return ALLOW;
  },
  passed: ({ target, policy }) =>
    `${describeTarget(target)} is there${policy === undefined ? '' : ', and the policy selects it'}`,
};
