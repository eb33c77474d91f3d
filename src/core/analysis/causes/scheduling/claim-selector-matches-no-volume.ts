import { pendingClaim } from './claim.ts';

export const claimSelectorMatchesNoVolume = pendingClaim({
  obstacle: ['selector'],
  means: 'The selector of the claim matches no volume.',
  todo: 'Correct the selector of the claim, or the labels of the volume.',
  when: 'The claim is pending, and no volume of its class has the labels of its selector.',
});
