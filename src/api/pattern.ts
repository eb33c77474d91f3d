/**
 * RE2 patterns of policies: linear time whatever a tenant writes. A policy holds their text, which is data; they are
 * compiled where they are used. https://github.com/google/re2/wiki/Syntax
 */
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { patternSize, tooLarge } from '../std/pattern-size.ts';
import { memoised } from '../std/memo.ts';

/** One pattern takes 10 to 20 KB, so at most 20 MB: two patterns each of 500 policies. */
const MAX_COMPILED = 1000;

interface Compiled {
  /** Undefined when it can be used. */
  readonly problem: string | undefined;
  /** Steps for each character of a text. */
  readonly size: number;
  readonly matches: (text: string) => boolean;
  readonly finds: (text: string) => boolean;
}

/** Means itself: most reasons are patterns like this one, `BackOff`. */
const LITERAL = /^[\w -]*$/;
export const isLiteral = (source: string): boolean => LITERAL.test(source);
const never = (): boolean => false;

const compiled = memoised(MAX_COMPILED, (source): Compiled => {
  if (isLiteral(source))
    return { problem: undefined, size: 1, matches: (text) => text === source, finds: (text) => text.includes(source) };
  const large = tooLarge(source);
  if (large !== undefined) return { problem: large, size: 1, matches: never, finds: never };
  try {
    const pattern = RE2JS.compile(source);
    return {
      problem: undefined,
      size: patternSize(source),
      matches: (text) => pattern.matcher(text).matches(),
      finds: (text) => pattern.matcher(text).find(),
    };
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    const problem = `is not an RE2 pattern: ${error.message.replace(/^error parsing regexp: /, '')}`;
    return { problem, size: 1, matches: never, finds: never };
  }
});

/** What is wrong with it, in a sentence; undefined when it can be used. */
export const patternProblem = (source: string): string | undefined => compiled(source).problem;

/** The whole text matches. Nothing matches a pattern with a {@link patternProblem}. */
export const matchesPattern = (source: string, text: string): boolean => compiled(source).matches(text);

/** How many steps it takes at most to look for the pattern in the text. */
export const patternSteps = (source: string, text: string): number =>
  (isLiteral(source) ? 1 : compiled(source).size) * (text.length + 1);

/** Some part of the text matches. */
export const findsPattern = (source: string, text: string): boolean => compiled(source).finds(text);
