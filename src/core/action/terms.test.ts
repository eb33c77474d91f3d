import { expect, it } from 'vitest';
import { MINUTE, policyOf } from '../../../test/kit/core-data.ts';
import { termsOf } from './terms.ts';

it('an action without a policy has the terms of a policy that says nothing', () => {
  expect(termsOf(undefined)).toEqual(termsOf(policyOf()));
});

it('the terms of a policy are those of its safety rules', () => {
  const safetyRules = {
    approvalTimeout: '1m',
    healthCheckTimeout: '2m',
    contention: 'ignore',
    replacement: 'ignore',
    undoOnFailure: false,
  };
  expect(termsOf(policyOf({ safetyRules }))).toEqual({
    approvalTimeoutMs: MINUTE,
    healthCheckTimeoutMs: 2 * MINUTE,
    contention: 'ignore',
    replacement: 'ignore',
    undo: 'unwanted',
  });
});
