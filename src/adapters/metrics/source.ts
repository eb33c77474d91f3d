/** What both sources answer with. */
import type { MetricResult, UnknownReason } from '../../operator/ports.ts';

export type { MetricResult, MetricSample, MetricSource } from '../../operator/ports.ts';

export const unknown = (reason: UnknownReason, message: string, warnings: readonly string[] = []): MetricResult => ({
  type: 'unknown',
  reason,
  message,
  warnings,
});
