/**
 * Events that were not written: each is counted, and the log names the first of a minute and how many came with it. A
 * storm of them makes a line a minute, not a line each.
 */
import { describeTarget } from '../core/observation.ts';
import type { EventDrop, EventRecorderConfig } from '../kube/event-recorder.ts';
import type { Clock, Instant } from '../std/clock.ts';
import { given, ifGiven } from '../std/given.ts';
import type { Logger, OperatorObserver } from './ports.ts';

/** People read a log by the minute. */
const SAID_EVERY_MS = 60_000;

interface Dropping {
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  readonly observer: Pick<OperatorObserver, 'eventDropped'>;
}

export function droppedEvents({ clock, logger, observer }: Dropping): NonNullable<EventRecorderConfig['onDropped']> {
  const said = new Map<EventDrop, { at: Instant; more: number }>();
  return ({ notice, why, error }) => {
    observer.eventDropped(why);
    const now = clock.now();
    const last = said.get(why);
    // A clock that was set back does not silence it.
    if (last !== undefined && now >= last.at && now < last.at + SAID_EVERY_MS) {
      last.more++;
      return;
    }
    said.set(why, { at: now, more: 0 });
    const { kind, namespace, name } = notice.about;
    const about = describeTarget({ kind, name, ...given({ namespace }) });
    const fields = { about, reason: notice.reason, why, ...given({ error: ifGiven(error, String) }) };
    const before = last === undefined || last.more === 0 ? {} : { alsoSinceLastLine: last.more };
    const message =
      'an Event was not written; others of the next minute are counted in kubeskippy_events_dropped_total';
    // The status of the object says the same as an Event that was one too many.
    logger[why === 'Spam' ? 'info' : 'warn']({ ...fields, ...before }, message);
  };
}
