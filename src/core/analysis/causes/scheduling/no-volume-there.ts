import { pendingClaim } from './claim.ts';

export const noVolumeThere = pendingClaim({
  obstacle: ['none there'],
  means: 'There is no volume for the claim, and nothing that makes one.',
  todo: 'Create a volume of that class, or use a class with a provisioner.',
  when: 'The claim is pending, no volume is of its class, and the class has no provisioner.',
});
