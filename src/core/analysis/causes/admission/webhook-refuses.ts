import { nameOf, refusalOfPods, shopOf } from './refusal.ts';

export const webhookRefuses = refusalOfPods({
  means: 'An admission webhook refuses the pods.',
  todo: 'Read the message of the webhook in the event, and change the template, or ask the owner of the webhook.',
  when: 'A controller that lacks pods says FailedCreate with: admission webhook "…" denied the request.',
  message: /admission webhook "([^"]+)" denied the request/,
  found(workload, [first = ''], snapshot) {
    const namespace = shopOf(workload);
    return {
      root: snapshot.rootOf(workload),
      text: `Pods of ${nameOf(workload, snapshot)} in ${namespace} are refused by the admission webhook ${first}.`,
    };
  },
});
