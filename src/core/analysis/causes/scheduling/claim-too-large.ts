import { pendingClaim } from './claim.ts';

export const claimTooLarge = pendingClaim({
  obstacle: ['size'],
  means: 'The claim asks for more than any volume has.',
  todo: 'Ask for less, or offer a larger volume.',
  when: 'The claim is pending, and every volume that would do is smaller than it asks for.',
});
