/**
 * The lap over one policy and one of its targets: gather → core → commit. Its episode goes into the policy's status by
 * the policy's lap; once it stands there (law 4), the HealingAction that was decided is created.
 */
import type { HealingPolicy } from '../../api/policy.ts';
import type { AnalysisFacts } from '../../core/analysis/standing.ts';
import { traitsOf } from '../../core/actions/index.ts';
import { rootUid } from '../../core/gates/proposal.ts';
import { RESERVED, RESERVED_MS } from '../../core/history.ts';
import { targetRef, type TargetRef } from '../../core/observation.ts';
import { announcementsOf, newBlock } from '../../core/target/announcements.ts';
import {
  type Decision,
  type Evaluation,
  type EvaluationInput,
  evaluateTarget,
  HEALTHY,
  isChronic,
  type TargetState,
} from '../../core/target/evaluate-target.ts';
import type { Stop } from '../../core/target/mass-failure-stop.ts';
import { isPersisted } from '../../core/target/kept-episode.ts';
import type { TargetView } from '../../core/target/target-view.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { equalJson } from '../../std/json.ts';
import { type PolicyBook, type PolicyEntry, policyRef } from './policy-book.ts';
import type { Decisions } from '../decisions.ts';
import { wantsAnalysis } from '../analysis/known-causes.ts';
import type { Seeing, Voice, Wakes } from '../roles.ts';
import { parseTargetKey, type TargetKey } from './target-key.ts';

export interface TargetSeen {
  readonly policy: HealingPolicy;
  readonly object: KubeObject;
  readonly state: TargetState;
}

export interface Gathered {
  readonly input: EvaluationInput;
  /** The mass-failure stop of the policy as it is now; the one that was held when nothing has changed. */
  readonly stop: Stop | undefined;
}

export type Proposed = Extract<Decision, { readonly kind: 'propose' }>;

export interface TargetLap {
  readonly clock: Pick<Clock, 'now'>;
  readonly book: Pick<PolicyBook, 'get'>;
  readonly gather: {
    /** The object of the key; undefined when it is none of the policy's targets (any more). */
    readonly find: (policy: HealingPolicy, key: TargetKey) => KubeObject | undefined;
    /** The state of a target that this process has not looked at yet. */
    readonly remembered: (entry: PolicyEntry, uid: string) => TargetState;
    /** Everything else that the evaluation reads. */
    readonly input: (entry: PolicyEntry, seen: TargetSeen) => Gathered;
  };
  readonly propose: (input: EvaluationInput, proposed: Proposed) => Promise<void>;
  readonly voice: Pick<Voice, 'announce' | 'observer'>;
  readonly decisions: Decisions;
  /** A trigger of the policy has resolved: what waits to heal this target is asked whether it still has to. */
  readonly recovered: (policyUid: string, target: TargetRef) => void;
  readonly looks: Pick<Seeing['looks'], 'want'>;
  readonly wakes: { readonly [Name in 'policyQueue' | 'targetQueue']: Pick<Wakes[Name], 'add'> };
}

export async function targetLap(lap: TargetLap, id: string): Promise<ReconcileResult> {
  const { book, clock, gather, wakes } = lap;
  const key = parseTargetKey(id);
  const entry = book.get(key.policy);
  if (entry?.policy === undefined) return {};
  const { policy } = entry;
  const object = gather.find(policy, key);
  const unseen = entry.unseen;
  if (object === undefined) {
    if (entry.delete(id)) wakes.policyQueue.add(entry.key);
    if (unseen > 0) wakeCounted(lap, entry);
    return {};
  }
  const now = clock.now();
  const ref = targetRef(object);
  const known = entry.targets.get(id);
  const state = known?.ref.uid === ref.uid ? known.state : gather.remembered(entry, ref.uid);
  // From here on it counts in the population, its own evaluation included.
  if (known === undefined) entry.set(id, { ref, state: HEALTHY, standing: 'healthy', decision: { kind: 'nothing' } });
  if (unseen > 0) wakeCounted(lap, entry);
  const { input, stop } = gather.input(entry, { policy, object, state });

  const evaluation = evaluateTarget(input, now);

  lap.decisions.made({ kind: 'target', now, input, decided: evaluation });
  wantLook(lap, { policy, ref, evaluation, known: input.facts.analysis });
  if (stop !== entry.massFailure) keepStop(lap, entry, stop);
  keepView(lap, entry, { id, known, view: { ...viewOf(ref, evaluation), rootUid: rootUid(ref, input.facts.chain) } });
  if (evaluation.changes.some(({ change }) => change === 'resolved')) lap.recovered(entry.uid, ref);
  tell(lap, entry, { input, known, evaluation });
  const { decision } = evaluation;
  if (decision.kind === 'propose' && isPersisted(entry.episode(ref.uid), evaluation.state)) {
    entry.tried(id, now);
    await lap.propose(input, decision);
  }
  return { wakeAt: soonest(evaluation.wakeAt, recheckAt(decision, now)) };
}

