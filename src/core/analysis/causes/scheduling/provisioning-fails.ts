import { pendingClaim } from './claim.ts';

export const provisioningFails = pendingClaim({
  obstacle: ['provisioner'],
  means: 'The provisioner of the class cannot make the volume.',
  todo: 'Read the message of the provisioner: quota of the cloud, parameters of the class, rights.',
  when: 'The claim is pending and has the event ProvisioningFailed.',
});
