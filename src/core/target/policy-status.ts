/** A policy's status from what is known of its targets, and back again after a restart. */
import type { Episode, PolicyStatus, TriggerStatus } from '../../api/policy-status.ts';
import { MAX_BLOCKED, MAX_EPISODES, MAX_FIRING_TARGETS } from '../../api/policy-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import { POLICY_CONDITIONS } from '../../api/names.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import { fromTimestamp, type Instant, toMicroTime, toTimestamp } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import { afterRestart, type TriggerState } from './episode.ts';
import { type Decision, HEALTHY, type Standing, type TargetState } from './evaluate-target.ts';
import type { TargetRef } from '../observation.ts';
import type { RemediationReason } from '../reasons/index.ts';
import { type MetricHealth, NOT_EVALUATED } from './metric-health.ts';
import type { PolicyProblem } from './policy-problems.ts';

export interface TargetView {
  readonly ref: TargetRef;
  readonly state: TargetState;
  readonly standing: Standing;
  readonly decision: Decision;
}

export interface Held {
  readonly reason: Extract<RemediationReason, 'Suspended' | 'AuditUnwritable'>;
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
  readonly metrics: readonly MetricHealth[];
  readonly actionsTaken: number;
  readonly lastActionTime: Instant | undefined;
}

export function policyStatus(input: StatusInput, now: Instant): PolicyStatus {
  const { policy, targets, previous } = input;
  // Oldest episodes first, in whatever order they were evaluated: the same state of the world reads the same, and who
  // has room stays.
  const open = targets.filter(({ state }) => state.startedAt !== undefined).toSorted(byEpisode);
  const blocked = open.flatMap(({ ref, decision }) =>
    decision.kind === 'blocked' || decision.kind === 'exhausted' || decision.kind === 'would'
      ? [blockedOf(ref, decision)]
      : [],
  );
  const firing = open.filter(({ state }) =>
    Object.values(state.triggers).some((trigger) => trigger.state === 'firing'),
  );
  const triggers = (policy?.triggers ?? []).map(({ name }) =>
    triggerStatus(name, open, input.metrics.find(({ trigger }) => trigger === name)?.problem),
  );
  const episodes = open.slice(0, MAX_EPISODES);
  const counted = new Set((policy?.triggers ?? []).flatMap(({ name, type }) => (type === 'event' ? [name] : [])));
  return {
    observedGeneration: input.generation,
    conditions: conditionsOf(input, now),
    targets: {
      matched: targets.length,
      unhealthy: targets.filter(({ standing }) => standing === 'unhealthy').length,
      unknown: targets.filter(({ standing }) => standing === 'unknown').length,
    },
    triggers,
    activeTriggers: triggers.filter(({ state }) => state === 'Firing').map(({ name }) => name),
    firing: firing.length,
    actionsTaken: input.actionsTaken,
    ...given({
      lastActionTime: ifGiven(input.lastActionTime, toTimestamp),
      lastEvaluated: previous.lastEvaluated,
      blocked: blocked.length > 0 ? blocked.slice(0, MAX_BLOCKED) : undefined,
      blockedOmitted: blocked.length > MAX_BLOCKED ? blocked.length - MAX_BLOCKED : undefined,
      episodes: episodes.length > 0 ? episodes.map((view) => episodeOf(view, counted)) : undefined,
      massFailure: input.massFailure,
    }),
  };
}

const byEpisode = (a: TargetView, b: TargetView): number =>
  (a.state.startedAt ?? 0) - (b.state.startedAt ?? 0) || (a.ref.uid < b.ref.uid ? -1 : 1);

/** What has room in the status may act; the rest waits for room (law 4). */
export const isPersisted = (status: PolicyStatus, ref: TargetRef, state: TargetState): boolean =>
  status.episodes?.some(
    ({ target, startedAt, state: stage }) =>
      target.uid === ref.uid && fromTimestamp(startedAt) === state.startedAt && stage !== 'Pending',
  ) ?? false;

