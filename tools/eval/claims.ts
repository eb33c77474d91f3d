/** What the rules claim of a case, and what they claim together with a model. */
import type { ActionType } from '../../src/api/action-template.ts';
import type { Advice } from '../../src/core/analysis/answer.ts';
import type { CauseName } from '../../src/core/analysis/causes/index.ts';
import type { Analysis } from '../../src/core/analysis/finding.ts';
import { OTHER } from '../../src/core/analysis/question.ts';
import { causesOf, factsOf, objectionTo } from '../../src/core/analysis/standing.ts';
import type { Claim } from './score.ts';

export const ABSTAINED: Claim = { causes: [], shows: [], acts: [] };

export function claimOf({ findings }: Analysis<CauseName>): Claim {
  const [best] = findings;
  if (best === undefined) return ABSTAINED;
  const { root, shows, cures } = best;
  return { causes: findings.map(({ cause }) => cause), root, shows, acts: cures.fits };
}

/** `offered`: all types of actions, each named by its type. */
export function claimOfModel(
  { cause, object, stance, suggestion }: Advice,
  offered: readonly { readonly name: string; readonly type: ActionType }[],
): Claim {
  const acts = offered.filter(({ name }) => stance === 'noObjection' && suggestion.split(':', 1)[0] === name);
  return {
    causes: cause === OTHER ? [] : [cause],
    root: object,
    shows: [object],
    acts: acts.map(({ type }) => type),
  };
}

/**
 * As the operator puts them together: the rules' cause comes first, the model's beside it; where the rules abstain the
 * model's stands alone; and the model holds back what the rules do not know for certain to help.
 */
export function claimOfBoth(analysis: Analysis<CauseName>, model: Claim, { stance, confidence }: Advice): Claim {
  const rules = claimOf(analysis);
  if (rules.root === undefined) return model;
  const facts = factsOf({ at: analysis.at, causes: causesOf(analysis), model: { stance, confidence } });
  return {
    ...rules,
    causes: [...new Set([...rules.causes.slice(0, 1), ...model.causes, ...rules.causes])],
    acts: rules.acts.filter((type) => objectionTo(facts, type) === undefined),
  };
}
