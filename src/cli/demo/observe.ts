/**
 * From the cluster's objects to what became of a scenario. Pure; knows nothing of how the operator works, only of what
 * it leaves behind.
 */
import type { ActionStatus } from '../../api/action-status.ts';
import type { ActionType } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { PolicyStatus } from '../../api/policy-status.ts';
import type { EventObject, Pod } from '../../shapes/workloads.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { provenBy } from '../../core/action/verify-action.ts';
import { remedyText } from '../../core/analysis/standing.ts';
import { CAUSE_NAMES } from '../../core/analysis/causes/index.ts';
import type { AnnouncementReason } from '../../core/reasons/index.ts';
import type { Finish, Scenario } from './scenarios.ts';

/** Everything of one scenario, read at one time. */
export interface Seen {
  readonly at: Instant;
  readonly workload: KubeObject | undefined;
  readonly pods: readonly Pod[];
  readonly policy: PolicyStatus | undefined;
  readonly actions: readonly ActionSeen[];
  /** Events about the policy, and those that say why the workload or a pod of it is unwell. */
  readonly events: readonly EventObject[];
}

export interface ActionSeen {
  readonly name: string;
  readonly type: ActionType;
  readonly target: string;
  readonly status: ActionStatus;
}

/** The Event with which the operator says why something is unwell. */
export const CAUSE_FOUND = 'CauseFound' satisfies AnnouncementReason;

/** What it was before anything could have been done to it. */
interface Baseline {
  readonly uid: string;
  readonly generation: number;
  readonly pods: readonly string[];
}

export interface Progress {
  readonly scenario: Scenario;
  readonly baseline?: Baseline;
  readonly ready: number;
  /** What is wrong with its pods now. */
  readonly problem?: string;
  readonly brokeAt?: Instant;
  readonly brokenAs?: string;
  /** Why it is broken, and what its action does about that. */
  readonly why?: string;
  readonly outcome: Finish;
  /** Since when the outcome is what it is. */
  readonly outcomeAt: Instant;
  /** What was changed on it, by its UIDs, generation and template. */
  readonly touches: readonly string[];
  readonly actions: readonly ActionSeen[];
  /** The last word on it, for people. */
  readonly stage: string;
  readonly told: ReadonlySet<string>;
}

export interface News {
  readonly at: Instant;
  readonly scenario: string;
  readonly text: string;
}

/**
 * The pods of the examples are ready after 3 s; a busy machine at high speed takes some times that. Unready for longer
 * means broken.
 */
const STARTING_MS = 10_000;

export const begin = (scenario: Scenario, at: Instant): Progress => ({
  scenario,
  ready: 0,
  outcome: 'Unfinished',
  outcomeAt: at,
  touches: [],
  actions: [],
  stage: 'starts',
  told: new Set(),
});

export function observe(before: Progress, seen: Seen): { readonly progress: Progress; readonly news: readonly News[] } {
  const { scenario } = before;
  const pods = seen.pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const ready = pods.filter(isReady).length;
  const baseline = before.baseline ?? baselineOf(scenario, seen, pods);
  const problem = pods.map((pod) => problemOf(pod, seen.at)).find((text) => text !== undefined);
  const broke = before.brokeAt === undefined && problem !== undefined;
  // What breaks and is healed between two looks was not seen broken: then the operator's first Event tells since when.
  const firedAt = seen.events
    .filter(({ reason }) => reason === 'TriggerFiring')
    .map(timeOf)
    .toSorted((a, b) => a - b)[0];
  const brokeAt = before.brokeAt ?? (broke ? seen.at : firedAt);
  const brokenAs = before.brokenAs ?? problem;
  const touches = baseline === undefined ? [] : touchesOf(baseline, seen, pods);
  const facts = { scenario, seen, ready, touches, broken: brokeAt !== undefined, baseline, pods };
  const outcome = outcomeOf(facts);
  const fresh = seen.events
    .filter((event) => !before.told.has(event.metadata.uid ?? ''))
    // Timestamps of Events have whole seconds: within one, the order of a healing.
    .toSorted((a, b) => timeOf(a) - timeOf(b) || rankOf(a) - rankOf(b));
  const progress: Progress = {
    scenario,
    ready,
    outcome,
    outcomeAt: outcome === before.outcome ? before.outcomeAt : seen.at,
    touches,
    actions: seen.actions,
    stage: stageOf(seen, { outcome, broken: brokeAt !== undefined, ready }),
    told:
      fresh.length === 0 ? before.told : new Set([...before.told, ...fresh.map((event) => event.metadata.uid ?? '')]),
    ...given({ baseline, problem, brokeAt, brokenAs, why: before.why ?? whyOf(seen) }),
  };
  const breaking = broke ? [{ at: seen.at, scenario: scenario.name, text: `breaks: ${problem}` }] : [];
  return { progress, news: [...breaking, ...fresh.map((event) => newsOf(scenario, event))] };
}

