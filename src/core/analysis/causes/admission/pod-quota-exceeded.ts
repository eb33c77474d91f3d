import { quotaOn } from './quota.ts';

export const podQuotaExceeded = quotaOn({
  resource: String.raw`(?:count/)?pods`,
  means: 'A quota of the namespace allows no more pods.',
  todo: 'Raise the quota, or end pods that are not needed.',
});
