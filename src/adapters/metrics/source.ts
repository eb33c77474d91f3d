/** The port to whatever answers PromQL. What cannot be known is an answer of its own: never an empty vector, never an exception. */
import type { Instant } from '../../std/clock.ts';

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
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

export interface MetricSource {
  /** Never rejects but with the reason of an aborted signal. */
  query(promql: string, at: Instant, signal: AbortSignal): Promise<MetricResult>;
}

export const unknown = (reason: UnknownReason, message: string, warnings: readonly string[] = []): MetricResult => ({
  type: 'unknown',
  reason,
  message,
  warnings,
});