/** By the first action that knows it; where none is taken, by the Event. */
function whyOf({ actions, events }: Seen): string | undefined {
  for (const { type, status } of actions) {
    const { cause, message = '', confidence = 'likely' } = status.analysis ?? {};
    const known = CAUSE_NAMES.find((name) => name === cause);
    if (known === undefined) continue;
    const remedy = remedyText([{ cause: known, confidence }], type);
    return [`${known}: ${message}`, remedy].filter(Boolean).join(' ');
  }
  return actions.length > 0 ? undefined : said(events.find(({ reason }) => reason === CAUSE_FOUND));
}

/** Without the name of its object, which stands beside it. */
const said = (event: EventObject | undefined): string | undefined => event?.message?.replace(/^[A-Z]\w+ \S+: /, '');

interface Facts {
  readonly scenario: Scenario;
  readonly seen: Seen;
  readonly ready: number;
  readonly touches: readonly string[];
  readonly broken: boolean;
  readonly baseline: Baseline | undefined;
  readonly pods: readonly Pod[];
}

function outcomeOf(facts: Facts): Finish {
  const { scenario, seen, ready, touches, broken, baseline, pods } = facts;
  if (baseline === undefined || seen.workload?.metadata.uid !== baseline.uid) return 'Unfinished';
  const { actions, policy } = seen;
  const well = ready === scenario.wanted && pods.length === scenario.wanted;
  const ended = (phase: string) => actions.some(({ status }) => status.phase === phase);
  const blockedFor = (reason: string) => policy?.blocked?.some((entry) => entry.reason === reason) ?? false;
  if (broken && well && ended('Succeeded') && (policy?.firing ?? 0) === 0) {
    if (scenario.reach === 'workload') return 'Healed';
    const kept = pods.filter((pod) => baseline.pods.includes(pod.metadata.uid ?? '')).length;
    return kept === scenario.wanted - 1 && seen.workload.metadata.generation === baseline.generation
      ? 'Healed'
      : 'Unfinished';
  }
  if (broken && !well && ended('Failed') && blockedFor('Exhausted')) return 'GaveUp';
  if (actions.length > 0 || touches.length > 0) return 'Unfinished';
  if (broken && blockedFor('Protected')) return 'LeftAlone';
  return !broken && well && policy?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
    ? 'Untouched'
    : 'Unfinished';
}

/** Set once all pods were made, which is before any of them can have been replaced. */
function baselineOf(scenario: Scenario, { workload }: Seen, pods: readonly Pod[]): Baseline | undefined {
  if (workload === undefined || pods.length < scenario.wanted) return undefined;
  return {
    uid: workload.metadata.uid ?? '',
    generation: workload.metadata.generation ?? 0,
    pods: pods.map(({ metadata }) => metadata.uid ?? ''),
  };
}

function touchesOf(baseline: Baseline, { workload }: Seen, pods: readonly Pod[]): readonly string[] {
  const touches: string[] = [];
  if (workload === undefined) return ['the workload is gone'];
  const { uid, generation } = workload.metadata;
  if (uid !== baseline.uid) touches.push('the workload was replaced');
  if (generation !== baseline.generation)
    touches.push(`its spec was changed (generation ${baseline.generation} → ${generation})`);
  const restartedAt = templateAnnotations(workload)[ANNOTATIONS.restartedAt];
  if (restartedAt !== undefined) touches.push(`restartedAt ${restartedAt}`);
  const gone = baseline.pods.filter((one) => !pods.some((pod) => pod.metadata.uid === one)).length;
  if (gone > 0) touches.push(`${gone} of ${baseline.pods.length} pods were replaced`);
  return touches;
}

function templateAnnotations(workload: KubeObject): Readonly<Record<string, string>> {
  const spec = workload['spec'] as
    | { readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } } }
    | undefined;
  return spec?.template?.metadata?.annotations ?? {};
}

