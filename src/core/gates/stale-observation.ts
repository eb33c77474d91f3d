import { ALLOW, type Gate, refuse } from './proposal.ts';

/** What is seen may be older than what was done (I10, I11). */
export const staleObservation: Gate = {
  reason: 'StaleObservation',
  check: ({ stale }) => (stale === undefined ? ALLOW : refuse('StaleObservation', stale)),
  passed: () => 'nothing that was read is known to be out of date',
};
