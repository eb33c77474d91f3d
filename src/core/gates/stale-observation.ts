import { ALLOW, type Gate, refuse } from './proposal.ts';

/** The data may be older than the last change that this operator made (I10, I11). */
export const staleObservation: Gate = {
  reason: 'StaleObservation',
  check: ({ stale }) => (stale === undefined ? ALLOW : refuse('StaleObservation', stale)),
  passed: () => 'nothing that was read is known to be out of date',
};
