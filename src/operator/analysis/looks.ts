/**
 * Looks at targets that are unwell, beside the laps: a lap asks for one and goes on, and is woken when something was
 * found. What is kept here may be lost by a restart: then it is looked again.
 *
 *     asked for ─▶ known, and not old? ─yes─▶ nothing
 *                   └no─▶ queue ─▶ reads ─▶ rules, bundle ─▶ kept; who asked is woken
 *
 * The queue is served by namespace in turns. Where the queue or the memory is full, the namespace with the most gives a
 * place to the others, so that a crowd of one team keeps no look from another.
 */
import { setMaxListeners } from 'node:events';
import type { AnalysisResult } from '../../api/action-status.ts';
import { accountOf, saysTheSame } from '../../core/analysis/account.ts';
import { analyze } from '../../core/analysis/analyze.ts';
import { type Bundle, bundleOf } from '../../core/analysis/bundle.ts';
import type { CauseName } from '../../core/analysis/causes/index.ts';
import { refKey } from '../../core/analysis/evidence.ts';
import type { Analysis } from '../../core/analysis/finding.ts';
import { sceneOf } from '../../core/analysis/scene.ts';
import type { Snapshot } from '../../core/analysis/snapshot.ts';
import type { TargetRef } from '../../core/observation.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { Logger, LookOutcome, OperatorObserver } from '../ports.ts';
import { ByNamespace } from './by-namespace.ts';

/** One look at a target: what the rules found, and the evidence. */
export interface Looked {
  readonly at: Instant;
  readonly analysis: Analysis<CauseName>;
  readonly bundle: Bundle;
  readonly account: AnalysisResult;
}

/** A look is some twenty reads at ten a second: what fails in a crowd is looked at one after the other. */
const CONCURRENT = 2;
/** Of one look at once: a dozen kinds of the namespace, and the workload with its pods. */
const MAX_READS = 20;
/** Ten minutes of looks. More at once have one cause, which the first of them tell. */
const MAX_QUEUED = 300;
/** More than are unwell at once in a cluster that can still be healed; each holds a bundle of some 12 KB. */
const MAX_KEPT = 500;
/**
 * A target in trouble is asked for once a minute at least. One that was not for so long gives its place to another of
 * its namespace. Before, of a larger crowd each would be forgotten before what was seen of it is used.
 */
const FORGOTTEN_MS = 300_000;
/**
 * How long what was seen counts as new: twice as long each time that a look says the same as the one before. A hundred
 * targets that nobody heals cost a look in every twenty seconds then.
 */
const FRESH_MS = 120_000;
const MAX_FRESH_MS = 32 * 60_000;
/**
 * So many looks in a row that found the same in a namespace, each in its target itself, tell what the others of the
 * crowd will find. From then on one of them is looked at in five seconds, until it finds something else: an API server
 * has enough to do while thousands fail. A decision that waits for its cause has its look at once.
 */
const ALIKE = 30;
const ALIKE_PAUSE_MS = 5000;
/** What was found longer ago than this belongs to another crowd. */
const CROWD_MS = 60_000;
/** As many as there are looks. */
const MAX_CROWDS = 500;

export interface LooksDependencies {
  readonly clock: Pick<Clock, 'now'>;
  readonly look: (target: TargetRef, signal: AbortSignal) => Promise<Snapshot>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly observer: Pick<OperatorObserver, 'analysed'>;
  /** A look has ended. `account`: undefined when it failed. */
  readonly onLooked: (target: TargetRef, seen: LookEnd) => void;
  /** Ends with the operator. */
  readonly signal: AbortSignal;
}

export interface LookEnd {
  /** Absent when the look failed. */
  readonly account?: AnalysisResult;
  /** `old`: the look before it, in the same episode, had said the same. */
  readonly news: 'new' | 'old';
}

/** Whether a decision waits for the look, or people are to be told of the cause. */
type Need = 'decision' | 'people';

/** Looks of one namespace. */
interface Crowd {
  cause: string;
  /** Looks in a row that found the cause, each in its target itself. */
  alike: number;
  foundAt: Instant;
  /** When the last one began. */
  begunAt: Instant;
}

interface Kept {
  readonly target: TargetRef;
  /** Of the newest episode. */
  since: Instant;
  askedAt: Instant;
  need: Need;
  /** Since when it waits for a look; undefined: it does not. */
  waitsSince?: Instant | undefined;
  /** When the last look ended, whether it saw anything or not. */
  endedAt?: Instant;
  freshMs: number;
  looked?: Looked;
}

export class Looks {
  readonly #own: LooksDependencies;
  readonly #byUid = new Map<string, Kept>();
  readonly #kept = new ByNamespace<Kept>();
  readonly #queue = new ByNamespace<Kept>();
  readonly #crowds = new Map<string, Crowd>();
  #running = 0;

  constructor(dependencies: LooksDependencies) {
    this.#own = dependencies;
    // Each read listens while it is under way.
    setMaxListeners(CONCURRENT * MAX_READS, dependencies.signal);
  }

