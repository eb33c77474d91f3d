/** What follows an expression: `[5m]`, `[1h:1m]`, `offset -5m`, `@ 1609746000`, `@ end()`. */
import type { Expr, TimeShift } from './ast.ts';
import type { Span } from './errors.ts';
import { MAX_DURATION_MS } from './literals.ts';
import { numberOf, type TokenStream } from './token-stream.ts';

export function readBrackets(stream: TokenStream, expr: Expr): Expr {
  const open = stream.next();
  const rangeMs = positiveDuration(stream);
  const close = stream.take(']');
  if (close !== undefined)
    return rangeOf(stream, expr, { rangeMs, brackets: { start: open.span.start, end: close.span.end } });
  if (stream.take(':') === undefined) stream.unexpected('subquery or range', '":" or "]"');
  const next = stream.peek().type;
  if (next === 'end of input') stream.unexpected('subquery selector', 'number or duration or "]"');
  const stepMs = next === ']' ? 0 : positiveDuration(stream);
  const end = stream.take(']') ?? stream.unexpected('subquery selector', '"]"');
  const shift = { offsetMs: 0, atMs: undefined, anchor: undefined };
  return { kind: 'subquery', expr, rangeMs, stepMs, shift, span: { start: expr.span.start, end: end.span.end } };
}

function rangeOf(stream: TokenStream, expr: Expr, range: { rangeMs: number; brackets: Span }): Expr {
  if (expr.kind !== 'selector') stream.fail(range.brackets, 'ranges only allowed for vector selectors');
  if (expr.shift.offsetMs !== 0) stream.fail(range.brackets, 'no offset modifiers allowed before range');
  if (isAnchored(expr.shift)) stream.fail(range.brackets, 'no @ modifiers allowed before range');
  return {
    kind: 'matrix',
    selector: expr,
    rangeMs: range.rangeMs,
    span: { start: expr.span.start, end: range.brackets.end },
  };
}

/** Milliseconds, above zero. */
function positiveDuration(stream: TokenStream): number {
  const start = stream.peek().span.start;
  const seconds = durationExpression(stream);
  if (seconds <= 0) stream.fail({ start, end: stream.lastEnd() }, 'duration must be greater than 0');
  return toMs(seconds);
}

/**
 * A signed number or duration, in seconds. Arithmetic on durations (`[2m*5]`, `offset (1h-5m)`) is an experiment that
 * Prometheus 3.5 has switched off by default; it is refused where the first operation is complete, as there.
 */
function durationExpression(stream: TokenStream): number {
  const first = stream.peek();
  const sign = stream.take('-') ?? stream.take('+');
  if (stream.peek().type === '(') {
    stream.next();
    const innerStart = stream.peek().span.start;
    durationExpression(stream);
    if (stream.peek().type === ')') refuseArithmetic(stream, innerStart);
    stream.unexpected('subquery selector', 'number or duration');
  }
  const seconds = signedDuration(stream, sign?.type === '-' ? -1 : 1);
  refuseOperators(stream, {
    start: first.span.start,
    afterSign: sign === undefined ? first.span.start : sign.span.end,
  });
  return seconds;
}

const TIGHTNESS: ReadonlyMap<string, number> = new Map([
  ['+', 1],
  ['-', 1],
  ['*', 2],
  ['/', 2],
  ['%', 2],
  ['^', 3],
]);

/** Finds which operation would be complete first, for its left operand's position. */
function refuseOperators(stream: TokenStream, operand: { start: number; afterSign: number }): void {
  const operator = stream.peek();
  const tightness = TIGHTNESS.get(operator.type);
  if (tightness === undefined) return;
  stream.next();
  const start = operator.type === '^' ? operand.afterSign : operand.start;
  const right = stream.peek();
  if (right.type === '(') durationExpression(stream);
  const sign = stream.take('-') ?? stream.take('+');
  if (stream.peek().type === '(') durationExpression(stream);
  signedDuration(stream, 1);
  const following = TIGHTNESS.get(stream.peek().type) ?? 0;
  if (following > tightness || operator.type === '^') {
    refuseOperators(stream, {
      start: right.span.start,
      afterSign: sign === undefined ? right.span.start : sign.span.end,
    });
  }
  refuseArithmetic(stream, start);
}

