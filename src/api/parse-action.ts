/**
 * A HealingAction as the phase machine sees it: defaulted, durations in milliseconds, instants as numbers where
 * arithmetic needs them.
 */
import { type Instant, fromTimestamp } from '../std/clock.ts';
import { given } from '../std/given.ts';
import type { ActionStatus, Phase } from './action-status.ts';
import { milliseconds } from './compile-trigger.ts';
import { type ActionSpec, healingActionSchema } from './healing-action.ts';
import type { KubeObject, ObjectMeta } from '../shapes/kube.ts';
import { compileAction } from './parse-policy.ts';
import type { Action } from './policy.ts';
import { type Problem, problemOfIssue } from './problem.ts';

export interface HealingAction {
  readonly metadata: ObjectMeta;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly createdAt?: Instant;
  /** As on the wire, defaulted. */
  readonly spec: ActionSpec;
  readonly action: Action;
  readonly timeoutMs: number;
  readonly retry: { readonly maxAttempts: number; readonly backoffDelayMs: number; readonly backoffMultiplier: number };
  /** `Pending` while no status was written, and when the status is not believed. */
  readonly phase: Phase;
  readonly status: ActionStatus;
  /** Why the action is not carried out: something of it that only the operator may write was written by others. */
  readonly doubt?: Doubt;
}

export interface Doubt {
  readonly reason: 'StatusTampered' | 'Forged';
  readonly message: string;
}

export type ParsedAction =
  | { readonly action: HealingAction; readonly problems: readonly [] }
  | { readonly action: undefined; readonly problems: readonly Problem[] };

export function parseAction(object: KubeObject): ParsedAction {
  const result = healingActionSchema.safeParse({ spec: object['spec'], status: object['status'] ?? {} });
  if (!result.success) return { action: undefined, problems: result.error.issues.map(problemOfIssue) };
  const { spec, status = {} } = result.data;
  const { metadata } = object;
  const createdAt = fromTimestamp(metadata.creationTimestamp);
  const action: HealingAction = {
    metadata,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    uid: metadata.uid ?? '',
    ...given({ createdAt }),
    spec,
    action: compileAction(spec.action),
    timeoutMs: milliseconds(spec.timeout),
    retry: {
      maxAttempts: spec.retryPolicy.maxAttempts,
      backoffDelayMs: milliseconds(spec.retryPolicy.backoffDelay),
      backoffMultiplier: spec.retryPolicy.backoffMultiplier,
    },
    phase: status.phase ?? 'Pending',
    status,
  };
  return { action, problems: [] };
}
