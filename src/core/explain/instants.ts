import { type Instant, toTimestamp } from '../../std/clock.ts';

/** Timestamps have whole seconds; a second too early would be a promise that is not kept. */
export const secondAfter = (at: Instant): string => toTimestamp(Math.ceil(at / 1000) * 1000);
