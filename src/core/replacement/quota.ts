/**
 * Whether the quotas of its namespace let a pod be made once others are gone. They count what pods ask for, and a quota
 * that was lowered below what runs lets nothing come back.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import { formatQuantity, parseQuantity, type Quantity } from '../../std/quantity.ts';
import type { Amounts, Container, PodObject, QuotaObject } from '../analysis/objects.ts';

/** Why the successor of the pods that go would be refused; undefined when it would not. */
export function quotaAgainst(
  pod: PodObject,
  going: readonly PodObject[],
  quotas: readonly QuotaObject[],
): string | undefined {
  // What went comes back, one for one; of a workload without pods one would come.
  const coming = Math.max(1, going.length);
  for (const quota of quotas.filter(countsEveryPod)) {
    const hard = quota.status?.hard ?? quota.spec?.hard ?? {};
    for (const [name, limit] of Object.entries(hard)) {
      const each = usageOf(pod, name);
      const used = amount(quota.status?.used?.[name]);
      const max = amount(limit);
      if (each === undefined || used === undefined || max === undefined) continue;
      const freed = going.reduce((sum, one) => sum + (usageOf(one, name) ?? 0n), 0n);
      const then = used.nano - freed + each * BigInt(coming);
      if (each === 0n || then <= max.nano) continue;
      return (
        `quota ${quota.metadata.name} allows ${name}=${String(limit)}; ` +
        `used is ${formatQuantity(used)}, of which ${formatQuantity({ ...used, nano: freed })} would be freed and ` +
        `${formatQuantity({ ...used, nano: each * BigInt(coming) })} asked for`
      );
    }
  }
  return undefined;
}

/** One with scopes counts some pods alone: nothing is concluded from it. */
function countsEveryPod({ spec }: QuotaObject): boolean {
  const { scopes = [], scopeSelector } = (spec ?? {}) as {
    readonly scopes?: readonly string[];
    readonly scopeSelector?: object;
  };
  return scopes.length === 0 && scopeSelector === undefined;
}

const amount = (value: string | number | undefined): Quantity | undefined =>
  value === undefined ? undefined : parseQuantity(String(value));

const POD_COUNT: ReadonlySet<string> = new Set(['pods', 'count/pods']);

/** In billionths; undefined of what a quota counts beside pods. */
function usageOf({ spec }: PodObject, name: string): bigint | undefined {
  if (POD_COUNT.has(name)) return 1_000_000_000n;
  const found = /^(?:(requests|limits)\.)?(cpu|memory|ephemeral-storage)$/.exec(name);
  if (found === null) return undefined;
  const [, which = 'requests', resource = ''] = found;
  const of = ({ resources }: Container): bigint => amount(amountsOf(resources, which)?.[resource])?.nano ?? 0n;
  const together = (spec?.containers ?? []).reduce((sum, one) => sum + of(one), 0n);
  const largest = (spec?.initContainers ?? []).reduce((most, one) => (of(one) > most ? of(one) : most), 0n);
  return together > largest ? together : largest;
}

const amountsOf = (resources: Container['resources'], which: string): Amounts | undefined =>
  which === 'limits' ? resources?.limits : resources?.requests;
