/** A policy's status from what is known of its targets. */

import { MAX_MESSAGE } from '../../api/fields.ts';
import { POLICY_CONDITIONS } from '../../api/names.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { Blocked, PolicyStatus, TriggerStatus } from '../../api/policy-status.ts';
import { fromTimestamp, type Instant, toTimestamp } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import type { TargetRef } from '../observation.ts';
import type { RemediationReason } from '../reasons/index.ts';
import type { ReadyReason } from '../reasons/policies.ts';
import type { TriggerState } from './episode.ts';
import { episodeOf, isFiring } from './kept-episode.ts';
import { type MetricHealth, NOT_EVALUATED } from './metric-health.ts';
import type { PolicyProblem } from './policy-problems.ts';
import { byEpisode, byNeed, bytesIn, type Detail, fitted, type Room } from './status-room.ts';
import type { TargetView } from './target-view.ts';

export interface Held {
  readonly reason: Extract<RemediationReason, 'Suspended' | 'AuditUnwritable' | 'CommonCause'>;
  readonly message: string;
}

/** The kill switch first: a person has thrown it. */
export const heldBy = (paused: string | undefined, audit: string | undefined): Held | undefined =>
  paused !== undefined
    ? { reason: 'Suspended', message: paused }
    : ifGiven(audit, (problem) => ({
        reason: 'AuditUnwritable' as const,
        message: `${problem}; nothing acts until it can be written again`,
      }));

export interface StatusInput {
  readonly generation: number;
  /** Undefined when nothing of the policy can be used. */
  readonly policy: HealingPolicy | undefined;
  readonly problems: readonly PolicyProblem[];
  readonly targets: readonly TargetView[];
  readonly previous: PolicyStatus;
  /** Why the status that was found was not believed. */
  readonly doubt?: string;
  readonly massFailure: PolicyStatus['massFailure'] | undefined;
  /** What holds the whole operator back. */
  readonly held?: Held;
  /** Why the breaker of the policy is open. */
  readonly circuit?: string;
  /** Why people are not told of what happens in its namespace. */
  readonly untold?: string;
  readonly commonCause?: PolicyStatus['commonCause'];
  /** Rules of protection that match nothing, in a sentence. */
  readonly unused?: string;
  readonly metrics: readonly MetricHealth[];
  readonly actionsTaken: number;
  readonly lastActionTime: Instant | undefined;
  /** How long the status may be, where the server has refused a longer one. */
  readonly room?: Room;
  /** Why the server refused the last one. */
  readonly refusal?: string;
}

export function policyStatus(input: StatusInput, now: Instant): PolicyStatus {
  const { policy, targets, previous, metrics } = input;
  const open = targets.filter(({ state }) => state.startedAt !== undefined).toSorted(byEpisode);
  const needs = byNeed(open);
  const triggers = (policy?.triggers ?? []).map(({ name }) =>
    seenTrigger(name, open, metrics.find(({ trigger }) => trigger === name)?.problem),
  );
  const counted = new Set((policy?.triggers ?? []).flatMap(({ name, type }) => (type === 'event' ? [name] : [])));
  const lines = {
    observedGeneration: input.generation,
    targets: {
      matched: targets.length,
      unhealthy: targets.filter(({ standing }) => standing === 'unhealthy').length,
      unknown: targets.filter(({ standing }) => standing === 'unknown').length,
    },
    activeTriggers: triggers.filter(({ state }) => state === 'Firing').map(({ name }) => name),
    firing: open.filter(({ state }) => Object.values(state.triggers).some(isFiring)).length,
    actionsTaken: input.actionsTaken,
    ...given({
      lastActionTime: ifGiven(input.lastActionTime, toTimestamp),
      lastEvaluated: previous.lastEvaluated,
      massFailure: input.massFailure,
      commonCause: input.commonCause,
    }),
  };
  const render = ({ firingTargets, blocked: most, episodes: places }: Detail): PolicyStatus => {
    const placed = new Set(needs.slice(0, places));
    const refusals = open.filter((view) => isRefused(view) || (view.decision.kind === 'propose' && !placed.has(view)));
    const blocked = refusals.slice(0, most).map(blockedOf);
    const episodes = open.filter((view) => placed.has(view)).map((view) => episodeOf(view, counted));
    return {
      ...lines,
      conditions: conditionsOf(input, { omitted: open.length - episodes.length, open: open.length }, now),
      triggers: triggers.map((trigger) => triggerStatus(trigger, firingTargets)),
      ...given({
        blocked: blocked.length > 0 ? blocked : undefined,
        blockedOmitted: countOf(refusals.length - blocked.length),
        episodes: episodes.length > 0 ? episodes : undefined,
        episodesOmitted: countOf(open.length - episodes.length),
      }),
    };
  };
  return fitted(render, open.length, bytesIn(input.room, now));
}

