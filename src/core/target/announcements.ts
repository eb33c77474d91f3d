/** The announcements that an evaluation makes when it differs from the one before. */

import { POLICY_CONDITIONS } from '../../api/names.ts';
import type { PolicyStatus } from '../../api/policy-status.ts';
import { given } from '../../std/given.ts';
import { type AnalysisFacts, causeText } from '../analysis/standing.ts';
import type { Announcement } from '../announcement.ts';
import { describeTarget, type TargetRef } from '../observation.ts';
import { type Decision, type Evaluation, isChronic } from './evaluate-target.ts';

export interface TargetNews {
  readonly target: TargetRef;
  /** `namespace/name`. */
  readonly policy: string;
  /** Of the evaluation before; undefined: this process has not evaluated the target before. */
  readonly before: Decision | undefined;
  /** Before this evaluation, by the status: a restart of the operator tells people nothing a second time. */
  readonly was: 'exhausted' | 'open';
  /** Whether this process has told people in an earlier episode that the target is healed too often. */
  readonly chronic?: 'told';
  /** Whether actions of the policy change something. People need not act on the end of a dry run. */
  readonly runs: 'dry' | 'in earnest';
  readonly evaluation: Pick<Evaluation, 'changes' | 'decision' | 'state'>;
  /** Why the target is unwell, where it was looked. */
  readonly analysis?: AnalysisFacts;
  /** The last action of the ladder has told people of this episode. */
  readonly lastWord?: 'told';
}

export function announcementsOf(news: TargetNews): readonly Announcement[] {
  const { target, before, evaluation } = news;
  const { decision } = evaluation;
  const told: Announcement[] = evaluation.changes.map((change) => ofTrigger(news, change));
  const last = told.findLastIndex(({ reason }) => reason === 'TriggerResolved');
  const resolved = told[last];
  if (resolved !== undefined && isOver(evaluation.state)) told[last] = { ...resolved, ends: 'episode' };
  const blocked = newBlock(before, decision);
  if (blocked !== undefined)
    told.push({
      type: 'Warning',
      reason: 'HealingBlocked',
      message: `${describeTarget(target)} is not healed (${blocked.reason}): ${blocked.message}`,
    });
  if (decision.kind === 'would' && before?.kind !== 'would')
    told.push({ type: 'Normal', reason: 'HealingWithheld', message: `${describeTarget(target)}: ${decision.message}` });
  const end = givenUp(news);
  if (end !== undefined)
    told.push({
      type: 'Warning',
      reason: 'EpisodeExhausted',
      message: `no longer healed (${end.reason}): ${end.message}`,
      // One problem is told of once.
      tell: news.runs === 'dry' || (news.lastWord === 'told' && end.reason === 'Exhausted') ? 'nobody' : 'people',
      ...given({ why: news.analysis?.at === undefined ? undefined : `Why: ${causeText(news.analysis)}` }),
    });
  return told;
}

/**
 * Whether nothing fires any more. Where the ladder has ended and a trigger is pending, the episode goes on: a person
 * was told of it, and is not told again when it fires once more.
 */
const isOver = ({ triggers, startedAt, exhausted }: Evaluation['state']): boolean =>
  Object.values(triggers).every(({ state }) => state !== 'firing') && (startedAt === undefined || !exhausted);

/** The end of a ladder, or of healing that only hides a fault; undefined while it goes on, and once it was told. */
function givenUp({ was, chronic, evaluation: { decision } }: TargetNews): Stopped | undefined {
  if (was === 'exhausted') return undefined;
  if (decision.kind === 'exhausted') return decision;
  return decision.kind === 'blocked' && isChronic(decision) && chronic !== 'told' ? decision : undefined;
}

type Stopped = Extract<Decision, { readonly kind: 'exhausted' | 'blocked' }>;

