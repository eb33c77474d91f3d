/** `histogram_quantile` and `histogram_fraction` over the `_bucket` series of classic histograms. */
import { inPieces, type Sliced } from '../../std/slices.ts';
import type { Call, Expr } from '../ast.ts';
import type { Evaluation } from '../evaluation.ts';
import { type Bucket, bucketFraction, bucketQuantile, parseBound } from '../histogram.ts';
import type { Labels } from '../labels.ts';
import { MatrixBuilder, type StepMatrix } from '../step-matrix.ts';

interface Histogram {
  readonly labels: Labels;
  /** Row and upper bound of each bucket. */
  readonly buckets: { readonly row: number; readonly bound: number }[];
}

const LE: ReadonlySet<string> = new Set(['le']);

export function* histogramCall(on: Evaluation, call: Call): Sliced<StepMatrix> {
  const scalars: Float64Array[] = [];
  for (const arg of call.args.slice(0, -1)) scalars.push(yield* on.scalar(arg));
  const matrix = yield* on.vector(call.args.at(-1) as Expr);
  const isQuantile = call.func.name === 'histogram_quantile';
  if (isQuantile) on.warnOfQuantiles(scalars[0] ?? new Float64Array());
  const builder = new MatrixBuilder(on.steps);
  for (const histogram of yield* group(on, matrix)) {
    let target: number | undefined;
    for (let step = 0; step < on.steps; step++) {
      const buckets = present(matrix, histogram, step);
      if (buckets.length === 0) continue;
      const [first = Number.NaN, second = Number.NaN] = scalars.map((scalar) => scalar[step] as number);
      target ??= builder.row(histogram.labels.anonymous());
      builder.put(
        target,
        step,
        isQuantile
          ? quantileOf(on, first, { histogram, buckets })
          : bucketFraction({ lower: first, upper: second }, buckets),
      );
    }
    yield;
  }
  return yield* builder.build(true);
}

function quantileOf(
  on: Evaluation,
  phi: number,
  { histogram, buckets }: { histogram: Histogram; buckets: readonly Bucket[] },
): number {
  const { value, isForced } = bucketQuantile(phi, buckets);
  if (isForced) {
    const name = histogram.labels.get('__name__');
    on.query.warnings.add(
      `PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name ${JSON.stringify(name)}`,
    );
  }
  return value;
}

function* group(on: Evaluation, matrix: StepMatrix): Sliced<Iterable<Histogram>> {
  const histograms = new Map<string, Histogram>();
  const add = (row: number): void => {
    const own = matrix.labels.at(row);
    const bound = parseBound(own.get('le'));
    if (bound === undefined) {
      on.query.warnings.add(
        `PromQL warning: bucket label "le" is missing or has a malformed value of ${JSON.stringify(own.get('le'))}`,
      );
      return;
    }
    const labels = own.without(LE);
    const histogram = histograms.get(labels.key) ?? { labels, buckets: [] };
    histogram.buckets.push({ row, bound });
    histograms.set(labels.key, histogram);
  };
  yield* inPieces(matrix.rows, (from, to) => {
    for (let row = from; row < to; row++) add(row);
  });
  return histograms.values();
}

function present(matrix: StepMatrix, { buckets }: Histogram, step: number): readonly Bucket[] {
  const found: Bucket[] = [];
  for (const { row, bound } of buckets) {
    const cell = row * matrix.steps + step;
    if (matrix.present[cell] === 1) found.push({ bound, count: matrix.values[cell] as number });
  }
  return found;
}
