/** The lap over one policy: gather → core → commit of its status, which is written only when it is due. */
import type { HealingPolicy } from '../../api/policy.ts';
import type { PolicyStatus } from '../../api/policy-status.ts';
import { isFinished } from '../../core/history.ts';
import { type MetricHealth, metricHealth, metricProblems } from '../../core/target/metric-health.ts';
import type { Stop } from '../../core/target/mass-failure-stop.ts';
import type { PolicyProblem } from '../../core/target/policy-problems.ts';
import { type Held, heldBy, policyStatus, type StatusInput } from '../../core/target/policy-status.ts';
import { statusDue } from '../../core/target/status-due.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { WorkQueue } from '../../kube/queue.ts';
import { type Clock, type Instant, toMicroTime } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { stopNow } from '../cached-facts.ts';
import { type PolicyBook, type PolicyEntry, policyRef } from './policy-book.ts';
import { tamperedNews } from '../../core/target/announcements.ts';
import type { Seeing, Stores, Voice } from '../roles.ts';

/** The watch shows a write within some milliseconds. */
const RECHECK_OWN_WRITE_MS = 50;
const DAY_MS = 24 * 3_600_000;

/** The figures that the lap reads from past actions and from metrics. */
export interface PolicySeen {
  readonly metrics: readonly MetricHealth[];
  readonly actionsTaken: number;
  readonly lastActionTime: Instant | undefined;
  /** The mass-failure stop that is in force. */
  readonly stop: Stop | undefined;
  /** What holds the whole operator back. */
  readonly held: Held | undefined;
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
  readonly voice: Pick<Voice, 'announce'>;
  readonly wakes: { readonly targetQueue: Pick<WorkQueue, 'add'> };
}

export async function policyLap(lap: PolicyLap, key: string): Promise<ReconcileResult> {
  const { book, clock, policies } = lap;
  const entry = book.get(key);
  const unreadable = await lap.watchKinds(key, entry?.policy);
  if (entry === undefined) return {};
  const now = clock.now();
  entry.unknownKinds = unreadable;
  if (!policies.visible(key)) return { wakeAt: now + RECHECK_OWN_WRITE_MS };

  const seen = lap.gather(entry, now);
  // When all targets are well no other lap notices that it has ended.
  entry.massFailure = seen.stop;
  const next = policyStatus(statusInput(entry, seen), now);
  const due = statusDue(
    {
      next,
      previous: entry.status,
      states: [...entry.targets.values()].map(({ state }) => state),
      kinds: entry.unknownKinds.length > 0 ? 'some unknown' : 'all served',
      audit: seen.held?.reason === 'AuditUnwritable' ? 'fails' : 'works',
    },
    now,
  );

  if (due.status === 'write') await write(lap, entry, { ...next, lastEvaluated: toMicroTime(now) });
  return due.wakeAt === undefined ? {} : { wakeAt: due.wakeAt };
}

function statusInput(entry: PolicyEntry, { metrics, actionsTaken, lastActionTime, held }: PolicySeen): StatusInput {
  return {
    generation: entry.object.metadata.generation ?? 0,
    policy: entry.policy,
    problems: [...entry.problems, ...entry.unknownKinds, ...metricProblems(metrics)],
    targets: [...entry.targets.values()],
    previous: entry.status,
    ...given({ doubt: entry.doubt }),
    massFailure: entry.massFailure,
    ...given({ held }),
    metrics,
    actionsTaken,
    lastActionTime,
  };
}

async function write(lap: PolicyLap, entry: PolicyEntry, status: PolicyStatus): Promise<void> {
  const { policies, voice, wakes } = lap;
  const { doubt } = entry;
  entry.object = await policies.writeStatus(entry.object, status);
  entry.status = status;
  if (doubt !== undefined) {
    entry.doubt = undefined;
    voice.announce([policyRef(entry)], tamperedNews(entry.key, doubt));
  }
  // Their episodes stand in the status now: what was decided may be created (law 4).
  for (const [id, { decision }] of entry.targets) if (decision.kind === 'propose') wakes.targetQueue.add(id);
}

interface PolicyRecords {
  readonly history: Pick<Seeing['history'], 'all' | 'healing'>;
  readonly metrics: Pick<Seeing['metrics'], 'answerTo'>;
  readonly world: Pick<Seeing['world'], 'paused'>;
}

export const gatherPolicy =
  (
    { history, metrics, world }: PolicyRecords,
    trail: { readonly failure: () => string | undefined },
  ): PolicyLap['gather'] =>
  (entry, now) => {
    const own = history
      .all()
      .filter((action) => action.policyUid === entry.uid && (action.executed || !isFinished(action)));
    const times = own.map(({ createdAt }) => createdAt);
    const last = Math.max(0, ...times);
    return {
      metrics: metricHealth(entry.policy?.triggers ?? [], (trigger) => metrics.answerTo(trigger)?.result),
      actionsTaken: times.filter((at) => at > now - DAY_MS).length,
      lastActionTime: last === 0 ? undefined : last,
      held: heldBy(world.paused(), trail.failure()),
      stop: stopNow(entry, history.healing(entry.uid), now),
    };
  };
