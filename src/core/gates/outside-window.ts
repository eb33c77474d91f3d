import { Cron } from 'croner';
import type { Instant } from '../../std/clock.ts';
import { ALLOW, type Gate, type HealingWindow, refuse } from '../proposal.ts';

/** Now is outside every `allow` window, or inside a `deny` window, which wins. */
export const outsideWindow: Gate = {
  reason: 'OutsideWindow',
  check: ({ policy }, now) => {
    const windows = policy?.safety.windows ?? [];
    const denied = windows.find((window) => window.type === 'deny' && openUntil(window, now) !== undefined);
    if (denied !== undefined) return refuse('OutsideWindow', `inside the deny window ${describe(denied)}`, openUntil(denied, now));
    const allowed = windows.filter((window) => window.type === 'allow');
    if (allowed.length === 0 || allowed.some((window) => openUntil(window, now) !== undefined)) return ALLOW;
    const starts = allowed.map((window) => nextStart(window, now)).filter((at) => at !== undefined);
    return refuse('OutsideWindow', `outside every allow window (${allowed.map(describe).join('; ')})`, starts.length > 0 ? Math.min(...starts) : undefined);
  },
};

/** When the window that is open now closes; undefined when it is closed. */
function openUntil(window: HealingWindow, now: Instant): Instant | undefined {
  const start = nextStart(window, now - window.durationMs);
  return start !== undefined && start <= now ? start + window.durationMs : undefined;
}

function nextStart(window: HealingWindow, after: Instant): Instant | undefined {
  return new Cron(window.schedule, { timezone: window.timeZone, paused: true }).nextRun(new Date(after))?.getTime();
}

const describe = (window: HealingWindow): string => `"${window.schedule}" ${window.timeZone} for ${Math.round(window.durationMs / 60_000)}m`;