const countOf = (left: number): number | undefined => (left > 0 ? left : undefined);

/** Two statuses that differ in `lastEvaluated` alone say the same. */
export function saysTheSame(a: PolicyStatus, b: PolicyStatus): boolean {
  const { lastEvaluated: _a, ...left } = a;
  const { lastEvaluated: _b, ...right } = b;
  // What this process has written itself has its keys in the same order.
  if (JSON.stringify(left) === JSON.stringify(right)) return true;
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)]),
        )
      : value;

interface SeenTrigger {
  readonly name: string;
  readonly state: TriggerStatus['state'];
  readonly firing: readonly { readonly ref: TargetRef; readonly trigger: TriggerState }[];
  readonly problem: MetricHealth['problem'];
}

function seenTrigger(name: string, targets: readonly TargetView[], problem: MetricHealth['problem']): SeenTrigger {
  const states = targets.flatMap(({ ref, state }) =>
    state.triggers[name] === undefined ? [] : [{ ref, trigger: state.triggers[name] }],
  );
  const firing = states.filter(({ trigger }) => isFiring(trigger));
  const state =
    firing.length > 0 ? 'Firing' : states.length > 0 ? 'Pending' : problem === undefined ? 'Inactive' : 'Unknown';
  return { name, state, firing, problem };
}

function triggerStatus({ name, state, firing, problem }: SeenTrigger, most: number): TriggerStatus {
  const shown = firing.slice(0, most).map(({ ref, trigger }) => ({
    target: ref,
    since: toTimestamp(trigger.firingSince ?? trigger.since),
    ...given({ value: ifGiven(trigger.value, String) }),
  }));
  return {
    name,
    state,
    ...given({
      firing: shown.length > 0 ? shown : undefined,
      firingOmitted: firing.length > shown.length ? firing.length - shown.length : undefined,
      lastError: problem === undefined ? undefined : `${problem.reason}: ${problem.message}`.slice(0, MAX_MESSAGE),
    }),
  };
}

const isRefused = ({ decision: { kind } }: TargetView): boolean =>
  kind === 'blocked' || kind === 'exhausted' || kind === 'would';

const NO_ROOM = 'the status has no room for its episode at the moment; it is healed when its turn comes';

/** Of one that is refused, or that could be healed and has no place in the status. */
function blockedOf({ ref: target, decision }: TargetView): Blocked {
  const message = 'message' in decision ? decision.message.slice(0, 1024) : NO_ROOM;
  switch (decision.kind) {
    case 'nothing':
    case 'inFlight':
      return { target, reason: 'NoRoom', message };
    case 'propose':
      return { target, action: decision.action.name, reason: 'NoRoom', message };
    case 'exhausted':
      return { target, reason: decision.reason, message };
    case 'would':
      return { target, action: decision.action.name, reason: 'MonitorOnly', message };
    case 'blocked': {
      const { action, reason, until } = decision;
      return { target, reason, message, ...given({ action, until: ifGiven(until, toTimestamp) }) };
    }
  }
}

interface Left {
  readonly open: number;
  readonly omitted: number;
}

/** Only where something is left out. */
function statusComplete({ refusal, room }: StatusInput, { open, omitted }: Left) {
  const type = POLICY_CONDITIONS.statusComplete;
  const left = `${omitted} of ${open} episodes are not in the status`;
  if (refusal !== undefined || room !== undefined) {
    const why = `the API server refused a longer status${refusal === undefined ? '' : ` (${refusal})`}; ${left}`;
    return [{ type, status: 'False' as const, reason: 'StatusRefused' as const, message: why.slice(0, MAX_MESSAGE) }];
  }
  if (omitted === 0) return [];
  return [{ type, status: 'False' as const, reason: 'NoRoom' as const, message: `${left}; they take turns` }];
}

