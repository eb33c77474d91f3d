import { describe, expect, it } from 'vitest';
import { MINUTE, T0 } from '../../../test/kit/core-data.ts';
import { APPROVALS_POLICY, provingPolicies } from '../../api/admission/index.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { guardOf, type PolicyPair, unprovenBy } from './guard.ts';

const expected = provingPolicies({ namespace: 'kubeskippy-system' })[APPROVALS_POLICY];

type Spec = Readonly<Record<string, unknown>>;
/** As an API server answers it: made at T0, with what it fills in. */
const served = (object: KubeObject, spec: Spec = {}, metadata: object = {}): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, creationTimestamp: toTimestamp(T0), ...metadata },
  spec: { ...(object['spec'] as Spec), ...spec },
});
const constraints = (expected.policy['spec'] as { readonly matchConstraints: { resourceRules: object[] } })
  .matchConstraints;
const filledIn = {
  matchConstraints: {
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    resourceRules: constraints.resourceRules.map((rule) => ({ ...rule, scope: '*' })),
  },
};
const policy = served(expected.policy, filledIn);
const binding = served(expected.binding);
const state = (pair: PolicyPair) => {
  const guard = guardOf(expected, pair);
  return guard.state === 'in force' ? guard.since - T0 : guard.why;
};

describe('an admission policy', () => {
  it.each<[string, PolicyPair, number | string]>([
    ['is in force since it was made', { policy, binding }, 0],
    ['is missing', { binding }, 'is not installed'],
    ['has no binding', { policy }, 'has no binding, so that it checks nothing'],
    [
      'is in force since the last change of it',
      { policy: served(policy, {}, { managedFields: [{ time: toTimestamp(T0 + MINUTE) }] }), binding },
      MINUTE,
    ],
    [
      'is in force since before its status was written',
      {
        policy: served(policy, {}, { managedFields: [{ time: toTimestamp(T0 + MINUTE), subresource: 'status' }] }),
        binding,
      },
      0,
    ],
    [
      'is in force since the last change of its binding',
      { policy, binding: served(binding, {}, { managedFields: [{ time: toTimestamp(T0 + MINUTE) }] }) },
      MINUTE,
    ],
    ['is another', { policy: served(policy, { validations: [] }), binding }, 'is not as this operator installs it'],
    [
      'holds for fewer requests',
      { policy: served(policy, { matchConditions: [{ name: 'no', expression: 'false' }] }), binding },
      'is not as this operator installs it',
    ],
    [
      'lets through what it cannot judge',
      { policy: served(policy, { failurePolicy: 'Ignore' }), binding },
      'is not as this operator installs it',
    ],
    [
      'holds in some namespaces',
      {
        policy: served(policy, {
          matchConstraints: { ...filledIn.matchConstraints, namespaceSelector: { matchLabels: { a: 'b' } } },
        }),
        binding,
      },
      'is not as this operator installs it',
    ],
    [
      'only warns',
      { policy, binding: served(binding, { validationActions: ['Warn'] }) },
      'has a binding that is not as this operator installs it',
    ],
    [
      'is bound in some namespaces',
      { policy, binding: served(binding, { matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } }) },
      'has a binding that is not as this operator installs it',
    ],
  ])('%s', (_title, pair, words) => {
    expect(state(pair)).toBe(words);
  });

  it('proves nothing of what was made before it, or within ten seconds', () => {
    const guard = { state: 'in force', since: T0 } as const;
    expect([-1, 9_999, 10_000].map((ms) => unprovenBy(guard, T0 + ms) === undefined)).toEqual([false, false, true]);
  });
});
