/**
 * What decisions read of an analysis: names of causes and nothing that anybody wrote. What an action does to a cause
 * stands in the registry of causes, so that no text of a workload or of a model can change a decision.
 */
import type { ActionType } from '../../api/action-template.ts';
import type { Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { CONFIDENCE, Stance } from './answer.ts';
import { type CauseName, causeOf } from './causes/index.ts';
import { type ObjectRef, refText } from './evidence.ts';
import type { Analysis, Finding } from './finding.ts';

export interface CauseStanding {
  readonly cause: CauseName;
  readonly root: ObjectRef;
  readonly confidence: Finding['confidence'];
}

export interface ModelStanding {
  readonly stance: Stance;
  readonly confidence: keyof typeof CONFIDENCE;
}

export interface AnalysisFacts {
  /** When the objects were read. Absent: they are being read for the first time. */
  readonly at?: Instant;
  /** Until when it is worth waiting for what is not there yet: the first look, or the answer of a model. */
  readonly awaitedUntil?: Instant;
  /** Best first. None: the rules abstain. */
  readonly causes: readonly CauseStanding[];
  /** Of an answer that passed every guard. */
  readonly model?: ModelStanding;
}

/** A person reads no further, and no decision does. */
export const MAX_CAUSES = 3;

export const causesOf = ({ findings }: Analysis<CauseName>): readonly CauseStanding[] =>
  findings.slice(0, MAX_CAUSES).map(({ cause, root, confidence }) => ({ cause, root, confidence }));

/** As far as it tells what an action does. */
export type Judged = Pick<CauseStanding, 'cause' | 'confidence'>;

export type Remedy = 'helps' | 'pointless' | 'harmful' | 'unknown';

/**
 * What actions of the type do about what was found. Harm counts of any cause that nothing speaks against; the rest of
 * the first one alone.
 */
export function remedyOf(causes: readonly Judged[], type: ActionType): Remedy {
  const harm = causes.some(
    ({ cause, confidence }) => confidence !== 'contested' && causeOf(cause).cures.harmful.includes(type),
  );
  if (harm) return 'harmful';
  const [first] = causes;
  if (first === undefined || first.confidence === 'contested') return 'unknown';
  const { fits, pointless } = causeOf(first.cause).cures;
  return fits.includes(type) ? 'helps' : pointless.includes(type) ? 'pointless' : 'unknown';
}

/** Why an action of the type is better not taken now; undefined where nothing speaks against it. */
export function objectionTo(facts: AnalysisFacts, type: ActionType): string | undefined {
  const remedy = remedyOf(facts.causes, type);
  const [first] = facts.causes;
  if (remedy === 'harmful') {
    const worse = facts.causes.find(({ cause }) => causeOf(cause).cures.harmful.includes(type)) ?? first;
    return worse && `${NOUNS[type]} would do harm: ${saidOf(worse)}`;
  }
  // What a rule derives by elimination holds nothing back.
  if (remedy === 'pointless' && first?.confidence === 'certain') return `${NOUNS[type]} cannot help: ${saidOf(first)}`;
  if (facts.model?.stance === 'holdBack' && !(remedy === 'helps' && isSettled(facts.causes)))
    return `The model sees no action of the policy that helps, and the rules do not know better; its confidence is ${facts.model.confidence}`;
  return undefined;
}

/** Whether nothing is left for a model to tell: the rules name for certain the field or object that is wrong. */
export const isSettled = ([first]: readonly Judged[]): boolean =>
  first?.confidence === 'certain' && causeOf(first.cause).specificity === 'exact';

const saidOf = ({ cause, root }: CauseStanding): string => {
  const { means, todo } = causeOf(cause);
  return `${cause} at ${refText(root)}. ${means} ${todo}`;
};

/** What an action of the type does about the cause, in words; undefined where that is not known. */
export function remedyText(causes: readonly Judged[], type: ActionType): string | undefined {
  switch (remedyOf(causes, type)) {
    case 'harmful':
      return `${NOUNS[type]} would do harm.`;
    case 'pointless':
      return `${NOUNS[type]} cannot help.`;
    case 'helps':
      return `${NOUNS[type]} can help.`;
    case 'unknown':
      return undefined;
  }
}

const NOUNS: Readonly<Record<ActionType, string>> = {
  restart: 'A restart',
  scale: 'Scaling',
  patch: 'A patch',
  delete: 'A deletion',
  custom: 'The custom action',
  rollback: 'A rollback',
  resize: 'A change of its resources',
  cordon: 'Cordoning',
  drain: 'Draining',
  uncordon: 'Uncordoning',
  job: 'A Job',
  webhook: 'A call of a webhook',
  notify: 'A message to people',
};

/** For explanations: the first cause, its meaning and the next step of a person. */
export function causeText({ causes, model }: AnalysisFacts): string {
  const [first, ...others] = causes;
  const also = others.length === 0 ? '' : ` Found beside it: ${others.map(({ cause }) => cause).join(', ')}.`;
  const said = model === undefined ? '' : ` The model ${STANCES[model.stance]} (confidence ${model.confidence}).`;
  if (first === undefined) return `no rule can tell.${said}`;
  return `${first.cause} (${first.confidence}) at ${refText(first.root)}. ${causeOf(first.cause).means} ${causeOf(first.cause).todo}${also}${said}`;
}

const STANCES: Readonly<Record<Stance, string>> = {
  holdBack: 'sees no action of the policy that helps',
  noObjection: 'has no objection',
};

export const factsOf = (seen: {
  readonly at: Instant;
  readonly causes: readonly CauseStanding[];
  readonly awaitedUntil?: Instant | undefined;
  readonly model?: ModelStanding | undefined;
}): AnalysisFacts => ({
  at: seen.at,
  causes: seen.causes,
  ...given({ awaitedUntil: seen.awaitedUntil, model: seen.model }),
});
