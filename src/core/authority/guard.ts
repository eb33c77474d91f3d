/**
 * Whether an admission policy of ours was in force when an object was made. Only then is proven what it checks: who
 * made the object, and what that person may do.
 */
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { canonicalJson } from '../../std/json.ts';
import type { KubeObject } from '../../shapes/kube.ts';

/** `why`: the end of a sentence that begins with the name of the policy. */
export type Guard =
  | { readonly state: 'in force'; readonly since: Instant }
  | { readonly state: 'missing'; readonly why: string };

/** What is done with an object whose author is not proven. */
export type Unproven = 'refuse' | 'accept';

/** A policy with its binding. */
export interface PolicyPair {
  readonly policy?: KubeObject;
  readonly binding?: KubeObject;
}

/**
 * Every API server reads its policies from a watch, and compiles them within a second; a slow watch is seconds behind.
 * Objects that are made in the first ten seconds are not proven.
 * https://github.com/kubernetes/kubernetes: apiserver/pkg/admission/plugin/policy/generic/policy_source.go
 */
export const SETTLED_MS = 10_000;

/** `expected`: as this operator would install them. */
export function guardOf(expected: Required<PolicyPair>, { policy, binding }: PolicyPair): Guard {
  const missing = (why: string): Guard => ({ state: 'missing', why });
  if (policy === undefined) return missing('is not installed');
  if (binding === undefined) return missing('has no binding, so that it checks nothing');
  if (!sameSpec(expected.policy, policy)) return missing('is not as this operator installs it');
  if (!sameSpec(expected.binding, binding)) return missing('has a binding that is not as this operator installs it');
  const since = Math.max(changedAt(policy), changedAt(binding));
  return Number.isFinite(since) ? { state: 'in force', since } : missing('does not say since when it is there');
}

/** Why the object that was made at this time is not proven; undefined when it is. */
export function unprovenBy(guard: Guard, createdAt: Instant): string | undefined {
  if (guard.state === 'missing') return guard.why;
  return createdAt >= guard.since + SETTLED_MS ? undefined : 'was installed or changed after that, or just before';
}

/** What an API server fills in. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  scope: '*',
};

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => canonicalJson(member) !== canonicalJson(DEFAULTS[key] ?? null))
      .map(([key, member]) => [key, withoutDefaults(member)]),
  );
}

const sameSpec = (expected: KubeObject, found: KubeObject): boolean =>
  canonicalJson(withoutDefaults(expected['spec'])) === canonicalJson(withoutDefaults(found['spec']));

/** The last change of anything but the status, as far as it is recorded. */
function changedAt({ metadata }: KubeObject): Instant {
  const writes = (metadata.managedFields ?? []) as readonly { readonly time?: string; readonly subresource?: string }[];
  const times = writes.filter(({ subresource = '' }) => subresource === '').map(({ time }) => fromTimestamp(time));
  return Math.max(
    fromTimestamp(metadata.creationTimestamp) ?? Number.NaN,
    ...times.flatMap((time) => (time === undefined ? [] : [time])),
  );
}
