import { nameOf, refusalOfPods, shopOf } from './refusal.ts';

export const namespaceTerminating = refusalOfPods({
  means: 'The namespace is being deleted, so that nothing new is made in it.',
  todo: 'Nothing, when the namespace is meant to go. Look at its finalizers when it does not go.',
  when: 'A controller that lacks pods says FailedCreate with: because it is being terminated.',
  message: /(because it is being terminated)/,
  found(workload, [first = ''], snapshot) {
    const namespace = shopOf(workload);
    return {
      root: { kind: 'Namespace', name: namespace ?? first },
      text: `No pods of ${nameOf(workload, snapshot)} are made: namespace ${namespace} is being deleted.`,
    };
  },
});