function conditionsOf(input: StatusInput, left: Left, now: Instant) {
  const { problems, previous, generation, metrics } = input;
  const first = problems[0];
  const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const ready =
    first === undefined
      ? { type: POLICY_CONDITIONS.ready, status: 'True' as const, ...evaluated(input) }
      : {
          type: POLICY_CONDITIONS.ready,
          status: 'False' as const,
          reason: first.reason,
          message: `${first.path}: ${first.message}${rest}`,
        };
  const allowed = { type: POLICY_CONDITIONS.remediationAllowed, ...stopOf(input) };
  return [
    ready,
    allowed,
    ...metricsAvailable(metrics, previous),
    ...statusTrusted(input, now),
    ...statusComplete(input, left),
    ...peopleTold(input),
  ].map((condition) => {
    const old = previous.conditions?.find(({ type }) => type === condition.type);
    const since = old?.status === condition.status ? old.lastTransitionTime : toTimestamp(now);
    return { ...condition, observedGeneration: generation, lastTransitionTime: since };
  });
}

function evaluated({ policy, targets, unused }: StatusInput): {
  readonly reason: ReadyReason;
  readonly message: string;
} {
  if (policy?.suspend === true)
    return { reason: 'Ready', message: 'the policy can be used; spec.suspend is true, and nothing is evaluated' };
  if (targets.length === 0)
    return { reason: 'MatchesNothing', message: 'the policy is evaluated, and its selector matches no object' };
  if (unused !== undefined) return { reason: 'ProtectsNothing', message: `the policy is evaluated, and ${unused}` };
  return { reason: 'Ready', message: 'the policy is evaluated' };
}

const NOT_ALLOWED = { status: 'False' } as const;
const stopped = (reason: RemediationReason, message: string) => ({ ...NOT_ALLOWED, reason, message });

/** The first stop that is in force: those that people set before those that pass by themselves. */
function stopOf({ policy, massFailure, held, circuit }: StatusInput) {
  if (policy?.suspend) return stopped('Suspended', 'spec.suspend is true');
  if (held !== undefined) return stopped(held.reason, held.message);
  if (massFailure !== undefined) return stopped('MassFailure', massFailure.message);
  if (circuit !== undefined) return stopped('CircuitOpen', circuit);
  return { status: 'True' as const, reason: 'Allowed' as const, message: 'no stop is in force' };
}

/** People look at a policy at least once a day, and find it there. */
const DOUBT_SHOWN_MS = 24 * 3_600_000;

/** Only where there was something to doubt. */
function statusTrusted({ doubt, previous }: StatusInput, now: Instant) {
  const type = POLICY_CONDITIONS.statusTrusted;
  const old = previous.conditions?.find((condition) => condition.type === type);
  if (doubt !== undefined) {
    const message = `${doubt}. It was not believed: what stood in it is forgotten`.slice(0, MAX_MESSAGE);
    return [{ type, status: 'False' as const, reason: 'StatusTampered', message }];
  }
  const shownUntil = (fromTimestamp(old?.lastTransitionTime) ?? 0) + DOUBT_SHOWN_MS;
  return old !== undefined && now < shownUntil ? [old] : [];
}

/** Only while a channel fails. */
function peopleTold({ untold }: StatusInput) {
  if (untold === undefined) return [];
  const type = POLICY_CONDITIONS.peopleTold;
  const message = `${untold}. The Events say the same`.slice(0, MAX_MESSAGE);
  return [{ type, status: 'False' as const, reason: 'ChannelFailing' as const, message }];
}

/** Absent for policies without metric triggers. */
function metricsAvailable(metrics: readonly MetricHealth[], previous: PolicyStatus) {
  if (metrics.length === 0) return [];
  const type = POLICY_CONDITIONS.metricsAvailable;
  const bad =
    metrics.find(({ problem }) => problem !== undefined && problem.reason !== NOT_EVALUATED) ??
    metrics.find(({ problem }) => problem !== undefined);
  if (bad?.problem === undefined) {
    const warnings = [...new Set(metrics.flatMap((one) => one.warnings))];
    const message =
      warnings.length === 0
        ? 'every query was answered'
        : `every query was answered, with warnings: ${warnings.join('; ')}`;
    return [{ type, status: 'True' as const, reason: 'Available', message: message.slice(0, MAX_MESSAGE) }];
  }
  const { reason, message } = bad.problem;
  if (reason !== NOT_EVALUATED)
    return [
      { type, status: 'False' as const, reason, message: `trigger ${bad.trigger}: ${message}`.slice(0, MAX_MESSAGE) },
    ];
  // A restart of the operator says nothing new until the first round is over.
  const old = previous.conditions?.find((condition) => condition.type === type);
  return [old ?? { type, status: 'Unknown' as const, reason, message: `trigger ${bad.trigger}: ${message}` }];
}
