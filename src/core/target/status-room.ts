/**
 * What of a policy has room in its status, which has a budget of bytes. What is left out is counted in the status.
 *
 * When it is too long, detail goes in this order: targets listed for each trigger; refusals listed; then episodes.
 * Those that lose least go first: an episode in which nothing was done begins anew after a restart, and one in which
 * something was done is known from its actions.
 */
import { MAX_BLOCKED, MAX_EPISODES, MAX_FIRING_TARGETS, type PolicyStatus } from '../../api/policy-status.ts';
import type { Instant } from '../../std/clock.ts';
import type { TargetView } from './target-view.ts';

/**
 * etcd takes requests of 1.5 MiB, and the object has its spec, annotations of up to 256 KiB and managed fields beside
 * its status. https://etcd.io/docs/v3.5/dev-guide/limit/
 */
export const MAX_STATUS_BYTES = 512 * 1024;
/** Conditions and counts without any list are below this. */
const MIN_STATUS_BYTES = 16 * 1024;

/**
 * A status that was refused for its length is tried again with half. After this time twice as much is tried: whoever
 * made the limit may have lifted it.
 */
const ROOM_GROWS_MS = 3_600_000;

/** How long the status may be. */
export interface Room {
  readonly bytes: number;
  /** When it was made smaller. */
  readonly since: Instant;
}

/** Undefined: as much as ever. */
export const bytesIn = (room: Room | undefined, now: Instant): number =>
  room === undefined
    ? MAX_STATUS_BYTES
    : Math.min(MAX_STATUS_BYTES, room.bytes * 2 ** Math.floor((now - room.since) / ROOM_GROWS_MS));

export const smallerRoom = (room: Room | undefined, now: Instant): Room => ({
  bytes: Math.max(MIN_STATUS_BYTES, bytesIn(room, now) / 2),
  since: now,
});

/** How much of its lists a status shows. */
export interface Detail {
  readonly firingTargets: number;
  readonly blocked: number;
  readonly episodes: number;
}

const LISTS: readonly Omit<Detail, 'episodes'>[] = [
  { firingTargets: MAX_FIRING_TARGETS, blocked: MAX_BLOCKED },
  { firingTargets: 10, blocked: MAX_BLOCKED },
  { firingTargets: 3, blocked: 10 },
];
/** A person sees at least why some targets are not healed. */
const SHORTEST: Omit<Detail, 'episodes'> = { firingTargets: 0, blocked: 3 };

/** The longest status that has room; without episodes, when no other has. */
export function fitted(render: (detail: Detail) => PolicyStatus, open: number, bytes: number): PolicyStatus {
  const most = Math.min(open, MAX_EPISODES);
  for (const lists of LISTS) {
    const status = render({ ...lists, episodes: most });
    if (sizeOf(status) <= bytes) return status;
  }
  let places = most;
  let status = render({ ...SHORTEST, episodes: places });
  // Each turn leaves out at least one, and as many as are too many by their average length.
  for (let size = sizeOf(status); size > bytes && places > 0; size = sizeOf(status)) {
    places = Math.max(0, Math.min(places - 1, Math.floor((places * bytes) / size)));
    status = render({ ...SHORTEST, episodes: places });
  }
  return status;
}

const sizeOf = (status: PolicyStatus): number => Buffer.byteLength(JSON.stringify(status));

/**
 * Open episodes, those first that need a place most. An episode has to stand in the status before it may act (law 4).
 * Those that could act now take turns, so that one whose action cannot be created keeps no other waiting.
 */
export const byNeed = (open: readonly TargetView[]): readonly TargetView[] =>
  open.toSorted((a, b) => needOf(a) - needOf(b) || turnOf(a) - turnOf(b) || byEpisode(a, b));

/** Oldest first, in whatever order they were evaluated: the same state of the world reads the same. */
export const byEpisode = (a: TargetView, b: TargetView): number =>
  (a.state.startedAt ?? 0) - (b.state.startedAt ?? 0) || (a.ref.uid < b.ref.uid ? -1 : 1);

function needOf({ decision, state }: TargetView): number {
  if (decision.kind === 'propose') return 0;
  if (decision.kind === 'inFlight' || (state.step > 0 && !state.exhausted)) return 1;
  return state.exhausted ? 2 : 3;
}

const turnOf = ({ decision, triedAt }: TargetView): Instant => (decision.kind === 'propose' ? (triedAt ?? 0) : 0);
