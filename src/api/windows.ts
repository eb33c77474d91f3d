/**
 * `safetyRules.windows[]`: stretches of time that begin by a cron expression. A policy holds the expression, which is
 * data; it is compiled where it is used.
 */
import { Cron } from 'croner';
import { assert } from '../std/assert.ts';
import { type Instant, toTimestamp } from '../std/clock.ts';
import { memoised } from '../std/memo.ts';

/** When windows begin, and how long each is open. */
export interface WindowTimes {
  readonly schedule: string;
  readonly timeZone: string;
  readonly durationMs: number;
}

export interface WindowState {
  readonly inside: boolean;
  /** When that changes. Undefined: no further start is known. */
  readonly until: Instant | undefined;
}

/** One schedule takes 3 KB, so at most 3 MB: two windows each of 500 policies. */
const MAX_COMPILED = 1000;

interface Starts {
  readonly cron: Cron;
  /** The start that was found last, which is the next one for all of these instants. */
  known?: { readonly from: Instant; readonly start: Instant };
}

type Compiled = Starts | { readonly problem: string };

const compiled = memoised(MAX_COMPILED, (text): Compiled => {
  const [schedule = '', timezone = ''] = JSON.parse(text) as readonly string[];
  try {
    const cron = new Cron(schedule, { timezone, paused: true });
    // The zone is looked at only when a start is computed.
    cron.nextRun(toTimestamp(0));
    return { cron };
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      return { problem: error.message.replace(/^CronPattern: /, '') };
    throw error;
  }
});

const compile = ({ schedule, timeZone }: WindowTimes): Compiled => compiled(JSON.stringify([schedule, timeZone]));

/** What is wrong with it, in a sentence; undefined when it can be used. */
export function windowProblem(window: WindowTimes): string | undefined {
  const { schedule, durationMs } = window;
  if (durationMs <= 0) return 'duration must be more than 0';
  if (schedule.trim().split(/\s+/).length !== 5 && !schedule.startsWith('@'))
    return 'schedule must have five fields: minute hour day month weekday';
  const found = compile(window);
  return 'problem' in found ? found.problem : undefined;
}

/** Whether one of the windows is open at the instant. Callers check {@link windowProblem} first. */
export function windowAt(window: WindowTimes, now: Instant): WindowState {
  const { durationMs } = window;
  const found = compile(window);
  assert('cron' in found, 'a schedule is checked before it is used');
  const start = startAfter(found, now - durationMs);
  if (start === undefined) return { inside: false, until: undefined };
  // Where windows overlap, another one is open then: it is looked at again.
  return start > now ? { inside: false, until: start } : { inside: true, until: start + durationMs };
}

/** Remembered, since it takes a millisecond or two and is asked at each look at each object. */
function startAfter(starts: Starts, at: Instant): Instant | undefined {
  const { known } = starts;
  if (known !== undefined && at >= known.from && at < known.start) return known.start;
  // Whole seconds, as cron has them; the library reads a string as an instant because of its Z.
  const start = starts.cron.nextRun(toTimestamp(at))?.getTime();
  if (start !== undefined) starts.known = { from: at, start };
  return start;
}
