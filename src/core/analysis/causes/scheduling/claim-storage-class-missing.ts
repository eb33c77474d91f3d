import { pendingClaim } from './claim.ts';

export const claimStorageClassMissing = pendingClaim({
  obstacle: ['class'],
  means: 'The claim asks for a storage class that is not there, or that no volume has.',
  todo: 'Correct storageClassName of the claim, or create the class. A claim has to be created anew for that.',
  when: 'The claim is pending; its class is not there, or volumes are of another class.',
});
