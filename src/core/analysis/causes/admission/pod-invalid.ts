import { nameOf, refusalOfPods, shopOf } from './refusal.ts';

export const podInvalid = refusalOfPods({
  means: 'The template makes pods that the API server does not take.',
  todo: 'Correct the field that the message names.',
  when: 'A controller that lacks pods says FailedCreate with: is invalid.',
  message: /Pod "[^"]+" is invalid: ([^\n]{1,200})/,
  found(workload, [first = ''], snapshot) {
    const namespace = shopOf(workload);
    return {
      root: snapshot.rootOf(workload),
      text: `Pods of ${nameOf(workload, snapshot)} in ${namespace} cannot be made: ${first}`,
    };
  },
});
