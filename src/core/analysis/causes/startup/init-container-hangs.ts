import { fromTimestamp } from '../../../../std/clock.ts';
import type { Cause } from '../../finding.ts';
import { containerEvidence, containerOf, isUnwell } from '../facts.ts';
import { BAD_TEMPLATE } from '../cures.ts';

/** A migration of a large database takes minutes; most init containers take seconds. */
const LONG_MS = 300_000;

export const initContainerHangs: Cause<'Pod'> = {
  family: 'startup',
  specificity: 'place',
  means: 'An init container runs and does not end, so that the containers after it never start.',
  todo: 'Read its log: kubectl logs POD -c CONTAINER. Often it waits for a server or a name that is not there.',
  when: 'An init container has run for more than five minutes without a restart.',
  unless: 'It is a sidecar (restartPolicy: Always), which is to run for good.',
  cures: BAD_TEMPLATE,
  kinds: ['Pod'],
  find(pod, snapshot) {
    if (!isUnwell(pod, snapshot.at)) return undefined;
    const hanging = pod.status?.initContainerStatuses?.find(({ name, state }) => {
      const since = fromTimestamp(state?.running?.startedAt);
      return since !== undefined && snapshot.at - since > LONG_MS && containerOf(pod, name)?.restartPolicy !== 'Always';
    });
    if (hanging === undefined) return undefined;
    const since = fromTimestamp(hanging.state?.running?.startedAt);
    return {
      text: `${snapshot.rootOf(pod).name} does not start: init container ${hanging.name} does not end.`,
      evidence: [containerEvidence(pod, hanging)],
      ...(since !== undefined && { since }),
    };
  },
};