function refuseArithmetic(stream: TokenStream, start: number): never {
  stream.fail({ start, end: stream.lastEnd() }, 'experimental duration expression is not enabled');
}

function signedDuration(stream: TokenStream, sign: number): number {
  const token = stream.peek();
  if (token.type !== 'number' && token.type !== 'duration')
    stream.unexpected('subquery selector', 'number or duration');
  stream.next();
  const seconds = sign * numberOf(stream, token);
  if (Math.abs(seconds) * 1000 > MAX_DURATION_MS) stream.fail(token.span, 'duration out of range');
  return seconds;
}

/** Durations are kept to the nanosecond by Prometheus but used in milliseconds, cut off. */
const toMs = (seconds: number): number => Math.trunc(Math.round(seconds * 1e9) / 1e6);

export function applyOffset(stream: TokenStream, expr: Expr): Expr {
  const offsetMs = toMs(offsetSeconds(stream));
  return reshape(stream, expr, {
    what: 'offset modifier',
    change: (shift) => {
      if (shift.offsetMs !== 0) stream.fail(expr.span, 'offset may not be set multiple times');
      return { ...shift, offsetMs };
    },
  });
}

/** Unlike in brackets an operator ends it: `x offset 5m + 2` adds to the vector. */
function offsetSeconds(stream: TokenStream): number {
  const next = [stream.peek().type, stream.peek(1).type];
  if (next[0] === '(' || ((next[0] === '-' || next[0] === '+') && next[1] === '(')) return durationExpression(stream);
  const sign = stream.take('-') ?? stream.take('+');
  const type = stream.peek().type;
  if (type !== 'number' && type !== 'duration') stream.unexpected('offset', 'number or duration');
  return signedDuration(stream, sign?.type === '-' ? -1 : 1);
}

export function applyAt(stream: TokenStream, expr: Expr): Expr {
  const anchor = stream.take('start') ?? stream.take('end');
  let atMs: number | undefined;
  if (anchor === undefined) atMs = timestamp(stream, expr);
  else if (stream.take('(') === undefined || stream.take(')') === undefined) stream.unexpected('@', 'timestamp');
  return reshape(stream, expr, {
    what: '@ modifier',
    change: (shift) => {
      if (isAnchored(shift)) stream.fail(expr.span, '@ <timestamp> may not be set multiple times');
      return { ...shift, atMs, anchor: anchor?.type as TimeShift['anchor'] };
    },
  });
}

function timestamp(stream: TokenStream, expr: Expr): number {
  const sign = stream.take('-') ?? stream.take('+');
  const token = stream.peek();
  if (token.type !== 'number' && token.type !== 'duration') stream.unexpected('@', 'timestamp');
  stream.next();
  const seconds = (sign?.type === '-' ? -1 : 1) * numberOf(stream, token);
  if (!(Math.abs(seconds) < 2 ** 63)) stream.fail(expr.span, `timestamp out of bounds for @ modifier: ${seconds}`);
  return Math.round(seconds * 1000);
}

const isAnchored = (shift: TimeShift): boolean => shift.atMs !== undefined || shift.anchor !== undefined;

function reshape(
  stream: TokenStream,
  expr: Expr,
  modifier: { what: string; change: (shift: TimeShift) => TimeShift },
): Expr {
  const span = { start: expr.span.start, end: stream.lastEnd() };
  switch (expr.kind) {
    case 'selector':
    case 'subquery':
      return { ...expr, shift: modifier.change(expr.shift), span };
    case 'matrix':
      return { ...expr, selector: { ...expr.selector, shift: modifier.change(expr.selector.shift) }, span };
    default:
      return stream.fail(
        expr.span,
        `${modifier.what} must be preceded by an instant vector selector or range vector selector or a subquery`,
      );
  }
}
