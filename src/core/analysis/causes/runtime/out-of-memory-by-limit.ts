import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { containerEvidence, containerOf, foundBy, heard, isUnwell } from '../facts.ts';
import { endedSo } from './ending.ts';
import { isSlow } from './memory-leak.ts';

/** runc says it of a process that is killed before it has become the container's. */
const AT_START = /OOM-?killed|memory limit too low|container init was OOM/i;

export const outOfMemoryByLimit: Cause<'Pod'> = {
  family: 'runtime',
  specificity: 'exact',
  means: 'The container needs more memory than its limit allows, and the kernel ends it.',
  todo: 'Raise the memory limit of the template, or let the program use less.',
  when: 'The last run ended with OOMKilled, or the runtime says that the first process was OOM-killed.',
  unless: 'The run took longer than ten minutes: then MemoryLeak is likelier.',
  cures: { fits: ['resize', 'patch', 'rollback'], pointless: ['delete', 'drain'], harmful: [] },
  kinds: ['Pod'],
  find(pod, snapshot) {
    if (isUnwell(pod, snapshot.at)) {
      const atStart = heard(snapshot, pod, { reasons: ['FailedCreatePodSandBox', 'Failed'], message: AT_START });
      if (atStart !== undefined)
        return foundBy(
          atStart,
          `${snapshot.rootOf(pod).name} cannot start: its memory limit is too low for its first process.`,
        );
    }
    const ended = endedSo(pod, snapshot, ({ reason }) => reason === 'OOMKilled');
    if (ended === undefined || isSlow(ended.end)) return undefined;
    const { container } = ended;
    const limit = containerOf(pod, container.name)?.resources?.limits?.['memory'];
    return {
      text: `${snapshot.rootOf(pod).name} is ended by the kernel: container ${container.name} needs more than its memory limit of ${limit ?? 'its pod'}.`,
      evidence: [
        containerEvidence(pod, container),
        fieldEvidence(refOf(pod), `limits:${container.name}`, `memory limit of ${container.name}: ${limit ?? 'none'}`),
      ],
    };
  },
};
