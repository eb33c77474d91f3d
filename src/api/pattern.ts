/** RE2 patterns of policies: linear time whatever a tenant writes. https://github.com/google/re2/wiki/Syntax */
import { RE2JS, RE2JSSyntaxException } from 're2js';

export interface Pattern {
  readonly source: string;
  /** The whole text matches. */
  matches(text: string): boolean;
  /** Some part of the text matches. */
  finds(text: string): boolean;
  /** Decision inputs serialise as they were written. */
  toJSON(): string;
}

/** A compiled pattern, or a sentence that says what is wrong with it. */
export function compilePattern(source: string): Pattern | string {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException)
      return `is not an RE2 pattern: ${error.message.replace(/^error parsing regexp: /, '')}`;
    throw error;
  }
  return {
    source,
    matches: (text) => compiled.matcher(text).matches(),
    finds: (text) => compiled.matcher(text).find(),
    toJSON: () => source,
  };
}
