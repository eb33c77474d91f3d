import type { Cause } from '../../finding.ts';
import { containerEvidence } from '../facts.ts';
import { type Ended, endedSo, runMs } from './ending.ts';

/** Longer than a start takes: what runs this long and then lacks memory has grown meanwhile. */
const GROWING_MS = 600_000;

export const isSlow = (end: Ended): boolean => (runMs(end) ?? 0) > GROWING_MS;

export const memoryLeak: Cause<'Pod'> = {
  family: 'runtime',
  specificity: 'exact',
  means: 'The memory of the container grows until the kernel ends it.',
  todo: 'Look for the leak. A restart gives time; a higher limit gives a little more.',
  when: 'The last run ended with OOMKilled after more than ten minutes.',
  unless: 'The run was shorter: then the limit is too low from the start.',
  cures: { fits: ['restart', 'rollback', 'resize'], pointless: ['delete'], harmful: [] },
  kinds: ['Pod'],
  find(pod, snapshot) {
    const ended = endedSo(pod, snapshot, (end) => end.reason === 'OOMKilled' && isSlow(end));
    if (ended === undefined) return undefined;
    const minutes = Math.round((runMs(ended.end) ?? 0) / 60_000);
    return {
      text: `${snapshot.rootOf(pod).name} lacks memory after ${minutes} minutes of running: container ${ended.container.name} grows up to its limit.`,
      evidence: [containerEvidence(pod, ended.container)],
      likely: true,
    };
  },
};
