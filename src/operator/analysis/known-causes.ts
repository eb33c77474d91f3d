/** What decisions are told of a look at their target. */
import { type ActionStatus, type AnalysisResult, isTerminal } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import { targetOf } from '../../core/action/refs.ts';
import { saysTheSame, withModel } from '../../core/analysis/account.ts';
import type { Advice as ModelAdvice } from '../../core/analysis/answer.ts';
import { type AnalysisFacts, causesOf, factsOf, isSettled } from '../../core/analysis/standing.ts';
import type { TargetRef } from '../../core/observation.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import type { Seeing } from '../roles.ts';

/** A look takes a second or two. One that takes longer waits in line behind those of a crowd. */
const LOOK_MS = 10_000;
/** A model with a GPU answers in some seconds. For a slower one not even a policy in mode `veto` waits. */
const MODEL_MS = 30_000;

/** Of a target, in an episode of a policy or since an action was made. */
interface Asked {
  /** Undefined for an action that a person made. */
  readonly policy: HealingPolicy | undefined;
  readonly target: TargetRef;
  readonly since: Instant;
}

type Known = Pick<Seeing, 'looks' | 'advice'>;

/**
 * Undefined where the policy wants no analysis, and where nothing is known. A policy whose decisions wait for the cause
 * asks for a look by this, so that no decision comes before it, not even the first one of a new process.
 */
export function analysisFacts(known: Known, { policy, target, since }: Asked): AnalysisFacts | undefined {
  if (!wantsAnalysis(policy)) return undefined;
  const { looks, advice } = known;
  if (policy?.analysis.mode === 'veto' || policy?.analysis.order === 'cause') looks.want(target, since, 'decision');
  const looked = looks.of(target.uid, since);
  if (looked === undefined) {
    const waiting = looks.waitingSince(target.uid);
    return waiting === undefined ? undefined : { causes: [], awaitedUntil: waiting + LOOK_MS };
  }
  const causes = causesOf(looked.analysis);
  if (advice === undefined || policy === undefined) return factsOf({ at: looked.at, causes });
  const episode = { policy, target, since };
  const said = advice.of(episode, looked);
  const model = said !== undefined && 'advice' in said ? standingOf(said.advice) : undefined;
  // What the rules know for certain needs no second opinion. Only a veto is worth waiting for: the order of the ladder
  // comes from the rules alone.
  const waitsForModel = policy.analysis.mode === 'veto' && !isSettled(causes);
  const waiting = waitsForModel ? advice.waitingSince(episode) : undefined;
  const awaitedUntil = waiting === undefined ? undefined : waiting + MODEL_MS;
  return factsOf({ at: looked.at, causes, model, awaitedUntil });
}

const standingOf = ({ stance, confidence }: ModelAdvice) => ({ stance, confidence });

/** What people are told; undefined where nothing is known. */
function accountOf({ looks, advice }: Known, { policy, target, since }: Asked): AnalysisResult | undefined {
  const looked = looks.of(target.uid, since);
  if (looked === undefined || advice === undefined || policy === undefined) return looked?.account;
  const said = advice.of({ policy, target, since }, looked);
  return said === undefined ? looked.account : withModel(looked.account, said);
}

/** Until when a person is asked later, since the cause is being looked for; undefined where it is not. */
export function lookEnds({ looks }: Pick<Known, 'looks'>, action: HealingAction): Instant | undefined {
  const { uid } = targetOf(action);
  if (looks.of(uid, actionSince(action)) !== undefined) return undefined;
  const waiting = looks.waitingSince(uid);
  return waiting === undefined ? undefined : waiting + LOOK_MS;
}

/** Since when what is seen of its target belongs to the action. */
export const actionSince = ({ spec, createdAt }: HealingAction): Instant =>
  fromTimestamp(spec.episode?.startedAt) ?? createdAt ?? 0;

/**
 * The status with what is known by now, when that says more than the status does. What an action was begun for stays
 * with it when it has ended.
 */
export function withCause(
  known: Known,
  { action, policy }: { readonly action: HealingAction; readonly policy: HealingPolicy | undefined },
  status: ActionStatus,
): ActionStatus | undefined {
  // Whoever has changed a status would have it sealed with what is added.
  if (action.doubt !== undefined) return undefined;
  if (!wantsAnalysis(policy) || (isTerminal(action.phase) && status.analysis !== undefined)) return undefined;
  const account = accountOf(known, { policy, target: targetOf(action), since: actionSince(action) });
  return account === undefined || saysTheSame(status.analysis, account) ? undefined : { ...status, analysis: account };
}

/** Policies that want no analysis cost none. */
export const wantsAnalysis = (policy: HealingPolicy | undefined): boolean => policy?.analysis.mode !== 'off';
