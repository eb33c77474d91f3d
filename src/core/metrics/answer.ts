/**
 * What a PromQL query answers, and what of it concerns one target. What cannot be known is an answer of its own, never
 * an empty one.
 */
import type { Instant } from '../../std/clock.ts';

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What JSON has no number for goes by its name, as in Prometheus' own JSON. */
export type SeenValue = number | 'NaN' | '+Inf' | '-Inf';

/** A sample in a decision's input, which is data. */
export interface SeenSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: SeenValue;
}

export const seenSample = ({ labels, value }: MetricSample): SeenSample => ({ labels, value: seenValue(value) });

function seenValue(value: number): SeenValue {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  // JSON has no negative zero, which is equal to zero.
  return value === 0 ? 0 : value;
}

/**
 * - `InvalidQuery`: it does not parse, does not type-check, or is refused by name.
 * - `NoSuchFamily`: nobody provides a series that the query names.
 * - `NotCovered`: the source has not watched for as long as the query looks back.
 * - `SourceDown`: no answer, or the circuit is open.
 * - `Partial`: an answer that leaves something out.
 * - `Failed`: the data do not allow the operation (many-to-many matching, …), or a limit was met.
 */
export type UnknownReason = 'InvalidQuery' | 'NoSuchFamily' | 'NotCovered' | 'SourceDown' | 'Partial' | 'Failed';

export type MetricResult = { readonly warnings: readonly string[] } & (
  | { readonly type: 'vector'; readonly samples: readonly MetricSample[] }
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'unknown'; readonly reason: UnknownReason; readonly message: string }
);

/**
 * What the absence of a series says. `false`: the query leaves series out when they do not hold (`x > 1`), so absence
 * is the answer no. `unknown`: every series that exists is in the result, so absence is missing data.
 */
export type Absence = 'false' | 'unknown';

/** The newest answer to a trigger's query, as far as it concerns one target. */
export type MetricSeen =
  | { readonly unknown: UnknownReason | 'NotEvaluated'; readonly message: string }
  | {
      readonly at: Instant;
      /** After this it says nothing about now any more. */
      readonly goodUntil: Instant;
      /**
       * The end of the last time without answers that was too long to bridge; undefined when this process has seen
       * none.
       */
      readonly unbrokenSince?: Instant;
      readonly absence: Absence;
      readonly series: readonly SeenSample[];
    };
