/** The inputs of decisions that differ from the last one of a policy on its target, or of an action. */
import { decisionKey, type DecisionMade, gistOf, isOver, labelOf, recordOf } from '../core/replay/decision-record.ts';
import type { DecisionRecorder } from './ports.ts';
import { trimmed } from './trimmed-objects.ts';

/** What laps are given; they tell every decision. */
export interface Decisions {
  made(decision: DecisionMade): void;
}

/**
 * The last decision is remembered of this many subjects, 100 bytes each. Subjects for which nothing is decided need no
 * memory. One that is deleted in trouble is forgotten when its place is needed; at worst a decision is kept twice.
 */
const MAX_SUBJECTS = 10_000;

/** Tells whether a decision is another one than the last on its subject. */
export class LastGists {
  readonly #maxSubjects: number;
  readonly #gists = new Map<string, string>();

  constructor(maxSubjects = MAX_SUBJECTS) {
    this.#maxSubjects = maxSubjects;
  }

  /** Takes in the newest; undefined: nothing is wrong with the subject, and it needs no memory. */
  differs(key: string, gist: string | undefined): boolean {
    if (this.#gists.get(key) === gist) return false;
    this.#gists.delete(key);
    if (gist !== undefined) this.#remember(key, gist);
    return true;
  }

  #remember(key: string, gist: string): void {
    const oldest = this.#gists.size < this.#maxSubjects ? undefined : this.#gists.keys().next().value;
    if (oldest !== undefined) this.#gists.delete(oldest);
    this.#gists.set(key, gist);
  }
}

export class ChangedDecisions implements Decisions {
  readonly #recorder: DecisionRecorder;
  readonly #last: LastGists;

  constructor(recorder: DecisionRecorder, maxSubjects = MAX_SUBJECTS) {
    this.#recorder = recorder;
    this.#last = new LastGists(maxSubjects);
  }

  made(decision: DecisionMade): void {
    if (!this.#last.differs(decisionKey(decision), gistOf(decision)) || isOver(decision)) return;
    this.#recorder.keep(recordOf(decision, trimmed), labelOf(decision));
  }
}
