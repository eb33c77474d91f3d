import { nameOf, refusalOfPods, shopOf } from './refusal.ts';

export const webhookUnreachable = refusalOfPods({
  means: 'An admission webhook does not answer, and without its answer no pod is made.',
  todo: 'Bring the service of the webhook back. Restart nothing until it answers.',
  when: 'A controller that lacks pods says FailedCreate with: failed calling webhook "…".',
  message: /failed calling webhook "([^"]+)"/,
  found(workload, [first = ''], snapshot) {
    const namespace = shopOf(workload);
    return {
      root: { kind: 'ValidatingWebhookConfiguration', name: first },
      text: `Pods of ${nameOf(workload, snapshot)} in ${namespace} cannot be made: the admission webhook ${first} does not answer.`,
    };
  },
});
