/** Which labels a result can have, from the query alone: enough to say that a result will name no object. */
import { unreachable } from '../../std/assert.ts';
import { type Aggregate, type Binary, type Call, type Expr, METRIC_NAME, unwrapParens } from '../ast.ts';

/** `only`: at most these. `allBut`: any, but not these. */
export type LabelBound = { readonly type: 'only' | 'allBut'; readonly names: ReadonlySet<string> };

const ANY: LabelBound = { type: 'allBut', names: new Set() };
const only = (names: Iterable<string>): LabelBound => ({ type: 'only', names: new Set(names) });

export const mayHave = ({ type, names }: LabelBound, label: string): boolean => (type === 'only') === names.has(label);

function without(bound: LabelBound, labels: readonly string[]): LabelBound {
  if (bound.type === 'allBut') return { type: 'allBut', names: new Set([...bound.names, ...labels]) };
  return only([...bound.names].filter((name) => !labels.includes(name)));
}

function plus(bound: LabelBound, labels: readonly string[]): LabelBound {
  if (bound.type === 'only') return only([...bound.names, ...labels]);
  return { type: 'allBut', names: new Set([...bound.names].filter((name) => !labels.includes(name))) };
}

function kept(bound: LabelBound, labels: readonly string[]): LabelBound {
  return only(labels.filter((label) => mayHave(bound, label)));
}

/** What either may have. */
function either(a: LabelBound, b: LabelBound): LabelBound {
  if (a.type === 'only') return b.type === 'only' ? only([...a.names, ...b.names]) : plus(b, [...a.names]);
  return b.type === 'only'
    ? plus(a, [...b.names])
    : { type: 'allBut', names: new Set([...a.names].filter((name) => b.names.has(name))) };
}

/** Undefined for scalars and strings, which have no labels to speak of. */
export function resultLabels(expr: Expr): LabelBound | undefined {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return undefined;
    case 'selector':
      return emptied(expr.matchers.filter(({ type, value }) => type === '=' && value === '').map(({ name }) => name));
    case 'matrix':
      return resultLabels(expr.selector);
    case 'paren':
    case 'unary':
    case 'subquery':
      return resultLabels(expr.expr);
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

const emptied = (names: readonly string[]): LabelBound => without(ANY, names);

function ofAggregate({ op, expr, param, grouping, without: isWithout }: Aggregate): LabelBound {
  const inner = resultLabels(expr) ?? ANY;
  if (op === 'topk' || op === 'bottomk') return inner;
  const grouped = isWithout ? without(inner, [...grouping, METRIC_NAME]) : kept(inner, grouping);
  return op === 'count_values' && param?.kind === 'string' ? plus(grouped, [param.value]) : grouped;
}

const KEEPS_NAME: ReadonlySet<string> = new Set(['last_over_time', 'sort', 'sort_desc']);

function ofCall({ func, args }: Call): LabelBound | undefined {
  if (func.returns === 'scalar') return undefined;
  if (func.name === 'vector') return only([]);
  if (func.name === 'absent' || func.name === 'absent_over_time')
    return only(equalities(unwrapParens(args[0] as Expr)));
  const at = func.args.findIndex((type) => type === 'vector' || type === 'matrix');
  const arg = args[at];
  if (arg === undefined) return only([]);
  const inner = resultLabels(arg) ?? ANY;
  const target = args[1];
  if ((func.name === 'label_replace' || func.name === 'label_join') && target?.kind === 'string')
    return plus(inner, [target.value]);
  if (KEEPS_NAME.has(func.name)) return inner;
  return without(inner, func.name.startsWith('histogram_') ? [METRIC_NAME, 'le'] : [METRIC_NAME]);
}

function equalities(expr: Expr): readonly string[] {
  const selector = expr.kind === 'matrix' ? expr.selector : expr;
  if (selector.kind !== 'selector') return [];
  return selector.matchers.filter(({ name, type }) => name !== METRIC_NAME && type === '=').map(({ name }) => name);
}

function ofBinary({ op, lhs, rhs, matching }: Binary): LabelBound | undefined {
  const left = resultLabels(lhs);
  const right = resultLabels(rhs);
  if (left === undefined || right === undefined || matching === undefined) return left ?? right;
  if (op === 'or') return either(left, right);
  if (op === 'and' || op === 'unless') return left;
  if (matching.card === 'one-to-one') return matching.on ? kept(left, matching.labels) : without(left, matching.labels);
  return plus(matching.card === 'many-to-one' ? left : right, matching.include);
}
