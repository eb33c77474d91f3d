/** The functions of Prometheus 3.5 and their types. https://prometheus.io/docs/prometheus/latest/querying/functions/ */
import type { Signature, ValueType } from '../ast.ts';

const ofVector = [
  'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_stddev',
  'histogram_stdvar histogram_sum ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp',
];
const ofRange = [
  'absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time max_over_time',
  'min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time',
];
const ofOptionalVector = ['day_of_month day_of_week day_of_year days_in_month hour minute month year'];

const names = (lines: readonly string[]): readonly string[] => lines.flatMap((line) => line.split(' '));
const vector = (name: string, args: readonly ValueType[], variadic = 0): Signature => ({
  name,
  args,
  variadic,
  returns: 'vector',
});

const all: readonly Signature[] = [
  ...names(ofVector).map((name) => vector(name, ['vector'])),
  ...names(ofRange).map((name) => vector(name, ['matrix'])),
  ...names(ofOptionalVector).map((name) => vector(name, ['vector'], 1)),
  vector('clamp', ['vector', 'scalar', 'scalar']),
  vector('clamp_max', ['vector', 'scalar']),
  vector('clamp_min', ['vector', 'scalar']),
  vector('histogram_fraction', ['scalar', 'scalar', 'vector']),
  vector('histogram_quantile', ['scalar', 'vector']),
  vector('label_join', ['vector', 'string', 'string', 'string'], -1),
  vector('label_replace', ['vector', 'string', 'string', 'string', 'string']),
  vector('predict_linear', ['matrix', 'scalar']),
  vector('quantile_over_time', ['scalar', 'matrix']),
  vector('round', ['vector', 'scalar'], 1),
  vector('vector', ['scalar']),
  { name: 'pi', args: [], variadic: 0, returns: 'scalar' },
  { name: 'scalar', args: ['vector'], variadic: 0, returns: 'scalar' },
  { name: 'time', args: [], variadic: 0, returns: 'scalar' },
];

export const SIGNATURES: ReadonlyMap<string, Signature> = new Map(all.map((signature) => [signature.name, signature]));

/** Known to Prometheus 3.5 but behind a feature flag there: refused by name rather than as unknown. */
export const EXPERIMENTAL_FUNCTIONS: ReadonlySet<string> = new Set([
  'double_exponential_smoothing',
  'info',
  'mad_over_time',
  'sort_by_label',
  'sort_by_label_desc',
  'ts_of_last_over_time',
  'ts_of_max_over_time',
  'ts_of_min_over_time',
]);

export const EXPERIMENTAL_AGGREGATORS: ReadonlySet<string> = new Set(['limitk', 'limit_ratio']);

/**
 * Only native histograms have these; over numbers their result is empty, as it is in Prometheus. There are no native
 * histograms here, so whoever accepts rules should refuse them by name.
 */
export const NATIVE_ONLY: ReadonlySet<string> = new Set([
  'histogram_avg',
  'histogram_count',
  'histogram_stddev',
  'histogram_stdvar',
  'histogram_sum',
]);
