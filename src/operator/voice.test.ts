import { expect, it } from 'vitest';
import { WEB } from '../../test/kit/core-data.ts';
import { HEALING_ACTION, HEALING_POLICY } from '../api/names.ts';
import { crowdOf } from './voice.ts';

const ours = (kind: string, uid: string) => ({ ...WEB, apiVersion: 'kubeskippy.io/v1alpha1', kind, uid });
const policy = ours(HEALING_POLICY.kind, 'policy-1');
const action = ours(HEALING_ACTION.kind, 'action-1');
const news = { reason: 'HealingBlocked' } as const;

it.each([
  ['a target of a policy is one', WEB, [WEB, policy], 'HealingBlocked policy-1'],
  ['the policy is none of them', policy, [WEB, policy], undefined],
  ['an action and its target are none', WEB, [action, WEB, policy], undefined],
  ['an object that no policy speaks of is none', WEB, [WEB], undefined],
])('of a crowd %s', (_title, one, about, crowd) => {
  expect(crowdOf(one, about, news)).toBe(crowd);
});
