/** What decisions are told of a look at their target. */
import { type ActionStatus, isTerminal } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import { targetOf } from '../../core/action/refs.ts';
import { saysTheSame } from '../../core/analysis/account.ts';
import { type AnalysisFacts, causesOf, factsOf } from '../../core/analysis/standing.ts';
import type { TargetRef } from '../../core/observation.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import type { Seeing } from '../roles.ts';

/** A look takes a second or two. One that takes longer waits in line behind those of a crowd. */
const AWAITED_MS = 10_000;

/** Of a target, in an episode of a policy or since an action was made. */
interface Asked {
  /** Undefined for an action that a person made. */
  readonly policy: HealingPolicy | undefined;
  readonly target: TargetRef;
  readonly since: Instant;
}

/**
 * Undefined where the policy wants no analysis, and where nothing is known. A policy whose decisions wait for the cause
 * asks for a look by this, so that no decision comes before it, not even the first one of a new process.
 */
export function analysisFacts(
  looks: Pick<Seeing['looks'], 'want' | 'of' | 'waitingSince'>,
  { policy, target, since }: Asked,
): AnalysisFacts | undefined {
  if (!wantsAnalysis(policy)) return undefined;
  if (policy?.analysis.mode === 'veto' || policy?.analysis.order === 'cause') looks.want(target, since);
  const looked = looks.of(target.uid, since);
  if (looked !== undefined) return factsOf({ at: looked.at, causes: causesOf(looked.analysis) });
  const waiting = looks.waitingSince(target.uid);
  return waiting === undefined ? undefined : { causes: [], awaitedUntil: waiting + AWAITED_MS };
}

/** Until when a person is asked later, since the cause is being looked for; undefined where it is not. */
export function lookEnds(
  looks: Pick<Seeing['looks'], 'of' | 'waitingSince'>,
  action: HealingAction,
): Instant | undefined {
  const { uid } = targetOf(action);
  if (looks.of(uid, actionSince(action)) !== undefined) return undefined;
  const waiting = looks.waitingSince(uid);
  return waiting === undefined ? undefined : waiting + AWAITED_MS;
}

/** Since when what is seen of its target belongs to the action. */
export const actionSince = ({ spec, createdAt }: HealingAction): Instant =>
  fromTimestamp(spec.episode?.startedAt) ?? createdAt ?? 0;

/**
 * The status with what the newest look has found, when it says more than the status does. What an action was begun for
 * stays with it when it has ended.
 */
export function withCause(
  looks: Pick<Seeing['looks'], 'of'>,
  action: HealingAction,
  status: ActionStatus,
): ActionStatus | undefined {
  if (isTerminal(action.phase) && status.analysis !== undefined) return undefined;
  const account = looks.of(targetOf(action).uid, actionSince(action))?.account;
  return account === undefined || saysTheSame(status.analysis, account) ? undefined : { ...status, analysis: account };
}

/** Policies that want no analysis cost none. */
export const wantsAnalysis = (policy: HealingPolicy | undefined): boolean => policy?.analysis.mode !== 'off';
