/** The lap over one policy: gather → core → commit of its status, which is written only when it is due. */
import type { HealingPolicy } from '../../api/policy.ts';
import { MAX_EPISODES, type PolicyStatus } from '../../api/policy-status.ts';
import { metricsNews, readyLine, refusedNews, tamperedNews } from '../../core/target/announcements.ts';
import { isPersisted } from '../../core/target/kept-episode.ts';
import type { Stop } from '../../core/target/mass-failure-stop.ts';
import { type MetricHealth, metricProblems } from '../../core/target/metric-health.ts';
import type { PolicyProblem } from '../../core/target/policy-problems.ts';
import { type Held, heldBy, policyStatus, type StatusInput } from '../../core/target/policy-status.ts';
import { unusedProtections } from '../../core/target/silences.ts';
import { namespacesOf } from '../../core/target/scope.ts';
import { statusDue, UNUSED_MS } from '../../core/target/status-due.ts';
import { smallerRoom } from '../../core/target/status-room.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import { openCircuit } from '../../core/gates/circuit-open.ts';
import { KubeError } from '../../kube/errors.ts';
import type { WorkQueue } from '../../kube/queue.ts';
import { type Clock, type Instant, toMicroTime } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { wellFormed } from '../../std/well-formed.ts';
import type { AuditHealth } from '../audit-health.ts';
import { stopNow } from '../cached-facts.ts';
import type { Seeing, Stores, Voice } from '../roles.ts';
import { type PolicyBook, type PolicyEntry, policyRef } from './policy-book.ts';

/** The watch shows a write within some milliseconds. */
const RECHECK_OWN_WRITE_MS = 50;
/** A watch that has broken is open again by then. */
const RECHECK_GONE_MS = 10_000;
const DAY_MS = 24 * 3_600_000;

/** The figures that the lap reads from past actions and from metrics. */
export interface PolicySeen {
  readonly metrics: readonly MetricHealth[];
  readonly actionsTaken: number;
  readonly lastActionTime: Instant | undefined;
  /** The mass-failure stop that is in force. */
  readonly stop: Stop | undefined;
  /** Rules of protection that match nothing, in a sentence. */
  readonly unused: string | undefined;
  /** What holds the whole operator back. */
  readonly held: Held | undefined;
  /** Why the breaker of the policy is open, and until when. */
  readonly circuit: { readonly message: string; readonly until: Instant } | undefined;
  /** Why people are not told of what happens in its namespace. */
  readonly untold: string | undefined;
  /** What is kept of the stop of what fails together. */
  readonly commonCause: PolicyStatus['commonCause'] | undefined;
  /** `some`: this process has not looked at the others yet. */
  readonly looked: 'all' | 'some';
}

export interface PolicyLap {
  readonly clock: Pick<Clock, 'now'>;
  readonly book: Pick<PolicyBook, 'get'>;
  /**
   * Watches the kinds of the policy's resources, and no others for it; says which of them cannot be read. Undefined:
   * the policy is gone, or cannot be used.
   */
  readonly watchKinds: (key: string, policy: HealingPolicy | undefined) => Promise<readonly PolicyProblem[]>;
  readonly gather: (entry: PolicyEntry, now: Instant) => PolicySeen;
  readonly policies: Pick<Stores['policies'], 'visible' | 'writeStatus'>;
  readonly voice: Pick<Voice, 'announce' | 'logger' | 'traces'> & {
    readonly observer: Pick<Voice['observer'], 'statusRefused'>;
  };
  readonly wakes: { readonly targetQueue: Pick<WorkQueue, 'add'> };
}