  /** Asks for a look where nothing is known, or what is known is old. Returns at once. */
  want(target: TargetRef, since: Instant, need: Need): void {
    const now = this.#own.clock.now();
    const { namespace = '' } = target;
    const isTold = need === 'people' && this.#isTold(namespace, now);
    if (isTold && !this.#byUid.has(target.uid)) return;
    const kept = this.#keep(target, since, now);
    if (isTold || kept === undefined) return;
    if (kept.waitsSince !== undefined) {
      if (need === 'decision') kept.need = need;
      return;
    }
    const { endedAt } = kept;
    // What was seen before the episode began is another story.
    if (endedAt !== undefined && endedAt >= since && now - endedAt < kept.freshMs) return;
    if (!this.#hasRoomInQueue(target)) return;
    kept.waitsSince = now;
    kept.need = need;
    this.#queue.put(namespace, target.uid, kept);
    this.#next();
  }

  /** Whether what such a look will find is known from others. */
  #isTold(namespace: string, now: Instant): boolean {
    const crowd = this.#crowds.get(namespace);
    return crowd !== undefined && crowd.alike >= ALIKE && now >= crowd.begunAt && now - crowd.begunAt < ALIKE_PAUSE_MS;
  }

  /** What lies in another object may be shared, and each target that suffers from it counts: no crowd is made of it. */
  #found(target: TargetRef, { findings }: Looked['analysis'], now: Instant): void {
    const [first] = findings;
    // A look that finds nothing says nothing of a crowd either.
    if (first === undefined) return;
    const { namespace = '' } = target;
    const { cause } = first;
    const known = this.#crowds.get(namespace);
    const isMore = known?.cause === cause && now - known.foundAt < CROWD_MS;
    const isOwn = findings.every(({ root }) => refKey(root) === refKey(target));
    const alike = !isOwn ? 0 : isMore ? known.alike + 1 : 1;
    this.#crowds.delete(namespace);
    this.#crowds.set(namespace, { cause, alike, foundAt: now, begunAt: known?.begunAt ?? now });
    const [oldest] = this.#crowds.keys();
    if (this.#crowds.size > MAX_CROWDS && oldest !== undefined) this.#crowds.delete(oldest);
  }

  /** Of the time since then; undefined where nothing was seen since. */
  of(targetUid: string, since: Instant): Looked | undefined {
    const looked = this.#byUid.get(targetUid)?.looked;
    return looked !== undefined && looked.at >= since ? looked : undefined;
  }

  /** Since when a look at the target is due; undefined where none is. */
  waitingSince(targetUid: string): Instant | undefined {
    return this.#byUid.get(targetUid)?.waitsSince;
  }

  /** Undefined: no place is left for it. */
  #keep(target: TargetRef, since: Instant, now: Instant): Kept | undefined {
    const { namespace = '', uid } = target;
    const known = this.#byUid.get(uid);
    if (known === undefined && !(this.#hasRoomInQueue(target) && this.#hasPlace(namespace, now))) return undefined;
    const kept = known ?? { target, since, askedAt: now, freshMs: FRESH_MS, need: 'people' };
    kept.since = Math.max(kept.since, since);
    kept.askedAt = now;
    this.#byUid.set(uid, kept);
    this.#kept.put(namespace, uid, kept);
    return kept;
  }

  #hasPlace(namespace: string, now: Instant): boolean {
    if (this.#kept.size < MAX_KEPT) return true;
    const giver = this.#kept.giver(namespace);
    const first = this.#kept.firstOf(giver ?? namespace);
    if (first === undefined || (giver === undefined && now - first.askedAt < FORGOTTEN_MS)) return false;
    this.#forget(first);
    return true;
  }

  #forget({ target: { namespace = '', uid } }: Kept): void {
    this.#byUid.delete(uid);
    this.#kept.delete(namespace, uid);
    this.#queue.delete(namespace, uid);
  }

  #hasRoomInQueue({ namespace = '' }: TargetRef): boolean {
    if (this.#queue.size < MAX_QUEUED) return true;
    const giver = this.#queue.giver(namespace);
    const last = giver === undefined ? undefined : this.#queue.lastOf(giver);
    if (last === undefined) return false;
    last.waitsSince = undefined;
    this.#queue.delete(giver ?? '', last.target.uid);
    return true;
  }

  #next(): void {
    while (this.#running < CONCURRENT) {
      const kept = this.#queue.shift();
      if (kept === undefined) return;
      const { namespace = '' } = kept.target;
      if (kept.need === 'people' && this.#isTold(namespace, this.#own.clock.now())) {
        kept.waitsSince = undefined;
        continue;
      }
      this.#running++;
      void this.#look(kept).finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }

  async #look(kept: Kept): Promise<void> {
    const { clock, look, observer, logger, onLooked, signal } = this.#own;
    const { target } = kept;
    const from = clock.now();
    const crowd = this.#crowds.get(target.namespace ?? '');
    if (crowd !== undefined) crowd.begunAt = from;
    const before = kept.looked !== undefined && kept.looked.at >= kept.since ? kept.looked.account : undefined;
    let looked: Looked | undefined;
    try {
      looked = lookedAt(await look(target, signal), target);
    } catch (error) {
      if (signal.aborted) return;
      // Objects are written by people, and may be what no rule thought of. It is counted, and healing goes on as if
      // nothing had been found.
      logger.warn({ target, error: String(error) }, 'a target could not be analysed');
    }
    kept.endedAt = clock.now();
    kept.waitsSince = undefined;
    if (looked !== undefined) {
      kept.looked = looked;
      this.#found(target, looked.analysis, kept.endedAt);
    }
    observer.analysed(outcomeOf(looked), (kept.endedAt - from) / 1000);
    const account = looked?.account;
    const news = saysTheSame(before, account) ? 'old' : 'new';
    kept.freshMs = news === 'old' ? Math.min(kept.freshMs * 2, MAX_FRESH_MS) : FRESH_MS;
    onLooked(target, { news, ...given({ account }) });
  }
}

const outcomeOf = (looked: Looked | undefined): LookOutcome =>
  looked === undefined ? 'failed' : looked.account.cause === undefined ? 'abstained' : 'found';

function lookedAt(snapshot: Snapshot, target: TargetRef): Looked {
  const analysis = analyze(snapshot, sceneOf(snapshot, target));
  const bundle = bundleOf(snapshot, target, analysis);
  return { at: snapshot.at, analysis, bundle, account: accountOf(analysis, bundle) };
}
