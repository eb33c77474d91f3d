import { given } from '../../../../std/given.ts';
import { nameOf, refusalOfPods, shopOf } from './refusal.ts';

export const serviceAccountMissing = refusalOfPods({
  means: 'The pods name a ServiceAccount that is not there.',
  todo: 'Create the ServiceAccount, or correct spec.serviceAccountName of the template.',
  when: 'A controller that lacks pods says FailedCreate with serviceaccount "…" not found.',
  message: /serviceaccount "([^"]+)" not found/,
  found(workload, [first = ''], snapshot) {
    const namespace = shopOf(workload);
    return {
      root: { kind: 'ServiceAccount', ...given({ namespace }), name: first },
      text: `Pods of ${nameOf(workload, snapshot)} cannot be made: ServiceAccount ${namespace}/${first} does not exist.`,
    };
  },
});