export async function policyLap(lap: PolicyLap, key: string): Promise<ReconcileResult> {
  const { book, clock, policies } = lap;
  const entry = book.get(key);
  const policy = entry?.policy;
  const pausedUntil = entry === undefined ? undefined : pauseAfterLast(entry, clock.now());
  // While thousands change, most wakes come within the pause: its kinds are watched already.
  if (pausedUntil !== undefined && entry?.watchedFor === policy) return { wakeAt: pausedUntil };
  const unreadable = await lap.watchKinds(key, policy);
  if (entry === undefined) return {};
  const now = clock.now();
  entry.unknownKinds = unreadable;
  entry.watchedFor = policy;
  if (!policies.visible(key)) return { wakeAt: now + RECHECK_OWN_WRITE_MS };
  if (pausedUntil !== undefined && now < pausedUntil) return { wakeAt: pausedUntil };

  const seen = lap.gather(entry, now);
  // When all targets are well no other lap notices that it has ended.
  entry.massFailure = seen.stop;
  // A status of some targets would lose the episodes of the others. The last look at one of them wakes the policy.
  if (seen.looked === 'some') return {};
  entry.madeAt = now;
  // As the server keeps it, so that it is not written again and again.
  const next = wellFormed(policyStatus(statusInput(entry, seen), now));
  const due = statusDue(
    {
      next,
      previous: entry.status,
      states: [...entry.targets.values()].map(({ state }) => state),
      kinds: entry.unknownKinds.length > 0 ? 'some unknown' : 'all served',
      protections: seen.unused === undefined ? 'used' : 'some unused',
      audit: seen.held?.reason === 'AuditUnwritable' ? 'fails' : 'works',
      circuitUntil: seen.circuit?.until,
    },
    now,
  );

  const write =
    due.status === 'write' ? await writeStatus(lap, entry, { ...next, lastEvaluated: toMicroTime(now) }) : 'none';
  if (write === 'gone') return { wakeAt: now + RECHECK_GONE_MS };
  return due.wakeAt === undefined ? {} : { wakeAt: due.wakeAt };
}

/** Fewer episodes than these cost next to nothing, and are written at once. */
const FEW_EPISODES = 32;
/**
 * A status is made, sent and read back whole, which takes 0.1 ms for each open episode: with this pause that comes to
 * some hundredths of a core, however many there are. 250 episodes are written once a second. An episode of many
 * triggers is so much longer.
 */
const PAUSE_MS_PER_EPISODE = 4;
const PAUSE_MS_PER_TRIGGER = 1;
/** People who look at a policy in trouble see how it was a few seconds ago. */
const MAX_PAUSE_MS = 10_000;
/**
 * An action that is decided waits for its episode to stand in the status (law 4). It waits for so much less, since the
 * limits of actions bound how often that is: an action costs one status more at most. Of more episodes than there are
 * places, some always wait for their turn, and shorter pauses would go on for as long as the outage does.
 */
const SHORTER_FOR_ACTIONS = 16;

function pauseAfterLast(entry: PolicyEntry, now: Instant): Instant | undefined {
  const { open, madeAt, policy } = entry;
  const { size } = open;
  // A clock that was set back does not make the pause longer.
  if (size <= FEW_EPISODES || madeAt === undefined || now < madeAt) return undefined;
  const perEpisode = Math.max(PAUSE_MS_PER_EPISODE, (policy?.triggers.length ?? 0) * PAUSE_MS_PER_TRIGGER);
  const pause = Math.min(MAX_PAUSE_MS, size * perEpisode);
  const until = madeAt + (size <= MAX_EPISODES && entry.awaitsStatus ? pause / SHORTER_FOR_ACTIONS : pause);
  return now < until ? until : undefined;
}

function statusInput(
  entry: PolicyEntry,
  { metrics, actionsTaken, lastActionTime, held, circuit, untold, commonCause, unused }: PolicySeen,
): StatusInput {
  return {
    generation: entry.object.metadata.generation ?? 0,
    policy: entry.policy,
    problems: [...entry.problems, ...entry.unknownKinds, ...metricProblems(metrics)],
    targets: [...entry.targets.values()],
    previous: entry.status,
    ...given({ doubt: entry.doubt, room: entry.room, refusal: entry.refusal }),
    massFailure: entry.massFailure,
    ...given({ held, circuit: circuit?.message, untold, commonCause, unused }),
    metrics,
    actionsTaken,
    lastActionTime,
  };
}

async function writeStatus(lap: PolicyLap, entry: PolicyEntry, status: PolicyStatus): Promise<'written' | 'gone'> {
  const { policies, voice, wakes } = lap;
  const { doubt } = entry;
  try {
    entry.object = await policies.writeStatus(entry.object, status);
  } catch (error) {
    // Somebody has deleted it meanwhile, as the watch is about to tell. Where the watch does not, the next one fails.
    if (error instanceof KubeError && error.status === 404 && entry.missing !== 'once') {
      entry.missing = 'once';
      return 'gone';
    }
    refused(lap, entry, error);
    throw error;
  }
  const news = metricsNews(entry.status, status);
  if (news !== undefined) {
    voice.logger.warn({ policy: entry.key, reason: news.reason }, news.message);
    voice.announce([policyRef(entry)], news);
  }
  const before = entry.status;
  const line = readyLine(before, status);
  if (line !== undefined) voice.logger[line.level]({ policy: entry.key, reason: line.reason }, line.text);
  entry.status = status;
  voice.traces?.statusWritten(entry, before, status);
  entry.missing = undefined;
  entry.refusal = undefined;
  if (doubt !== undefined) {
    entry.doubt = undefined;
    voice.announce([policyRef(entry)], tamperedNews(entry.key, doubt));
  }
  // Their episodes stand in the status now: what was decided may be created (law 4).
  for (const id of entry.open) {
    const { decision, ref, state } = entry.targets.get(id) ?? {};
    if (decision?.kind === 'propose' && ref !== undefined && state !== undefined)
      if (isPersisted(entry.episode(ref.uid), state)) wakes.targetQueue.add(id);
  }
  return 'written';
}

