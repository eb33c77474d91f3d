/** HealingActions on their way: planned, claimed, carried out. */
import type { ActionStatus, Inverse } from '../../src/api/action-status.ts';
import type { HealingAction } from '../../src/api/parse-action.ts';
import { claimed, type PlannedStage } from '../../src/core/action/claim.ts';
import type { Effect } from '../../src/core/action/effect.ts';
import { toMicroTime } from '../../src/std/clock.ts';
import { healingAction, MINUTE, T0 } from './core-data.ts';

/** A timestamp so many milliseconds after T0. */
export const at = (ms: number): string => toMicroTime(T0 + ms);

export const EFFECT: Effect = { proof: 'healed', healthCheckTimeoutMs: MINUTE };

/** A plan of one request that nothing takes back. */
export const PLAN: PlannedStage = {
  kind: 'requests',
  next: 'verify',
  summary: 'restart Deployment shop/web by a rolling update',
  requests: [{ method: 'PATCH', path: '/apis/apps/v1/namespaces/shop/deployments/web', description: 'restart' }],
  changes: [],
};

export const INVERSE: Inverse = {
  method: 'PATCH',
  path: '/x',
  description: 'back',
  guard: { '/spec/replicas': '4' },
  restores: { '/spec/replicas': '2' },
};

/** A plan of one request, and what takes it back. */
export const CHANGE: PlannedStage = {
  ...PLAN,
  summary: 'scale Deployment shop/web from 2 to 4 replicas',
  requests: [{ method: 'PATCH', path: '/x', description: 'scale', inverse: INVERSE }],
};

/** The status of an action that was claimed at T0, and of which nothing more is known. */
export const claim = (change: Partial<ActionStatus> = {}, plan = PLAN): ActionStatus => ({
  ...claimed(healingAction({ phase: 'Approved' }), plan, { now: T0 }),
  ...change,
});

/** The same action, made by a person without a policy. */
export function byHand(action: HealingAction): HealingAction {
  const { policyRef: _none, ...spec } = action.spec;
  return { ...action, spec };
}
