import { nameOf, refusalOfPods, shopOf } from './refusal.ts';

export const podSecurityForbids = refusalOfPods({
  means: 'The pods ask for rights that the namespace does not allow.',
  todo: 'Take the rights out of the template, or give the namespace another pod-security level.',
  when: 'A controller that lacks pods says FailedCreate with: violates PodSecurity.',
  message: /violates PodSecurity "([^"]+)"/,
  found(workload, [first = ''], snapshot) {
    const namespace = shopOf(workload);
    return {
      root: snapshot.rootOf(workload),
      text: `Pods of ${nameOf(workload, snapshot)} cannot be made: they violate the pod security level ${first} of namespace ${namespace}.`,
    };
  },
});