/** What somebody else wrote first, what is gone, and what passes by itself is no refusal of this status. */
const PASSING = new Set([404, 408, 409, 429]);

/** An older status stands there: people are told by other ways, and the next one is shorter when that may help. */
function refused({ clock, voice }: PolicyLap, entry: PolicyEntry, error: unknown): void {
  if (!(error instanceof KubeError) || error.status === undefined || PASSING.has(error.status)) return;
  const tooLong = error.status === 413 || /too (large|long)/i.test(error.message);
  if (error.status >= 500 && !tooLong) return;
  if (tooLong) entry.room = smallerRoom(entry.room, clock.now());
  voice.observer.statusRefused();
  if (entry.refusal === undefined) voice.announce([policyRef(entry)], refusedNews(entry.key, error.message));
  entry.refusal = error.message;
}

interface PolicyRecords {
  readonly history: Pick<Seeing['history'], 'taken' | 'healing' | 'outcomesOf'>;
  readonly metricsOf: (policy: HealingPolicy | undefined) => readonly MetricHealth[];
  readonly world: Pick<Seeing['world'], 'paused' | 'isReading' | 'isComplete' | 'ofKind'> & {
    readonly events: Pick<Seeing['world']['events'], 'isReading'>;
  };
  readonly scope: Seeing['scope'];
  readonly shared: Seeing['shared'];
}

/** All objects of a kind are looked through for it, which is not done in every lap. */
function unusedNow(
  { world, scope }: Pick<PolicyRecords, 'world' | 'scope'>,
  entry: PolicyEntry,
  now: Instant,
): string | undefined {
  const { policy } = entry;
  if (policy === undefined || policy.safety.protectedResources.length === 0) return undefined;
  const { generation } = policy;
  const known = entry.protections;
  if (known?.generation === generation && known.at <= now && now < known.at + UNUSED_MS) return known.unused;
  const namespaces = namespacesOf(policy, scope);
  const unused = unusedProtections(policy, (rule) =>
    world.isComplete(rule) ? world.ofKind(rule, namespaces && ['', ...namespaces]) : undefined,
  );
  entry.protections = { generation, at: now, unused };
  return unused;
}

/** Whether what it selects or counts is being read for the first time. */
const isReading = (world: PolicyRecords['world'], { policy, countsEvents }: PolicyEntry): boolean =>
  world.isReading(policy?.selector.resources ?? []) || (countsEvents && world.events.isReading);

const heldTogether = (message: string | undefined): Held | undefined =>
  message === undefined ? undefined : { reason: 'CommonCause', message };

export const gatherPolicy =
  (
    { history, metricsOf, world, shared, scope }: PolicyRecords,
    { trail, untold }: { readonly trail: Pick<AuditHealth, 'failure'>; readonly untold: Voice['untold'] },
  ): PolicyLap['gather'] =>
  (entry, now) => {
    const { namespace = '' } = entry.object.metadata;
    const taken = history.taken(entry.uid, now - DAY_MS);
    return {
      metrics: metricsOf(entry.policy),
      unused: unusedNow({ world, scope }, entry, now),
      actionsTaken: taken.count,
      lastActionTime: taken.lastAt,
      held: heldBy(world.paused(), trail.failure()) ?? heldTogether(shared.in(namespace)),
      circuit: entry.policy && openCircuit(entry.policy, history.outcomesOf(entry.policy), now),
      untold: untold(namespace),
      commonCause: shared.keptFor(entry),
      looked: entry.unseen > 0 || isReading(world, entry) ? 'some' : 'all',
      stop: stopNow(entry, entry.population(history.healing(entry.uid)), now),
    };
  };
