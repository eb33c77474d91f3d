import { pendingClaim } from './claim.ts';

export const claimAccessModeMismatch = pendingClaim({
  obstacle: ['modes'],
  means: 'The claim asks for an access mode that no volume offers.',
  todo: 'Correct accessModes of the claim, or offer a volume that has them.',
  when: 'The claim is pending, and no volume of its class and selector has all of its access modes.',
});
