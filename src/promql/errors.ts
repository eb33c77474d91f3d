/**
 * What can go wrong with a query: it does not parse, or it cannot be evaluated. Both are answers to whoever wrote it,
 * never crashes.
 */

/** Character offsets in the query, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One-based, as editors and Prometheus count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  let line = 1;
  for (const character of before) if (character === '\n') line++;
  return { line, column: offset - lastBreak };
}

/** Syntax or type error. `message` has Prometheus' form: `1:23: parse error: unexpected ...`. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  /** `TooExpensive`: it is right, and more than one query may ask for. */
  readonly code: 'InvalidQuery' | 'TooExpensive';
  readonly position: Position;
  readonly detail: string;
  readonly span: Span;

  constructor(
    query: string,
    span: Span,
    { detail, code = 'InvalidQuery' }: { readonly detail: string; readonly code?: ParseError['code'] },
  ) {
    const position = positionAt(query, span.start);
    super(`${position.line}:${position.column}: parse error: ${detail}`);
    this.position = position;
    this.code = code;
    this.detail = detail;
    this.span = span;
  }
}

/**
 * `Execution`: the data do not allow the operation. `Limit`: a bound of the evaluator was met. `Cancelled`: the caller
 * gave up.
 */
export type EvaluationCode = 'Execution' | 'Limit' | 'Cancelled';

export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
  readonly code: EvaluationCode;

  constructor(message: string, code: EvaluationCode = 'Execution') {
    super(message);
    this.code = code;
  }
}
