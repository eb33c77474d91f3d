/**
 * Healings that helped, for longer than their actions are kept: that one workload was healed ten times in a week is
 * known from them. Little of each is kept, and they are read as a part of history.
 */
import type { Instant } from '../std/clock.ts';
import { HOUR_MS, type PastAction } from './history.ts';
import { DELIVERED } from './target/oscillation.ts';

export const DAY_MS = 24 * HOUR_MS;
/** A fault that comes back is known by the rhythm of a week: load, backups, releases. */
export const WEEK_MS = 7 * DAY_MS;

/** The most that a policy may allow in a week: of one workload no more of them are ever counted. */
export const MAX_PER_WORKLOAD = 50;
/**
 * Beside the 900,000 bytes of the ledger in a ConfigMap of 1 MiB. A workload takes about 60 bytes and 14 for each
 * healing: 1,300 that were healed once, or 500 that were healed ten times.
 */
const MAX_BYTES = 100_000;

/** By `namespace/UID of the outermost controller`: when it was healed, the newest first. */
export type Healings = Readonly<Record<string, readonly Instant[]>>;

/** Seen to have helped. That somebody was told heals nothing. A cordon that is taken back was counted when it came. */
export const isHealing = ({ phase, type, executed, dryRun, ended, completedAt }: PastAction): boolean =>
  phase === 'Succeeded' &&
  type !== 'uncordon' &&
  executed &&
  !dryRun &&
  ended !== DELIVERED &&
  completedAt !== undefined;

const workloadKey = ({ targetNamespace = '', rootUid }: Pick<PastAction, 'targetNamespace' | 'rootUid'>): string =>
  `${targetNamespace}/${rootUid}`;

export const healingsIn = (actions: readonly PastAction[]): Healings => {
  const found: Record<string, Instant[]> = {};
  for (const action of actions.filter(isHealing)) (found[workloadKey(action)] ??= []).push(action.completedAt ?? 0);
  return found;
};

/** Those of the last week. When there is no room, workloads go whose last healing is the longest ago. */
export function mergedHealings(all: readonly Healings[], now: Instant): Healings {
  const byKey = new Map<string, Set<Instant>>();
  for (const [key, times] of all.flatMap((one) => Object.entries(one))) {
    const known = byKey.get(key) ?? new Set<Instant>();
    for (const at of times) if (at > now - WEEK_MS) known.add(at);
    byKey.set(key, known);
  }
  const rows = [...byKey]
    .filter(([, times]) => times.size > 0)
    .map(([key, times]) => [key, [...times].toSorted((a, b) => b - a).slice(0, MAX_PER_WORKLOAD)] as const)
    .toSorted(([a, times], [b, others]) => (others[0] ?? 0) - (times[0] ?? 0) || (a < b ? -1 : 1));
  let bytes = 2;
  const fitting = rows.findIndex((row) => {
    bytes += JSON.stringify(row).length;
    return bytes > MAX_BYTES;
  });
  return Object.fromEntries(fitting === -1 ? rows : rows.slice(0, fitting));
}

/** Names a healing, whether its action or only this much of it is known. */
export const healingUid = (action: Pick<PastAction, 'targetNamespace' | 'rootUid' | 'completedAt'>): string =>
  `healed/${workloadKey(action)}/${action.completedAt}`;

/** As a part of history: what is not known of an action any more is empty. */
export const actionsOf = (healings: Healings): readonly PastAction[] =>
  Object.entries(healings).flatMap(([key, times]) => {
    const [namespace = '', rootUid = ''] = key.split('/');
    return times.map((completedAt): PastAction => {
      const known = { rootUid, completedAt, ...(namespace !== '' && { targetNamespace: namespace }) };
      return {
        ...known,
        uid: healingUid(known),
        namespace,
        name: '',
        targetUid: rootUid,
        targetKind: '',
        template: '',
        triggers: [],
        dryRun: false,
        phase: 'Succeeded',
        executed: true,
        createdAt: completedAt,
      };
    });
  });
