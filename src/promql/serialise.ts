/**
 * The tree in the JSON shape of `GET /api/v1/parse_query`. https://prometheus.io/docs/prometheus/latest/querying/api/
 */
import { unreachable } from '../std/assert.ts';
import type { Expr, TimeShift } from './ast.ts';
import { formatFloat } from './literals.ts';

export type JsonNode = Readonly<Record<string, unknown>>;

const shiftOf = (shift: TimeShift): JsonNode => ({
  offset: shift.offsetMs,
  startOrEnd: shift.anchor ?? null,
  timestamp: shift.atMs ?? null,
});

export function serialise(expr: Expr): JsonNode {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatFloat(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value };
    case 'selector':
      return { type: 'vectorSelector', name: expr.name, matchers: expr.matchers, ...shiftOf(expr.shift) };
    case 'matrix':
      return { ...serialise(expr.selector), type: 'matrixSelector', range: expr.rangeMs };
    case 'subquery':
      return {
        type: 'subquery',
        expr: serialise(expr.expr),
        range: expr.rangeMs,
        step: expr.stepMs,
        ...shiftOf(expr.shift),
      };
    case 'call': {
      const { name, args, variadic, returns } = expr.func;
      return {
        type: 'call',
        func: { name, argTypes: args, variadic, returnType: returns },
        args: expr.args.map(serialise),
      };
    }
    case 'aggregate': {
      const { op, grouping, without } = expr;
      return {
        type: 'aggregation',
        op,
        expr: serialise(expr.expr),
        param: expr.param ? serialise(expr.param) : null,
        grouping,
        without,
      };
    }
    case 'binary': {
      const { op, returnsBool, matching } = expr;
      const sides = { lhs: serialise(expr.lhs), rhs: serialise(expr.rhs) };
      return { type: 'binaryExpr', op, bool: returnsBool, matching: matching ?? null, ...sides };
    }
    case 'unary':
      return { type: 'unaryExpr', op: expr.op, expr: serialise(expr.expr) };
    case 'paren':
      return { type: 'parenExpr', expr: serialise(expr.expr) };
    default:
      return unreachable(expr);
  }
}
