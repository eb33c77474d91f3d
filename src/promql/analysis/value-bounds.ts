/**
 * Between which numbers a result must lie, from the query alone: enough to say that a threshold can never be met. NaN
 * aside.
 */
import { unreachable } from '../../std/assert.ts';
import {
  type Aggregate,
  type Binary,
  type Call,
  COMPARISONS,
  type ComparisonOperator,
  type Expr,
  unwrapParens,
  type VectorSelector,
} from '../ast.ts';

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

const ANYTHING: Bounds = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };
const NOT_NEGATIVE: Bounds = { least: 0, most: Number.POSITIVE_INFINITY };
const exactly = (value: number): Bounds => (Number.isNaN(value) ? ANYTHING : { least: value, most: value });
const between = (least: number, most: number): Bounds => ({ least, most });

/** Published as 0 or 1, or as 1 only. */
const FLAGS =
  /^(up|kube_pod_status_(phase|ready|scheduled|reason|unschedulable)|kube_(pod_container|pod_init_container)_status_(ready|running|waiting|terminated|waiting_reason|terminated_reason|last_terminated_reason)|kube_\w+_status_condition|kube_(persistentvolume|persistentvolumeclaim)_status_phase|kube_node_spec_unschedulable|kube_\w+_info|kube_job_(complete|failed))$/;
/** Counts, bytes, seconds and counters. */
const COUNTS = /(_total|_bytes|_seconds|_count|_bucket|_replicas|_percent)$|^(kube_|restart_count$)/;

export function boundsOf(expr: Expr): Bounds {
  switch (expr.kind) {
    case 'number':
      return exactly(expr.value);
    case 'string':
      return ANYTHING;
    case 'selector':
      return ofFamily(expr);
    case 'matrix':
      return ofFamily(expr.selector);
    case 'paren':
    case 'subquery':
      return boundsOf(expr.expr);
    case 'unary': {
      const { least, most } = boundsOf(expr.expr);
      return expr.op === '-' ? between(-most, -least) : between(least, most);
    }
    case 'aggregate':
      return ofAggregate(expr);
    case 'call':
      return ofCall(expr);
    case 'binary':
      return ofBinary(expr);
    default:
      return unreachable(expr);
  }
}

function ofFamily({ name, matchers }: VectorSelector): Bounds {
  const family = name || (matchers.find((matcher) => matcher.name === '__name__' && matcher.type === '=')?.value ?? '');
  if (FLAGS.test(family)) return between(0, 1);
  return COUNTS.test(family) ? NOT_NEGATIVE : ANYTHING;
}

function ofAggregate({ op, expr, param }: Aggregate): Bounds {
  const inner = boundsOf(expr);
  switch (op) {
    case 'count':
    case 'count_values':
      return between(1, Number.POSITIVE_INFINITY);
    case 'group':
      return exactly(1);
    case 'stddev':
    case 'stdvar':
      return NOT_NEGATIVE;
    case 'sum':
      return between(
        inner.least < 0 ? Number.NEGATIVE_INFINITY : inner.least,
        inner.most > 0 ? Number.POSITIVE_INFINITY : inner.most,
      );
    case 'quantile':
      return isShare(param) ? inner : ANYTHING;
    default:
      return inner;
  }
}

const isShare = (param: Expr | undefined): boolean => param?.kind === 'number' && param.value >= 0 && param.value <= 1;

const SAME = new Set([
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'last_over_time',
  'sort',
  'sort_desc',
  'label_replace',
  'label_join',
  'vector',
  'scalar',
]);
const RATES = new Set(['rate', 'irate', 'increase']);
const NEVER_NEGATIVE = new Set([
  'changes',
  'resets',
  'abs',
  'sqrt',
  'exp',
  'stddev_over_time',
  'stdvar_over_time',
  'time',
  'timestamp',
]);
const FIXED: Readonly<Record<string, Bounds>> = {
  absent: exactly(1),
  absent_over_time: exactly(1),
  present_over_time: exactly(1),
  pi: exactly(Math.PI),
  sgn: between(-1, 1),
  count_over_time: between(1, Number.POSITIVE_INFINITY),
  histogram_fraction: between(0, 1),
  minute: between(0, 59),
  hour: between(0, 23),
  day_of_week: between(0, 6),
  day_of_month: between(1, 31),
  day_of_year: between(1, 366),
  days_in_month: between(28, 31),
  month: between(1, 12),
};

