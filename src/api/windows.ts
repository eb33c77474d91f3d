/** `safetyRules.windows[]`: stretches of time that begin by a cron expression. */
import { Cron } from 'croner';
import { type Instant, toTimestamp } from '../std/clock.ts';

export interface WindowState {
  readonly inside: boolean;
  /** When that changes. Undefined: no further start is known. */
  readonly until: Instant | undefined;
}

/** Overlapping windows are joined; after this many the answer is "inside, look again then". */
const MAX_JOINED = 64;

/**
 * A function from an instant to whether a window is open then, or a sentence that says what is wrong with the
 * expression.
 */
export function compileWindow(
  schedule: string,
  timeZone: string,
  durationMs: number,
): ((now: Instant) => WindowState) | string {
  if (schedule.trim().split(/\s+/).length !== 5 && !schedule.startsWith('@'))
    return 'schedule must have five fields: minute hour day month weekday';
  let cron: Cron;
  try {
    cron = new Cron(schedule, { timezone: timeZone, paused: true });
    // The zone is looked at only when a start is computed.
    cron.nextRun(toTimestamp(0));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return error.message.replace(/^CronPattern: /, '');
    throw error;
  }
  // Whole seconds, as cron has them; the library reads a string as an instant because of its Z.
  const startAfter = (at: Instant): Instant | undefined => cron.nextRun(toTimestamp(at))?.getTime();
  return (now) => {
    const start = startAfter(now - durationMs);
    if (start === undefined) return { inside: false, until: undefined };
    if (start > now) return { inside: false, until: start };
    let end = start + durationMs;
    for (
      let joined = 0, next = startAfter(start);
      joined < MAX_JOINED && next !== undefined && next <= end;
      joined++, next = startAfter(next)
    ) {
      end = next + durationMs;
    }
    return { inside: true, until: end };
  };
}
