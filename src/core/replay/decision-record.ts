/**
 * A decision as it is kept in a file: everything that it was made from, and what was decided. `kubeskippy replay`
 * decides again from the same input with the same functions.
 */
import { isTerminal } from '../../api/action-status.ts';
import { type Instant, toMicroTime } from '../../std/clock.ts';
import type { GateScene } from '../action/action-gates.ts';
import { targetOf } from '../action/refs.ts';
import type { ActionStep, StepInput } from '../action/step-action.ts';
import type { Verdict } from '../gates/proposal.ts';
import type { TargetRef } from '../observation.ts';
import type { Evaluation, EvaluationInput } from '../target/evaluate-target.ts';
import { keptEvaluation, keptScene, keptStep, keptStepInput, keptTarget, type Trim } from './withheld.ts';

/** Another one when files of this version can no longer be read. */
export const RECORD_FORMAT = 'kubeskippy.io/decision-v2';

export interface GatesInput {
  readonly scene: GateScene;
  readonly how: 'begins' | 'continues';
}

/** What each kind of decision is made from, and what it comes to. */
interface Kinds {
  /** One policy, one of its targets. */
  readonly target: { readonly input: EvaluationInput; readonly decided: Evaluation };
  /** The next step of one action. */
  readonly step: { readonly input: StepInput; readonly decided: ActionStep };
  /** The gates of one action, on live reads. */
  readonly gates: { readonly input: GatesInput; readonly decided: Verdict };
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
  const { now } = made;
  const head = { format: RECORD_FORMAT, at: toMicroTime(now) } as const;
  const keeping = { trim, now };
  switch (made.kind) {
    case 'target':
      return {
        ...head,
        kind: made.kind,
        decided: keptEvaluation(made.decided),
        input: keptTarget(made.input, keeping),
      };
    case 'step':
      return { ...head, kind: made.kind, decided: keptStep(made.decided), input: keptStepInput(made.input, keeping) };
    case 'gates': {
      const { scene, how } = made.input;
      return { ...head, kind: made.kind, decided: made.decided, input: { how, scene: keptScene(scene, keeping) } };
    }
  }
}

/** The object that it is about. */
export function targetIn(decision: DecisionMade | DecisionRecord): TargetRef {
  switch (decision.kind) {
    case 'target':
      return decision.input.facts.target;
    case 'step':
      return targetOf(decision.input.action);
    case 'gates':
      return targetOf(decision.input.scene.action);
  }
}

/** Decisions with the same key follow each other: those of one policy on one target, or of one action. */
export function decisionKey({ kind, input }: DecisionMade): string {
  switch (kind) {
    case 'target':
      return `${kind}/${input.policy.uid}/${input.facts.target.uid}`;
    case 'step':
      return `${kind}/${input.action.uid}`;
    case 'gates':
      return `${kind}/${input.scene.action.uid}`;
  }
}

/** An action that has ended is looked at until it is collected, and never goes on. */
export const isOver = (made: DecisionMade): boolean => made.kind === 'step' && isTerminal(made.input.action.phase);

/**
 * What makes a decision another one than the last: where the triggers stand, and what is done for which reason. Figures
 * and times differ with every look, and make no other decision. Undefined: nothing is wrong, or the action has ended.
 */
export function gistOf(made: DecisionMade): string | undefined {
  switch (made.kind) {
    case 'target': {
      const { state, decision } = made.decided;
      const stages = Object.entries(state.triggers).map(([name, { state: stage, unknownSince, clearedAt }]) => [
        name,
        stage,
        unknownSince === undefined ? 'seen' : 'unseen',
        clearedAt === undefined ? 'holds' : 'cleared',
      ]);
      if (decision.kind === 'nothing' && stages.length === 0) return undefined;
      return JSON.stringify([...wordsOf(made), stages]);
    }
    case 'step':
      return isOver(made) ? undefined : JSON.stringify([made.input.action.phase, ...wordsOf(made)]);
    case 'gates':
      return JSON.stringify([made.input.scene.action.status.attempts ?? 0, ...wordsOf(made)]);
  }
}

/** What is decided of a target, without its figures; undefined: nothing. */
export const targetGist = (decided: Evaluation): string | undefined =>
  decided.decision.kind === 'nothing' ? undefined : JSON.stringify(wordsOfTarget(decided));

/** For the name of a file: which target, and what was decided. */
export function labelOf(made: DecisionMade): readonly string[] {
  const { kind, namespace = '', name } = targetIn(made);
  return [kind, namespace, name, made.kind, ...wordsOf(made)];
}

function wordsOf(made: DecisionMade): readonly string[] {
  switch (made.kind) {
    case 'target':
      return wordsOfTarget(made.decided);
    case 'step':
      return wordsOfStep(made.decided);
    case 'gates':
      return [made.input.how, made.decided.allow ? 'allow' : made.decided.reason];
  }
}

function wordsOfTarget({ decision }: Evaluation): readonly string[] {
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

function wordsOfStep(step: ActionStep): readonly string[] {
  if (step.do === 'commit') return [step.do, step.status.phase ?? 'Pending', step.status.reason ?? ''];
  return step.do === 'wait' && step.refused !== undefined ? [step.do, step.refused] : [step.do];
}
