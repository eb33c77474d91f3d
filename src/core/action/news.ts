/** What people are told of an action: at its start, at its end, when it was taken back, and when it waits for them. */
import type { Phase } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { Announcement } from '../announcement.ts';
import type { Problem } from '../../api/problem.ts';
import { given } from '../../std/given.ts';
import { whyText } from '../analysis/account.ts';
import { describeTarget } from '../observation.ts';
import { targetOf } from './refs.ts';
import type { AnnouncementReason } from '../reasons/index.ts';

/** Phases that have an Event of their own. */
const REASONS: Readonly<Partial<Record<Phase, AnnouncementReason>>> = {
  Succeeded: 'HealingSucceeded',
  Failed: 'HealingFailed',
  Cancelled: 'HealingCancelled',
};

/** Of a change of status that was committed. */
export function newsOf(before: HealingAction, after: HealingAction): readonly Announcement[] {
  const end = [...endNews(before, after), ...doubtNews(before, after)];
  return [...end, ...approvalNews(before, after), ...undoNews(before, after)];
}

/** Of an action that cannot be read: the schema of the cluster lets through what ours refuses. */
export const unreadableNews = (problems: readonly Problem[]): Announcement => ({
  type: 'Warning',
  reason: 'ActionUnreadable',
  message: `it is left alone: ${problems.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
});

/** Of an action that waits for older ones of its namespace. */
export const noPlaceNews = (message: string): Announcement => ({
  type: 'Warning',
  reason: 'TooManyActions',
  message: `${message}. Others may wait behind it; delete those that are not needed`,
});

/** The first request is about to leave. */
export const startNews = (action: HealingAction): Announcement =>
  about(action, {
    type: 'Normal',
    reason: 'HealingStarted',
    message: action.status.message ?? 'started',
    ...quiet(action),
  });

/** A dry run changes nothing, and no channel follows it. */
const quiet = ({ spec }: HealingAction): Pick<Announcement, 'tell'> => (spec.dryRun ? { tell: 'nobody' } : {});

function endNews(before: HealingAction, after: HealingAction): readonly Announcement[] {
  const reason = before.phase === after.phase ? undefined : REASONS[after.phase];
  if (reason === undefined) return [];
  const type = after.phase === 'Succeeded' ? 'Normal' : 'Warning';
  return [about(after, { type, reason, message: after.status.message ?? '', ...quiet(after) })];
}

function doubtNews(before: HealingAction, after: HealingAction): readonly Announcement[] {
  if (after.status.reason !== 'StatusTampered' || before.phase === after.phase) return [];
  const message = `HealingAction ${after.namespace}/${after.name}: ${after.status.message ?? ''}`;
  return [about(after, { type: 'Warning', reason: 'StatusTampered', message, tell: 'people' })];
}

function approvalNews(before: HealingAction, after: HealingAction): readonly Announcement[] {
  if (after.status.reason !== 'AwaitingApproval' || before.status.reason === 'AwaitingApproval') return [];
  const { namespace, name, action, status } = after;
  const where = `HealingAction ${namespace}/${name}`;
  const decide = `Decide with: kubeskippy approve ${name} -n ${namespace} (or reject)`;
  const message = `${action.type} (${action.name}) ${status.message ?? 'waits for approval'}: ${where}. ${decide}`;
  // A dry run changes nothing, however it is decided.
  const tell = after.spec.dryRun ? 'nobody' : 'people';
  return [about(after, { type: 'Warning', reason: 'ApprovalRequired', message, tell })];
}

function undoNews(before: HealingAction, after: HealingAction): readonly Announcement[] {
  const { undo } = after.status;
  if (before.status.undo?.state !== 'InProgress' || undo === undefined || undo.state === 'InProgress') return [];
  const message = undo.message ?? '';
  return undo.state === 'Done'
    ? [about(after, { type: 'Normal', reason: 'HealingUndone', message })]
    : [about(after, { type: 'Warning', reason: 'UndoFailed', message, tell: 'people' })];
}

const about = (action: HealingAction, news: Announcement): Announcement => ({
  ...news,
  message: `${describeTarget(targetOf(action))}: ${news.message}`,
  ...given({ why: whyText(action.status.analysis, action.action.type) }),
});
