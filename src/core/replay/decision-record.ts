/**
 * A decision as it is kept in a file: everything that it was made from, and what was decided. `kubeskippy replay`
 * decides again from the same input with the same functions.
 */
import { type Instant, toMicroTime } from '../../std/clock.ts';
import type { Evaluation, EvaluationInput } from '../target/evaluate-target.ts';
import { keptEvaluation, keptTarget, type Trim } from './withheld.ts';

/** Another one when files of this version can no longer be read. */
export const RECORD_FORMAT = 'kubeskippy.io/decision-v1';

/** What each kind of decision is made from, and what it comes to. */
interface Kinds {
  /** One policy, one of its targets. */
  readonly target: { readonly input: EvaluationInput; readonly decided: Evaluation };
}

type Each<With> = { readonly [K in keyof Kinds]: { readonly kind: K } & Kinds[K] & With }[keyof Kinds];

export type DecisionMade = Each<{ readonly now: Instant }>;

export type DecisionRecord = Each<{
  readonly format: typeof RECORD_FORMAT;
  /** RFC 3339: when it was decided. */
  readonly at: string;
}>;

/** What is kept of it: nothing that is secret, and nothing that does not decide. */
export function recordOf(made: DecisionMade, trim: Trim): DecisionRecord {
  const { kind, now, input, decided } = made;
  const head = { format: RECORD_FORMAT, at: toMicroTime(now) } as const;
  switch (kind) {
    case 'target':
      return { ...head, kind, decided: keptEvaluation(decided), input: keptTarget(input, trim, now) };
  }
}

/** Whose decisions follow each other: of one policy on one target. */
export function subjectOf({ kind, input }: DecisionMade): string {
  switch (kind) {
    case 'target':
      return [kind, input.policy.uid, input.facts.target.uid].join('/');
  }
}

/**
 * What makes a decision another one than the last: where the triggers stand, and what is done for which reason. Figures
 * and times change with every look, and change nothing. Undefined: nothing is wrong, and nothing is decided.
 */
export function gistOf({ kind, decided }: DecisionMade): string | undefined {
  switch (kind) {
    case 'target': {
      const { decision, state } = decided;
      const stages = Object.entries(state.triggers).map(([name, { state: stage, unknownSince, clearedAt }]) => [
        name,
        stage,
        ...(unknownSince === undefined ? [] : ['unknown']),
        ...(clearedAt === undefined ? [] : ['cleared']),
      ]);
      return decision.kind === 'nothing' && stages.length === 0
        ? undefined
        : JSON.stringify([...wordsOf(decided), stages]);
    }
  }
}

/** For the name of a file: of what, and what was decided. */
export function labelOf(made: DecisionMade): readonly string[] {
  switch (made.kind) {
    case 'target': {
      const { kind, namespace = '', name } = made.input.facts.target;
      return [kind, namespace, name, made.kind, ...wordsOf(made.decided)];
    }
  }
}

function wordsOf({ decision }: Evaluation): readonly string[] {
  switch (decision.kind) {
    case 'blocked':
      return [decision.kind, decision.reason, ...(decision.action === undefined ? [] : [decision.action])];
    case 'exhausted':
      return [decision.kind, decision.reason];
    case 'propose':
    case 'would':
      return [decision.kind, decision.action.name];
    case 'nothing':
    case 'inFlight':
      return [decision.kind];
  }
}
