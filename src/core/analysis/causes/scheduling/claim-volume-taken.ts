import { pendingClaim } from './claim.ts';

export const claimVolumeTaken = pendingClaim({
  obstacle: ['taken'],
  means: 'The only volume that would do belongs to another claim.',
  todo: 'Delete the other claim when it is not needed, take spec.claimRef out of a released volume, or offer another volume.',
  when: 'The claim is pending, and every volume that would do has the reference of another claim.',
});