function ofCall({ func, args }: Call): Bounds {
  const fixed = FIXED[func.name];
  if (fixed !== undefined) return fixed;
  if (NEVER_NEGATIVE.has(func.name)) return NOT_NEGATIVE;
  const first = args[0] === undefined ? ANYTHING : boundsOf(args[0]);
  // What is stored under a rate is a counter; what a subquery makes may be anything.
  if (RATES.has(func.name)) return first.least >= 0 || args[0]?.kind === 'matrix' ? NOT_NEGATIVE : ANYTHING;
  if (SAME.has(func.name)) return first;
  if (func.name === 'quantile_over_time') return isShare(args[0]) && args[1] ? boundsOf(args[1]) : ANYTHING;
  if (func.name === 'sum_over_time') return first.least >= 0 ? NOT_NEGATIVE : ANYTHING;
  if (['ceil', 'floor', 'round'].includes(func.name)) return between(Math.floor(first.least), Math.ceil(first.most));
  if (func.name === 'clamp')
    return between(args[1] ? boundsOf(args[1]).least : first.least, args[2] ? boundsOf(args[2]).most : first.most);
  if (func.name === 'clamp_min')
    return between(Math.max(first.least, args[1] ? boundsOf(args[1]).least : first.least), first.most);
  if (func.name === 'clamp_max')
    return between(first.least, Math.min(first.most, args[1] ? boundsOf(args[1]).most : first.most));
  return ANYTHING;
}

function ofBinary(expr: Binary): Bounds {
  const { op, lhs, rhs, returnsBool } = expr;
  const left = boundsOf(lhs);
  const right = boundsOf(rhs);
  if (returnsBool) return between(0, 1);
  if (COMPARISONS.has(op)) return lhs.kind === 'number' ? right : left;
  switch (op) {
    case 'and':
    case 'unless':
      return left;
    case 'or':
      return between(Math.min(left.least, right.least), Math.max(left.most, right.most));
    case '+':
      return between(left.least + right.least, left.most + right.most);
    case '-':
      return between(left.least - right.most, left.most - right.least);
    case '*':
      return product(left, right);
    case '/':
      if (isShareOf(lhs, rhs)) return between(0, 1);
      if (right.least > 0 && right.least === right.most) return product(left, exactly(1 / right.least));
      return left.least >= 0 && right.least >= 0 ? NOT_NEGATIVE : ANYTHING;
    default:
      return ANYTHING;
  }
}

function product(a: Bounds, b: Bounds): Bounds {
  // Zero times infinity is nothing here: the other factor stays finite.
  const corners = [a.least * b.least, a.least * b.most, a.most * b.least, a.most * b.most].map((corner) =>
    Number.isNaN(corner) ? 0 : corner,
  );
  return between(Math.min(...corners), Math.max(...corners));
}

/**
 * `sum(rate(x{code="500"}[5m])) / sum(rate(x[5m]))`: the same expression, with more matchers above the line, of values
 * that are not negative.
 */
function isShareOf(part: Expr, whole: Expr): boolean {
  const a = unwrapParens(part);
  const b = unwrapParens(whole);
  if (a.kind === 'aggregate' && b.kind === 'aggregate') {
    return (
      a.op === b.op &&
      (a.op === 'sum' || a.op === 'count') &&
      a.grouping.join() === b.grouping.join() &&
      isShareOf(a.expr, b.expr)
    );
  }
  if (a.kind === 'call' && b.kind === 'call') {
    return (
      a.func.name === b.func.name &&
      ['rate', 'increase'].includes(a.func.name) &&
      isShareOf(a.args[0] as Expr, b.args[0] as Expr)
    );
  }
  if (a.kind === 'matrix' && b.kind === 'matrix') return a.rangeMs === b.rangeMs && isShareOf(a.selector, b.selector);
  if (a.kind !== 'selector' || b.kind !== 'selector' || ofFamily(a).least < 0) return false;
  const has = JSON.stringify;
  return a.name === b.name && b.matchers.every((matcher) => a.matchers.some((other) => has(other) === has(matcher)));
}

/** Whether some value, or every value, within the bounds compares as asked. */
export function canHold(
  { least, most }: Bounds,
  operator: ComparisonOperator,
  threshold: number,
): { some: boolean; every: boolean } {
  switch (operator) {
    case '>':
      return { some: most > threshold, every: least > threshold };
    case '>=':
      return { some: most >= threshold, every: least >= threshold };
    case '<':
      return { some: least < threshold, every: most < threshold };
    case '<=':
      return { some: least <= threshold, every: most <= threshold };
    case '==':
      return { some: least <= threshold && threshold <= most, every: least === threshold && most === threshold };
    case '!=':
      return { some: !(least === threshold && most === threshold), every: threshold < least || threshold > most };
    default:
      return unreachable(operator);
  }
}
