import type { Cause } from '../../finding.ts';
import { containerEvidence, isUnwell, lastEnd } from '../facts.ts';
import { BAD_TEMPLATE } from '../cures.ts';

export const initContainerFails: Cause<'Pod'> = {
  family: 'startup',
  specificity: 'place',
  means: 'An init container ends with an error, so that the containers after it never start.',
  todo: 'Read the log of the init container: kubectl logs POD -c CONTAINER --previous.',
  when: 'An init container ended with an exit code other than 0, and the pod is not initialised.',
  unless: 'The init container ended well since.',
  cures: BAD_TEMPLATE,
  kinds: ['Pod'],
  find(pod, snapshot) {
    if (!isUnwell(pod, snapshot.at)) return undefined;
    const failing = pod.status?.initContainerStatuses?.find((container) => {
      const end = lastEnd(container);
      return (
        end !== undefined &&
        end.exitCode !== 0 &&
        container.state?.terminated?.exitCode !== 0 &&
        container.ready !== true
      );
    });
    if (failing === undefined) return undefined;
    return {
      text: `${snapshot.rootOf(pod).name} does not start: init container ${failing.name} ended with exit code ${lastEnd(failing)?.exitCode}.`,
      evidence: [containerEvidence(pod, failing)],
    };
  },
};