/** `why`: the status was not believed. */
export const tamperedNews = (policy: string, why: string): Announcement => ({
  type: 'Warning',
  reason: 'StatusTampered',
  message: `HealingPolicy ${policy}: ${why}. It was not believed and is written anew: episodes and a mass-failure stop that stood in it are forgotten`,
  tell: 'people',
});

const whom = (stop: string): string =>
  stop === 'cluster'
    ? 'nothing'
    : stop.startsWith('namespace ')
      ? `nothing in ${stop}`
      : `no workload with ${stop.slice(6)}`;

/** `stop`: `cluster`, `namespace NAME` or `trait KIND NAME`. */
export const causeFoundNews = (stop: string, message: string): Announcement => ({
  type: 'Warning',
  reason: 'CommonCauseFound',
  message: `${whom(stop)} is healed automatically: ${message}. Healing resumes by itself when fewer than half as many fail`,
  tell: 'people',
});

export const causeOverNews = (stop: string): Announcement => ({
  type: 'Normal',
  reason: 'CommonCauseOver',
  message: `workloads fail together no longer (${stop}): healing resumes`,
});

/** `why`: what the API server said. */
export const refusedNews = (policy: string, why: string): Announcement => ({
  type: 'Warning',
  reason: 'StatusRefused',
  message: `HealingPolicy ${policy}: the API server refused its status, so that an older one stands there (${why}). A shorter one is tried`,
  tell: 'people',
});

const readyIn = ({ conditions }: PolicyStatus) => conditions?.find(({ type }) => type === POLICY_CONDITIONS.ready);

/** A line for the log where a status that was written says another thing of whether the policy can be used. */
export function readyLine(
  before: PolicyStatus,
  after: PolicyStatus,
): { readonly level: 'info' | 'warn'; readonly reason: string; readonly text: string } | undefined {
  const [was, is] = [readyIn(before), readyIn(after)];
  if (is?.reason === undefined || (is.status === was?.status && is.reason === was.reason)) return undefined;
  if (is.status === 'False')
    return { level: 'warn', reason: is.reason, text: `the policy is not ready: ${is.message ?? is.reason}` };
  return was?.status === 'False' ? { level: 'info', reason: is.reason, text: 'the policy is ready again' } : undefined;
}

const availabilityIn = ({ conditions }: PolicyStatus) =>
  conditions?.find(({ type }) => type === POLICY_CONDITIONS.metricsAvailable);

/** Of a status that was written. The one before stands in the cluster too: a restart of the operator tells no more. */
export function metricsNews(before: PolicyStatus, after: PolicyStatus): Announcement | undefined {
  const [was, is] = [availabilityIn(before)?.status, availabilityIn(after)];
  if (is?.status === 'False' && was !== 'False')
    return { type: 'Warning', reason: 'MetricsMissing', message: `(${is.reason}) ${is.message}` };
  return is?.status === 'True' && was === 'False'
    ? { type: 'Normal', reason: 'MetricsBack', message: is.message }
    : undefined;
}

/** The block that has just begun: one that goes on with other figures is the same block. */
export const newBlock = (
  before: Decision | undefined,
  decision: Decision,
): Extract<Decision, { readonly kind: 'blocked' }> | undefined =>
  decision.kind === 'blocked' && !(before?.kind === 'blocked' && before.reason === decision.reason)
    ? decision
    : undefined;

function ofTrigger(
  { target, policy, runs }: TargetNews,
  { trigger, change, detail }: Evaluation['changes'][number],
): Announcement {
  const tell = runs === 'dry' ? ({ tell: 'nobody' } as const) : {};
  const about = `${describeTarget(target)}: trigger ${trigger} of policy ${policy}`;
  return change === 'firing'
    ? { type: 'Warning', reason: 'TriggerFiring', message: `${about} fires: ${detail}`, ...tell }
    : { type: 'Normal', reason: 'TriggerResolved', message: `${about} has resolved: ${detail}`, ...tell };
}
