/** A sum that carries its rounding error along (Neumaier). */
export class Sum {
  total = 0;
  compensation = 0;

  add(value: number): void {
    const next = this.total + value;
    if (!Number.isFinite(next) && !Number.isNaN(next)) this.compensation = 0;
    else if (Math.abs(this.total) >= Math.abs(value)) this.compensation += this.total - next + value;
    else this.compensation += value - next + this.total;
    this.total = next;
  }

  get value(): number {
    return isInfinite(this.total) ? this.total : this.total + this.compensation;
  }
}

export const isInfinite = (value: number): boolean =>
  value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;

/** The mean by a running sum, and by a running mean once that sum would overflow. */
export class Mean {
  #count = 0;
  #sum = new Sum();
  #isIncremental = false;

  add(value: number): void {
    this.#count++;
    const sum = this.#sum;
    if (this.#count === 1) {
      sum.total = value;
      return;
    }
    if (!this.#isIncremental) {
      const { total, compensation } = sum;
      sum.add(value);
      if (!isInfinite(sum.total)) return;
      this.#isIncremental = true;
      sum.total = total / (this.#count - 1);
      sum.compensation = compensation / (this.#count - 1);
    }
    const share = (this.#count - 1) / this.#count;
    sum.total *= share;
    sum.compensation *= share;
    sum.add(value / this.#count);
  }

  get value(): number {
    const { total, compensation } = this.#sum;
    return this.#isIncremental ? total + compensation : total / this.#count + compensation / this.#count;
  }
}

/** The φ-quantile of values, interpolated. Sorts `values`. NaN counts as smallest, as in Prometheus. */
export function quantile(phi: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(phi)) return Number.NaN;
  if (phi < 0) return Number.NEGATIVE_INFINITY;
  if (phi > 1) return Number.POSITIVE_INFINITY;
  // Typed arrays sort NaN last; it belongs first here.
  values.sort();
  let nans = 0;
  while (nans < values.length && Number.isNaN(values[values.length - 1 - nans])) nans++;
  const at = (index: number): number => (index < nans ? Number.NaN : (values[index - nans] as number));
  const rank = phi * (values.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return at(lower) * (1 - weight) + at(upper) * weight;
}
