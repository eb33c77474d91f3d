import { NO_ROOM } from '../cures.ts';
import { misfit, onNodes } from './misfit.ts';

export const deviceClaimUnmet = misfit({
  blockers: ['device'],
  means: 'The pod claims devices (dynamic resource allocation), and no node has those that it asks for free.',
  todo: 'Look at the ResourceClaim and its DeviceClass: `kubectl get resourceclaims,resourceslices -A`. Free a device, correct the selector, or look whether the driver runs.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} have no devices free that its ResourceClaim asks for.`,
  cures: NO_ROOM,
});