const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

/** What `kubectl get pods` would make somebody worry about. */
function problemOf(pod: Pod, now: Instant): string | undefined {
  for (const { state, lastState } of pod.status?.containerStatuses ?? []) {
    const waiting = state?.waiting?.reason;
    const ended = state?.terminated ?? lastState?.terminated;
    if (ended?.reason === 'OOMKilled') return 'OOMKilled';
    if (waiting !== undefined && waiting !== 'ContainerCreating' && waiting !== 'PodInitializing') return waiting;
    if (state?.terminated !== undefined && state.terminated.exitCode !== 0)
      return `Error (exit code ${state.terminated.exitCode})`;
    if (state?.running !== undefined && lastState?.terminated !== undefined && !isReady(pod)) return 'Restarting';
  }
  const startedAt = fromTimestamp(pod.status?.startTime);
  const old = startedAt !== undefined && now - startedAt > STARTING_MS;
  return old && pod.status?.phase === 'Running' && !isReady(pod) ? 'NotReady' : undefined;
}

function stageOf(
  seen: Seen,
  now: { readonly outcome: Finish; readonly broken: boolean; readonly ready: number },
): string {
  const done: Readonly<Record<Finish, string>> = {
    Healed: 'healed',
    GaveUp: 'gave up: a person has to look',
    LeftAlone: 'left alone: protected',
    Untouched: 'never touched',
    Unfinished: '',
  };
  if (now.outcome !== 'Unfinished') return done[now.outcome];
  const last = seen.actions.at(-1);
  if (last?.status.phase === 'InProgress') return progressOf(last, seen.at);
  if (last !== undefined) return `${last.type}: ${last.status.phase ?? 'Pending'}`;
  const blocked = seen.policy?.blocked?.[0];
  if (blocked !== undefined) return `held back: ${blocked.reason}`;
  if ((seen.policy?.firing ?? 0) > 0) return 'fires';
  return now.broken ? 'broken; the trigger waits' : 'starts';
}

/** `checking (8 s of 10 s)`: it has been well for so long, and counts as healed when it stays so. */
function progressOf({ type, status }: ActionSeen, now: Instant): string {
  const { verification } = status;
  if (verification === undefined) return `${type}s it`;
  const healthySince = fromTimestamp(verification.healthySince);
  if (healthySince === undefined) return `${type} done; does it help?`;
  const wanted = provenBy({ status }, healthySince, fromTimestamp(verification.deadline) ?? now) - healthySince;
  const seconds = (ms: number): number => Math.floor(Math.max(0, ms) / 1000);
  return `checking (${Math.min(seconds(now - healthySince), seconds(wanted))} s of ${seconds(wanted)} s)`;
}

/** The operator's Events in the order of a healing, and how the demo says them. */
const WORDS: readonly (readonly [reason: string, words: string])[] = [
  ['TriggerFiring', 'fires'],
  ['CauseFound', 'why'],
  ['HealingBlocked', 'held back'],
  ['ApprovalRequired', 'waits for approval'],
  ['HealingStarted', 'acts'],
  ['TriggerResolved', 'resolved'],
  ['HealingSucceeded', 'it helped'],
  ['HealingFailed', 'it did not help'],
  ['HealingCancelled', 'cancelled'],
  ['EpisodeExhausted', 'gives up'],
];

const rankOf = ({ reason }: EventObject): number => WORDS.findIndex(([known]) => known === reason);
const timeOf = ({ eventTime, firstTimestamp, metadata }: EventObject): Instant =>
  fromTimestamp(eventTime) ?? fromTimestamp(firstTimestamp) ?? fromTimestamp(metadata.creationTimestamp) ?? 0;

/** Without the names of target and policy: they stand beside it. */
function newsOf(scenario: Scenario, event: EventObject): News {
  const { name } = scenario;
  const text = (said(event) ?? '')
    .replace(` of policy default/${name}`, '')
    .replace(/^trigger (\S+) (fires|has resolved): /, '$1: ')
    .replace(/^[A-Z]\w+ \S+ is not healed \((\w+)\)/, '$1')
    .replaceAll(' default/', ' ');
  const words = WORDS.find(([reason]) => reason === event.reason)?.[1] ?? event.reason;
  return { at: timeOf(event), scenario: name, text: `${words}: ${text}` };
}
