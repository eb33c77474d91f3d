/** The inputs of decisions that differ from the last one of a policy on its target, or of an action. */
import { decisionKey, type DecisionMade, gistOf, isOver, labelOf, recordOf } from '../core/replay/decision-record.ts';
import type { DecisionRecorder } from './ports.ts';
import { trimmed } from './trimmed-objects.ts';

/** What laps are given; they tell every decision. */
export interface Decisions {
  made(decision: DecisionMade): void;
}

/** For an operator that records nothing. */
export const NO_DECISIONS: Decisions = { made: () => undefined };

/**
 * The last decision is remembered of this many subjects, 100 bytes each. Subjects for which nothing is decided need no
 * memory. One that is deleted in trouble is forgotten when its place is needed; at worst a decision is kept twice.
 */
const MAX_SUBJECTS = 10_000;

export class ChangedDecisions implements Decisions {
  readonly #recorder: DecisionRecorder;
  readonly #maxSubjects: number;
  readonly #gists = new Map<string, string>();

  constructor(recorder: DecisionRecorder, maxSubjects = MAX_SUBJECTS) {
    this.#recorder = recorder;
    this.#maxSubjects = maxSubjects;
  }

  made(decision: DecisionMade): void {
    const key = decisionKey(decision);
    const gist = gistOf(decision);
    if (this.#gists.get(key) === gist) return;
    this.#gists.delete(key);
    if (isOver(decision)) return;
    if (gist !== undefined) this.#remember(key, gist);
    this.#recorder.keep(recordOf(decision, trimmed), labelOf(decision));
  }

  #remember(key: string, gist: string): void {
    const oldest = this.#gists.size < this.#maxSubjects ? undefined : this.#gists.keys().next().value;
    if (oldest !== undefined) this.#gists.delete(oldest);
    this.#gists.set(key, gist);
  }
}
