/**
 * What a policy may ask of every look at one object, in steps: characters that are compared, or instructions of a
 * pattern. A look cannot be interrupted, so this is what bounds how long the process does nothing else.
 */
import { globSteps } from '../std/glob.ts';
import { patternSize } from '../std/pattern-size.ts';
import { isLiteral } from './pattern.ts';
import type { PolicySelector, ProtectedResource } from './policy.ts';
import type { Selector } from './label-selector.ts';
import type { Problem } from './problem.ts';

/** At 3 ns each 3 ms (bench/README.md). A hundred globs of 20 characters with two stars have half of it. */
const MAX_LOOK_STEPS = 1_000_000;
/** The texts of two labels differ at their end at worst: 10 ns. */
const STEPS_PER_VALUE = 4;
/** Six of the largest: compiling them takes 20 to 35 ms, once for each version of the policy. */
const MAX_PATTERNS_SIZE = 3000;

const stepsOf = (globs: readonly string[], labels: Selector): number =>
  globs.reduce((sum, glob) => sum + globSteps(glob), 0) +
  labels.reduce((sum, { values = [] }) => sum + values.length * STEPS_PER_VALUE, 0);

function tooMuch(what: string, steps: number): Pick<Problem, 'message' | 'reason'> | undefined {
  if (steps <= MAX_LOOK_STEPS) return undefined;
  const message = `${what} takes up to ${steps} steps for each object; at most ${MAX_LOOK_STEPS} are allowed: use fewer names, or names with one star`;
  return { message, reason: 'TooExpensive' };
}

/** Whether the selector, and what the policy protects, are beyond what one look may take. */
export function costProblems(
  { labels, resources }: Pick<PolicySelector, 'labels' | 'resources'>,
  protectedResources: readonly ProtectedResource[],
): readonly Problem[] {
  const selecting = resources.reduce((sum, { excludeNames }) => sum + stepsOf(excludeNames, []), stepsOf([], labels));
  const protecting = protectedResources.reduce((sum, { names, labels: marked }) => sum + stepsOf(names, marked), 0);
  return [
    { path: 'spec.selector', found: tooMuch('the selector', selecting) },
    { path: 'spec.safetyRules.protectedResources', found: tooMuch('the list', protecting) },
  ].flatMap(({ path, found }) => (found === undefined ? [] : [{ path, ...found }]));
}

/** Of all event triggers of a policy at one look at one object: 10 to 20 ms, by the same measure. */
export const EVENT_STEPS = 400_000;

/**
 * Of all expressions of a policy at one look at one object: 1 to 18 ms (bench/README.md). The API server allows one
 * call ten times as much, and answers its requests in many goroutines.
 */
export const EXPRESSION_COST = 100_000;

/** What one trigger of a type may take: all of the type have the same share. */
export const shareOf = (whole: number, triggers: readonly { readonly type: string }[], type: string): number =>
  Math.floor(whole / Math.max(1, triggers.filter((trigger) => trigger.type === type).length));

/** Counts the patterns of all triggers of one policy. */
export class PatternAllowance {
  #left = MAX_PATTERNS_SIZE;

  /** Why the patterns are too many together; what fits is taken. */
  take(size: number): string | undefined {
    if (size > this.#left)
      return `the patterns of the policy up to here have more than the ${MAX_PATTERNS_SIZE} steps that are allowed for all together: repeat less, use lists (\`a|b\`), or name reasons in full`;
    this.#left -= size;
    return undefined;
  }
}

/** Steps for each character; 0 for a text that means itself. */
export const eventPatternsSize = (patterns: readonly string[]): number =>
  patterns.filter((one) => !isLiteral(one)).reduce((sum, one) => sum + patternSize(one), 0);
