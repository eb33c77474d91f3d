/** From when on failures of many workloads are taken for one outage, in which nothing is healed automatically. */
import * as z from 'zod';
import { field } from './fields.ts';

export const commonCauseSchema = z.strictObject({
  minWorkloads: field(
    z.int().min(2).max(100_000),
    'So many workloads at least have to begin to fail within ten minutes of each other.',
    // Fewer may fail together by chance: a policy stops by itself for its own targets (`maxUnhealthy`).
  ).default(10),
  sharePercent: field(
    z.int().min(1).max(100),
    'And so many of a hundred targets that are watched: of the cluster, or of one namespace.',
  ).default(25),
});

export type CommonCauseLimits = z.output<typeof commonCauseSchema>;
export const DEFAULT_COMMON_CAUSE: CommonCauseLimits = commonCauseSchema.parse({});
