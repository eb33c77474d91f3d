import { quotaOn } from './quota.ts';

export const otherQuotaExceeded = quotaOn({
  resource: String.raw`(?!(?:requests\.|limits\.)?(?:cpu|memory)\b|(?:count/)?pods\b|requests\.storage\b|persistentvolumeclaims\b)[a-z][a-z0-9./-]*`,
  means: 'A quota of the namespace has nothing left of another resource that the pods ask for.',
  todo: 'Read the quota that the message names, and raise it or ask for less.',
});