/** Two statuses that differ in `lastEvaluated` alone say the same. */
export function saysTheSame(a: PolicyStatus, b: PolicyStatus): boolean {
  const { lastEvaluated: _a, ...left } = a;
  const { lastEvaluated: _b, ...right } = b;
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

/** The state of one target as the status remembers it. */
export function restoredState(status: PolicyStatus, uid: string, now: Instant): TargetState {
  const episode = status.episodes?.find(({ target }) => target.uid === uid);
  if (episode === undefined) return HEALTHY;
  const lastSeen = fromTimestamp(status.lastEvaluated) ?? 0;
  const triggers: Record<string, TriggerState> = {};
  for (const { name, state, pendingSince, firingSince, lastSeen: seenAt, resolvedAt, value } of episode.triggers) {
    if (state === 'Resolved') continue;
    const since = fromTimestamp(pendingSince) ?? now;
    const firingAt = fromTimestamp(firingSince);
    const unknownSince = fromTimestamp(seenAt);
    const clearedAt = fromTimestamp(resolvedAt);
    const kept: TriggerState = {
      state: state === 'Firing' ? 'firing' : 'pending',
      since,
      detail: '',
      ...given({ firingSince: firingAt, unknownSince, clearedAt, value: ifGiven(value, Number) }),
    };
    triggers[name] = afterRestart(kept, lastSeen, now);
  }
  const startedAt = fromTimestamp(episode.startedAt);
  return {
    triggers,
    ...given({ startedAt }),
    step: episode.step,
    exhausted: episode.state === 'Exhausted',
  };
}

/** `counted`: triggers whose value another process cannot find out again. */
function episodeOf({ ref, state }: TargetView, counted: ReadonlySet<string>): Episode {
  const entries = Object.entries(state.triggers);
  const firing = entries.some(([, trigger]) => trigger.state === 'firing');
  return {
    target: ref,
    startedAt: toMicroTime(state.startedAt ?? 0),
    state: state.exhausted ? 'Exhausted' : firing ? 'Firing' : 'Pending',
    step: state.step,
    triggers: entries.map(([name, trigger]) => ({
      name,
      state: trigger.state === 'firing' ? 'Firing' : 'Pending',
      pendingSince: toMicroTime(trigger.since),
      ...given({ firingSince: ifGiven(trigger.firingSince, toMicroTime) }),
      // Written only while out of sight, so that watching alone writes nothing.
      ...given({
        lastSeen: ifGiven(trigger.unknownSince, toMicroTime),
        resolvedAt: ifGiven(trigger.clearedAt, toMicroTime),
        value: counted.has(name) ? ifGiven(trigger.value, String) : undefined,
      }),
    })),
  };
}

function triggerStatus(name: string, targets: readonly TargetView[], problem: MetricHealth['problem']): TriggerStatus {
  const states = targets.flatMap(({ ref, state }) =>
    state.triggers[name] === undefined ? [] : [{ ref, trigger: state.triggers[name] }],
  );
  const firing = states.filter(({ trigger }) => trigger.state === 'firing');
  const state =
    firing.length > 0 ? 'Firing' : states.length > 0 ? 'Pending' : problem === undefined ? 'Inactive' : 'Unknown';
  const shown = firing.slice(0, MAX_FIRING_TARGETS).map(({ ref, trigger }) => ({
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

function blockedOf(target: TargetRef, decision: Extract<Decision, { kind: 'blocked' | 'exhausted' | 'would' }>) {
  const message = decision.message.slice(0, 1024);
  if (decision.kind === 'exhausted') return { target, reason: decision.reason, message };
  if (decision.kind === 'would') return { target, action: decision.action.name, reason: 'MonitorOnly', message };
  return {
    target,
    reason: decision.reason,
    message,
    ...given({ action: decision.action, until: ifGiven(decision.until, toTimestamp) }),
  };
}

function conditionsOf(input: StatusInput, now: Instant) {
  const { problems, previous, generation, metrics } = input;
  const first = problems[0];
  const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const ready =
    first === undefined
      ? { type: POLICY_CONDITIONS.ready, status: 'True' as const, reason: 'Ready', message: 'the policy is evaluated' }
      : {
          type: POLICY_CONDITIONS.ready,
          status: 'False' as const,
          reason: first.reason,
          message: `${first.path}: ${first.message}${rest}`,
        };
  const allowed = { type: POLICY_CONDITIONS.remediationAllowed, ...stopOf(input) };
  return [ready, allowed, ...metricsAvailable(metrics, previous), ...statusTrusted(input, now)].map((condition) => {
    const old = previous.conditions?.find(({ type }) => type === condition.type);
    const since = old?.status === condition.status ? old.lastTransitionTime : toTimestamp(now);
    return { ...condition, observedGeneration: generation, lastTransitionTime: since };
  });
}

const NOT_ALLOWED = { status: 'False' } as const;
const stopped = (reason: RemediationReason, message: string) => ({ ...NOT_ALLOWED, reason, message });

/** The first stop that is in force: those that people set before those that pass by themselves. */
function stopOf({ policy, massFailure, held }: StatusInput) {
  if (policy?.suspend) return stopped('Suspended', 'spec.suspend is true');
  if (held !== undefined) return stopped(held.reason, held.message);
  if (massFailure !== undefined) return stopped('MassFailure', massFailure.message);
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