/**
 * A target that is held back, for how long nothing tells, is looked at again: not every change that may open a gate
 * wakes all that wait. 5,000 of them cost 80 looks a second.
 */
const RECHECK_MS = 60_000;

function recheckAt(decision: Decision, now: Instant): Instant | undefined {
  if (awaitsAction(decision)) return now + RESERVED_MS;
  return decision.kind === 'blocked' && decision.until === undefined ? now + RECHECK_MS : undefined;
}

/** What has been given up is looked at once more at most: a person was told, and its cause does not change. */
function wantLook(
  { looks, clock }: TargetLap,
  seen: {
    readonly policy: HealingPolicy;
    readonly ref: TargetRef;
    readonly evaluation: Evaluation;
    readonly known: AnalysisFacts | undefined;
  },
): void {
  const { policy, ref, evaluation, known } = seen;
  const { decision, state } = evaluation;
  if (decision.kind === 'nothing' || !wantsAnalysis(policy)) return;
  if (decision.kind === 'exhausted' && known?.at !== undefined) return;
  looks.want(ref, state.startedAt ?? clock.now(), 'people');
}

/** An action that was deleted before the cache could show it wakes nobody: it is looked for once more. */
const awaitsAction = (decision: Decision): boolean =>
  decision.kind === 'propose' || (decision.kind === 'inFlight' && decision.action.uid.startsWith(RESERVED));

const soonest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

/** All targets have been looked at for the first time: those that were held back until they are counted go on. */
function wakeCounted({ wakes }: TargetLap, entry: PolicyEntry): void {
  if (entry.unseen > 0) return;
  wakes.policyQueue.add(entry.key);
  for (const id of entry.decided()) wakes.targetQueue.add(id);
}

function keepStop({ wakes }: TargetLap, entry: PolicyEntry, stop: Stop | undefined): void {
  entry.massFailure = stop;
  // Its end shows in the next status that is written for another reason.
  if (stop !== undefined) wakes.policyQueue.add(entry.key);
}

const viewOf = (ref: TargetRef, { state, standing, decision }: Evaluation): TargetView => ({
  ref,
  state,
  standing,
  decision,
});

function keepView(
  { wakes }: TargetLap,
  entry: PolicyEntry,
  { id, known, view }: { readonly id: string; readonly known: TargetView | undefined; readonly view: TargetView },
): void {
  // Whose action could not be created waits for its next turn behind the others.
  const triedAt = view.decision.kind === 'propose' ? known?.triedAt : undefined;
  const chronic = isChronic(view.decision) ? 'told' : isHealed(view.decision) ? undefined : known?.chronic;
  entry.set(id, { ...view, ...given({ triedAt, chronic }) });
  if (known === undefined || !saysTheSame(known, view)) wakes.policyQueue.add(entry.key);
}

const isHealed = ({ kind }: Decision): boolean => kind === 'propose' || kind === 'inFlight';

const saysTheSame = (a: TargetView, b: TargetView): boolean =>
  a.standing === b.standing && equalJson(a.state, b.state) && equalJson(a.decision, b.decision);

/** Whether the newest action of the episode has told people of it. */
function lastWordOf({ policy, facts }: EvaluationInput, { state }: Evaluation): 'told' | undefined {
  const [newest] = facts.history
    .filter((one) => one.policyUid === policy.uid && one.targetUid === facts.target.uid)
    .filter(({ episodeStart }) => episodeStart === state.startedAt)
    .toSorted((a, b) => (b.completedAt ?? 0) - (a.completedAt ?? 0));
  const type = policy.actions.find(({ name }) => name === newest?.template)?.type;
  const isTold = newest?.phase === 'Succeeded' && !newest.dryRun && type !== undefined;
  return isTold && traitsOf(type).tellsPeople === true ? 'told' : undefined;
}

function tell(
  { voice }: TargetLap,
  entry: PolicyEntry,
  seen: {
    readonly input: EvaluationInput;
    readonly known: TargetView | undefined;
    readonly evaluation: Evaluation;
  },
): void {
  const { input, known, evaluation } = seen;
  const before = known?.decision;
  const { policy, state, facts } = input;
  const { target } = facts;
  const blocked = newBlock(before, evaluation.decision);
  if (blocked !== undefined) voice.observer.blocked(blocked.reason);
  const announcements = announcementsOf({
    target,
    policy: entry.key,
    before,
    was: state.exhausted ? 'exhausted' : 'open',
    runs: policy.mode === 'dryrun' || facts.limits.dryRun === 'All' ? 'dry' : 'in earnest',
    evaluation,
    ...given({ analysis: facts.analysis, chronic: known?.chronic, lastWord: lastWordOf(input, evaluation) }),
  });
  for (const announcement of announcements) voice.announce([target, policyRef(entry)], announcement);
}
