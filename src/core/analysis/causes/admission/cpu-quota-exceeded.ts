import { quotaOn } from './quota.ts';

export const cpuQuotaExceeded = quotaOn({
  resource: String.raw`(?:requests\.|limits\.)?cpu`,
  means: 'A quota of the namespace has no CPU left for the pods that are to be made.',
  todo: 'Raise the quota, or let the pods of the namespace ask for less CPU.',
});
