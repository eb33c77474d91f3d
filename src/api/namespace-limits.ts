/** What one namespace may take of what all namespaces share; the rest waits, and is told. */
import * as z from 'zod';
import { field } from './fields.ts';

export const namespaceLimitsSchema = z.strictObject({
  sharePercent: field(
    z.int().min(1).max(100),
    'Of `maxConcurrent` and `maxActionsPerHour` one namespace may take so many percent, rounded up.',
    // A fifth is left to the others: of the default limits one action in flight, and twelve in an hour.
  ).default(80),
  policies: field(
    z.int().min(1).max(10_000),
    'Of the HealingPolicies of a namespace the oldest ones are served, so many; the others say that they wait for a place.',
    // A policy keeps up to 2 MB (its status, its targets, the answers to its queries): 200 MB for a namespace at worst.
  ).default(100),
  unfinishedActions: field(
    z.int().min(1).max(10_000),
    'Of the unfinished HealingActions of a namespace the oldest ones are worked on, so many; the others wait for them.',
    // Twenty for each place of the default maxConcurrent. One takes up to 20 KB: 2 MB for a namespace.
  ).default(100),
  notificationsPerHour: field(
    z.int().min(1).max(10_000),
    'Messages to people about one namespace in an hour; the others are counted, and told in one.',
    // One a minute is more than anybody reads.
  ).default(60),
});

export type NamespaceLimits = z.output<typeof namespaceLimitsSchema>;
export const DEFAULT_NAMESPACE_LIMITS: NamespaceLimits = namespaceLimitsSchema.parse({});
