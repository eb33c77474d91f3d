/**
 * PromQL as Prometheus 3.5 has it, for others to import. A query is parsed, then looked into or evaluated over a source
 * of series:
 *
 *     const expr = parse('sum by (pod) (rate(restarts_total[5m])) > 0.1');
 *     const { samples } = evaluateInstant(expr, store, { atMs: clock.now() });
 */
export { parse } from './parser.ts';
export type { PatternAllowance } from './token-stream.ts';
export { EvaluationError, ParseError, positionAt } from './errors.ts';
export {
  type Binary,
  callsOf,
  children,
  type ComparisonOperator,
  COMPARISONS,
  type Expr,
  type Matcher,
  METRIC_NAME,
  selectorsOf,
  type TimeShift,
  typeOf,
  type VectorSelector,
} from './ast.ts';
export { NATIVE_ONLY } from './functions/signatures.ts';

// What can be said of a query, or made of it, before there is any series.
export { confine, type Confinement } from './analysis/confine.ts';
export { leavesOut } from './analysis/absence.ts';
export { type LabelBound, mayHave, resultLabels } from './analysis/result-labels.ts';
export { boundsOf, canHold } from './analysis/value-bounds.ts';

export { evaluateInstant, evaluateRange, instantInSlices } from './query.ts';
export { DEFAULT_LIMITS, type EvaluationLimits } from './limits.ts';
export { Labels } from './labels.ts';
export { compileMatch } from './regex.ts';
export { format } from './format.ts';
export { formatFloat } from './literals.ts';
export { serialise } from './serialise.ts';

export { DEFAULT_STORE_LIMITS, SeriesStore, type StoreLimits } from './storage/series-store.ts';
export { loadSeries, type RecordedSeries, STALE_MARKER } from './storage/load.ts';
