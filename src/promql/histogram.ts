/**
 * Classic histograms: cumulative buckets with an upper bound each.
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */

export interface Bucket {
  readonly bound: number;
  count: number;
}

/** `le` as a number; undefined when it is none. */
export function parseBound(text: string): number | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** Sorted, equal bounds added up. */
function coalesced(buckets: readonly Bucket[]): Bucket[] {
  const sorted = [...buckets].sort((a, b) => a.bound - b.bound || 0);
  const result: Bucket[] = [];
  for (const bucket of sorted) {
    const last = result.at(-1);
    if (last !== undefined && last.bound === bucket.bound) last.count += bucket.count;
    else result.push({ ...bucket });
  }
  return result;
}

/**
 * Differences below this, relative to the sum of two counts, are rounding errors of the sums that buckets went through.
 */
const SMALL_DELTA = 1e-12;
const MIN_NORMAL = 2 ** -1022;

function almostEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return difference < SMALL_DELTA * MIN_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < SMALL_DELTA;
}

/** Counts never fall from bucket to bucket. Returns whether that took more than evening out rounding errors. */
function forceMonotonic(buckets: Bucket[]): boolean {
  let highest = buckets[0]?.count ?? 0;
  let isForced = false;
  for (const bucket of buckets.slice(1)) {
    if (bucket.count === highest) continue;
    const isNoise = almostEqual(highest, bucket.count);
    if (!isNoise && !(bucket.count < highest)) {
      highest = bucket.count;
      continue;
    }
    if (!isNoise) isForced = true;
    bucket.count = highest;
  }
  return isForced;
}

export interface Quantile {
  readonly value: number;
  /** Counts were not cumulative and had to be corrected. */
  readonly isForced: boolean;
}

/**
 * The φ-quantile, linear within a bucket; the lowest begins at 0 if its bound is positive, the highest answers with its
 * lower bound.
 */
export function bucketQuantile(phi: number, given: readonly Bucket[]): Quantile {
  const answer = (value: number, isForced = false): Quantile => ({ value, isForced });
  if (Number.isNaN(phi)) return answer(Number.NaN);
  if (phi < 0) return answer(Number.NEGATIVE_INFINITY);
  if (phi > 1) return answer(Number.POSITIVE_INFINITY);
  const buckets = coalesced(given);
  const last = buckets.length - 1;
  if (buckets[last]?.bound !== Number.POSITIVE_INFINITY) return answer(Number.NaN);
  const isForced = forceMonotonic(buckets);
  const bound = (index: number): number => buckets[index]?.bound ?? Number.NaN;
  const count = (index: number): number => buckets[index]?.count ?? Number.NaN;
  if (last < 1 || count(last) === 0) return answer(Number.NaN, isForced);
  const rank = phi * count(last);
  let index = 0;
  while (index < last && !(count(index) >= rank)) index++;
  if (index === last) return answer(bound(last - 1), isForced);
  if (index === 0 && bound(0) <= 0) return answer(bound(0), isForced);
  const start = index > 0 ? bound(index - 1) : 0;
  const below = index > 0 ? count(index - 1) : 0;
  return answer(start + (bound(index) - start) * ((rank - below) / (count(index) - below)), isForced);
}

/** The share of observations between two values, linear within a bucket. */
export function bucketFraction(range: { lower: number; upper: number }, given: readonly Bucket[]): number {
  const { lower, upper } = range;
  const buckets = coalesced(given);
  const last = buckets.at(-1);
  if (last === undefined || last.bound !== Number.POSITIVE_INFINITY) return Number.NaN;
  if (last.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, buckets) - rankOf(lower, buckets)) / last.count;
}

function rankOf(value: number, buckets: readonly Bucket[]): number {
  const total = buckets.at(-1)?.count ?? 0;
  let below = 0;
  let start = Number.NEGATIVE_INFINITY;
  for (const { bound, count } of buckets) {
    if (start >= value) return Math.min(below, total);
    if (bound > value) {
      // Borders at infinity make the share 0/0 or ∞/∞; IEEE arithmetic then gives what Prometheus gives.
      const rank = below + ((count - below) * (value - start)) / (bound - start);
      return rank > total ? total : rank;
    }
    below = count;
    start = bound;
  }
  return total;
}
