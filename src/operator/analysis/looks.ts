/**
 * Looks at targets that are unwell, beside the laps: a lap asks for one and goes on, and is woken when something was
 * found. What is kept here may be lost by a restart: then it is looked again.
 *
 *     asked for ─▶ known, and not old? ─yes─▶ nothing
 *                   └no─▶ queue ─▶ reads ─▶ rules, bundle ─▶ kept; who asked is woken
 */
import { setMaxListeners } from 'node:events';
import type { AnalysisResult } from '../../api/action-status.ts';
import { accountOf, saysTheSame } from '../../core/analysis/account.ts';
import { analyze } from '../../core/analysis/analyze.ts';
import { type Bundle, bundleOf } from '../../core/analysis/bundle.ts';
import type { CauseName } from '../../core/analysis/causes/index.ts';
import type { Analysis } from '../../core/analysis/finding.ts';
import { sceneOf } from '../../core/analysis/scene.ts';
import type { Snapshot } from '../../core/analysis/snapshot.ts';
import type { TargetRef } from '../../core/observation.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { Logger, LookOutcome, OperatorObserver } from '../ports.ts';

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
 * How long what was seen counts as new: twice as long each time that a look says the same as the one before. A hundred
 * targets that nobody heals cost a look in every twenty seconds then.
 */
const FRESH_MS = 120_000;
const MAX_FRESH_MS = 32 * 60_000;

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

interface Kept {
  readonly target: TargetRef;
  /** Of the newest episode. */
  since: Instant;
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
  readonly #queue: Kept[] = [];
  #running = 0;

  constructor(dependencies: LooksDependencies) {
    this.#own = dependencies;
    // Each read listens while it is under way.
    setMaxListeners(CONCURRENT * MAX_READS, dependencies.signal);
  }

  /** Asks for a look where nothing is known, or what is known is old. Returns at once. */
  want(target: TargetRef, since: Instant): void {
    const now = this.#own.clock.now();
    if (!this.#byUid.has(target.uid) && this.#queue.length >= MAX_QUEUED) return;
    const kept = this.#keep(target, since);
    if (kept.waitsSince !== undefined) return;
    const { endedAt } = kept;
    // What was seen before the episode began is another story.
    if (endedAt !== undefined && endedAt >= since && now - endedAt < kept.freshMs) return;
    if (this.#queue.length >= MAX_QUEUED) return;
    kept.waitsSince = now;
    this.#queue.push(kept);
    this.#next();
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

  #keep(target: TargetRef, since: Instant): Kept {
    const known = this.#byUid.get(target.uid) ?? { target, since, freshMs: FRESH_MS };
    known.since = Math.max(known.since, since);
    this.#byUid.delete(target.uid);
    this.#byUid.set(target.uid, known);
    const [oldest] = this.#byUid.keys();
    if (this.#byUid.size > MAX_KEPT && oldest !== undefined) this.#byUid.delete(oldest);
    return known;
  }

  #next(): void {
    while (this.#running < CONCURRENT) {
      const kept = this.#queue.shift();
      if (kept === undefined) return;
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
    if (looked !== undefined) kept.looked = looked;
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
