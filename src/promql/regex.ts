/**
 * Label matching. Patterns are RE2, anchored at both ends, `.` matches line breaks too. They come from tenants, so the
 * general case runs in linear time (re2js), on patterns of limited size; what most rules use (literals, `a|b|c`,
 * `prefix.*`, `.+`) needs no engine at all.
 */
import { RE2JS } from 're2js';
import { memoised } from '../std/memo.ts';
import { patternSize, tooLarge } from '../std/pattern-size.ts';
import { mapped, type Result, whyNot } from '../std/result.ts';
import type { Matcher } from './ast.ts';
import { EvaluationError } from './errors.ts';

export type Match = (value: string) => boolean;

/** What a matcher accepts, as far as an index can use it. */
export interface CompiledMatch {
  readonly matches: Match;
  /** When the matcher accepts exactly these values. */
  readonly values: readonly string[] | undefined;
  readonly matchesEmpty: boolean;
  /** Steps for each character of a text; 0 where no engine is needed. */
  readonly size: number;
}

const compiled = new WeakMap<Matcher, Result<CompiledMatch>>();

/** The compiled matcher, or why its pattern is none. Kept as long as the matcher itself. */
export function compileMatch(matcher: Matcher): Result<CompiledMatch> {
  let match = compiled.get(matcher);
  if (match === undefined) {
    match = compile(matcher);
    compiled.set(matcher, match);
  }
  return match;
}

function compile({ type, value }: Matcher): Result<CompiledMatch> {
  if (type === '=') return { value: withValues([value]) };
  if (type === '!=') return { value: withMatch((text) => text !== value) };
  const pattern = compilePattern(value);
  return type === '=~' ? pattern : mapped(pattern, ({ matches, size }) => withMatch((text) => !matches(text), size));
}

function withValues(values: readonly string[]): CompiledMatch {
  const only = values[0];
  const set = new Set(values);
  return {
    matches: values.length === 1 ? (text) => text === only : (text) => set.has(text),
    values,
    matchesEmpty: set.has(''),
    size: 0,
  };
}

const LITERALS = /^[^\\.+*?()|[\]{}^$]*(?:\|[^\\.+*?()|[\]{}^$]*)*$/;
const GROUPED_LITERALS = /^\((?:\?:)?([^\\.+*?()[\]{}^$]*)\)$/;
const AROUND = /^(\.\*|\.\+)?([^\\.+*?()|[\]{}^$]*)(\.\*|\.\+)?$/;

/** Steps for each character of a text; 0 where the pattern needs no engine. Known before it is compiled. */
export const engineSize = ({ type, value }: Matcher): number =>
  !type.endsWith('~') || LITERALS.test(value) || GROUPED_LITERALS.test(value) || AROUND.test(value)
    ? 0
    : patternSize(value);

function compilePattern(source: string): Result<CompiledMatch> {
  const literals = LITERALS.test(source) ? source : GROUPED_LITERALS.exec(source)?.[1];
  if (literals !== undefined) return { value: withValues([...new Set(literals.split('|'))]) };
  const around = AROUND.exec(source);
  if (around !== null) return { value: withMatch(matchAround(around[1], around[2] ?? '', around[3])) };
  return mapped(engine(source), (regex) => withMatch((text) => regex.matches(text), patternSize(source)));
}

/** One takes 10 to 20 KB. Each query is parsed several times, and compiling a large pattern takes 5 ms. */
const MAX_ENGINES = 1000;

const engine = memoised(MAX_ENGINES, (source): Result<RE2JS> => {
  const large = tooLarge(source);
  if (large !== undefined) return whyNot(large);
  try {
    return { value: RE2JS.compile(source, RE2JS.DOTALL) };
  } catch (error) {
    return whyNot(reasonOf(error, source));
  }
});

const withMatch = (matches: Match, size = 0): CompiledMatch => ({
  matches,
  values: undefined,
  matchesEmpty: matches(''),
  size,
});

/** `.*x`, `x.+`, `.+x.*`: the text holds x with at least so many characters before and after. */
function matchAround(before: string | undefined, middle: string, after: string | undefined): Match {
  const least = (before === '.+' ? 1 : 0) + (after === '.+' ? 1 : 0);
  if (middle === '') return (text) => text.length >= least;
  if (before === undefined) return (text) => text.length >= middle.length + least && text.startsWith(middle);
  if (after === undefined) return (text) => text.length >= middle.length + least && text.endsWith(middle);
  return (text) => {
    const at = text.indexOf(middle, before === '.+' ? 1 : 0);
    return at >= 0 && (after === '.*' || at + middle.length < text.length);
  };
}

/**
 * What labels of objects have is shorter by far. A query that puts the same label together again and again would make
 * texts that no memory holds.
 */
const MAX_MADE_TEXT = 16_384;

/** Throws `EvaluationError` for a text that is too long. */
export function joinedText(texts: readonly string[], separator: string): string {
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
  if (length > MAX_MADE_TEXT)
    throw new EvaluationError(`a label would have more than ${MAX_MADE_TEXT} characters`, 'Limit');
  return texts.join(separator);
}

/** Replaces by an anchored pattern with `$1`, `${name}` and `$$` in the replacement, as Go's regexp does. */
export interface Rewrite {
  /** Steps for each character of a text. */
  readonly size: number;
  /** Undefined when the pattern does not match all of the text. */
  apply(text: string): string | undefined;
}

export function compileRewrite(pattern: string, replacement: string): Result<Rewrite> {
  const made = engine(pattern);
  if ('whyNot' in made) return made;
  const regex = made.value;
  const names = regex.namedGroups() as Readonly<Record<string, number>>;
  const parts = splitReplacement(replacement);
  const apply = (text: string): string | undefined => {
    const matcher = regex.matcher(text);
    if (!matcher.matches()) return undefined;
    const texts = parts.map((part) => (typeof part === 'string' ? part : groupText(matcher, part.group, names)));
    return joinedText(texts, '');
  };
  return { value: { apply, size: patternSize(pattern) } };
}

function groupText(
  matcher: ReturnType<RE2JS['matcher']>,
  group: string,
  names: Readonly<Record<string, number>>,
): string {
  const index = /^\d+$/.test(group) ? Number(group) : names[group];
  if (index === undefined || index > matcher.groupCount()) return '';
  return matcher.group(index) ?? '';
}

/** Literal text and references. A name is as long as it can be: `$1x` names the group `1x`, which does not exist. */
function splitReplacement(replacement: string): readonly (string | { group: string })[] {
  const parts: (string | { group: string })[] = [];
  for (const [whole, braced, bare] of replacement.matchAll(/\$\{(\w+)\}|\$(\w+)|\$\$|[^$]+|\$/g)) {
    const group = braced ?? bare;
    if (group !== undefined) parts.push({ group });
    else parts.push(whole === '$$' ? '$' : whole);
  }
  return parts;
}

function reasonOf(error: unknown, source: string): string {
  return `error parsing regexp: ${error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : source}`;
}
