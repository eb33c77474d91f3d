import { quotaOn } from './quota.ts';

export const memoryQuotaExceeded = quotaOn({
  resource: String.raw`(?:requests\.|limits\.)?memory`,
  means: 'A quota of the namespace has no memory left for the pods that are to be made.',
  todo: 'Raise the quota, or let the pods of the namespace ask for less memory.',
});
