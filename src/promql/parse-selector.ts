/** `name{label="value", "quoted.name", other=~"a|b"}`. */
import { type Matcher, type MatchType, METRIC_NAME, type VectorSelector } from './ast.ts';
import { unquote } from './literals.ts';
import { compileMatch, engineSize } from './regex.ts';
import type { TokenStream } from './token-stream.ts';

const MATCH_TYPES: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~']);

export function readSelector(stream: TokenStream): VectorSelector {
  const start = stream.peek().span.start;
  const name = stream.peek().type === '{' ? '' : stream.next().text;
  const matchers = stream.peek().type === '{' ? readMatchers(stream) : [];
  if (name !== '') matchers.push({ name: METRIC_NAME, type: '=', value: name });
  return {
    kind: 'selector',
    name,
    matchers,
    shift: { offsetMs: 0, atMs: undefined, anchor: undefined },
    span: { start, end: stream.lastEnd() },
  };
}

function readMatchers(stream: TokenStream): Matcher[] {
  stream.next();
  const matchers: Matcher[] = [];
  while (stream.take('}') === undefined) {
    if (matchers.length > 0) {
      if (stream.take(',') === undefined) stream.unexpected('label matching', '"," or "}"');
      if (stream.take('}') !== undefined) break;
    }
    matchers.push(readMatcher(stream));
  }
  return matchers;
}

function readMatcher(stream: TokenStream): Matcher {
  const label = stream.peek();
  if (label.type !== 'identifier' && label.type !== 'string') stream.unexpected('label matching', 'identifier or "}"');
  stream.next();
  const name = label.type === 'string' ? unquote(label.text) : label.text;
  const operator = stream.peek();
  if (!MATCH_TYPES.has(operator.type)) {
    if (label.type === 'string') return { name: METRIC_NAME, type: '=', value: name };
    stream.unexpected('label matching', 'label matching operator');
  }
  stream.next();
  const literal = stream.peek();
  if (literal.type !== 'string') stream.unexpected('label matching', 'string');
  stream.next();
  const matcher: Matcher = { name, type: operator.type as MatchType, value: unquote(literal.text) };
  const span = { start: label.span.start, end: literal.span.end };
  stream.takePattern(span, engineSize(matcher));
  const compiled = compileMatch(matcher);
  if ('whyNot' in compiled) stream.fail(span, compiled.whyNot);
  return matcher;
}
