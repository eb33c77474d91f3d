import { nameOf, refusalOfPods, shopOf } from './refusal.ts';

export const limitRangeForbids = refusalOfPods({
  means: 'The pods ask for more or less than the LimitRange of the namespace allows.',
  todo: 'Change requests and limits of the template, or the LimitRange.',
  when: 'A controller that lacks pods says FailedCreate with the bound of a LimitRange.',
  message:
    /((?:maximum|minimum) (?:cpu|memory|[a-z.-]+) usage per (?:Container|Pod) is [^,.]+|must be less than or equal to (?:cpu|memory) limit)/,
  found(workload, [first = ''], snapshot) {
    const namespace = shopOf(workload);
    return {
      root: snapshot.rootOf(workload),
      text: `Pods of ${nameOf(workload, snapshot)} cannot be made: ${first}, says the LimitRange of namespace ${namespace}.`,
    };
  },
});
