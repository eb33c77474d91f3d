/**
 * The controller of HealingActions: hands each lap the roles that it takes. It decides nothing.
 *
 *                      ┌ ask-lap                     live reads
 *                      ├ claim-lap ── effect-lap     live reads; effects
 *   action-lap ────────┼ classify-lap                live reads
 *   (gather: action-   ├ verify-lap                  caches, then live reads
 *    view)             ├ undo-lap                    live reads; effects
 *                      ├ retire-lap                  history
 *                      └ release-lap                 the ledger
 *
 * Each of them commits through the store of actions, and what a commit has changed is announced there.
 */
import { API_VERSION, HEALING_ACTION } from '../../api/names.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { judgeAction } from '../../core/action/action-gates.ts';
import { newsOf, unreadableNews } from '../../core/action/news.ts';
import { aboutOf, selfOf, targetOf } from '../../core/action/refs.ts';
import type { PastAction } from '../../core/history.ts';
import { episodeOfAction, traceOfEpisode } from '../../core/trace/span.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import { isKubeError } from '../../kube/errors.ts';
import { parseKey } from '../../kube/resource.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import { type ActionStatus, isTerminal } from '../../api/action-status.ts';
import { ACTION_GONE } from '../action-store.ts';
import { actionSince, lookEnds, wantsAnalysis, withCause } from '../analysis/known-causes.ts';
import { policyOf } from '../policy-store.ts';
import { CAUSE_NAMES } from '../../core/analysis/causes/index.ts';
import type { Decisions } from '../decisions.ts';
import type { ActAs, Effects, LiveReads, Seeing, Stores, Voice } from '../roles.ts';
import { clientFor, orForbidden } from './acting.ts';
import { type ActionLap, actionLap } from './action-lap.ts';
import { type ActionGathering, gatherAction } from './action-view.ts';
import { readOutcome } from './answers.ts';
import { askLap } from './ask-lap.ts';
import { authorScene, cachedApproval } from './authority-scenes.ts';
import { type ClaimLap, claimLap } from './claim-lap.ts';
import { type ClassifyLap, classifyLap } from './classify-lap.ts';
import { type EffectLap, effectLap } from './effect-lap.ts';
import { cachedGates, lastLook, liveGates } from './gate-scenes.ts';
import type { CommitAction, Send } from './lap-input.ts';
import { readNamed, readRoot } from './live-objects.ts';
import { planAction, type PlanningContext } from './planning.ts';
import { type Checked, errandOf, lookBack, reachCheck } from './reach-check.ts';
import { baselineNow, cachedScene, liveScene, readSaid } from './proof-scenes.ts';
import { type ReleaseLap, releaseLap } from './release-lap.ts';
import { type RetireLap, retireLap } from './retire-lap.ts';
import { keptIn } from '../kept-nodes.ts';
import { sendStage } from './sending.ts';
import { SharedSight } from './shared-sight.ts';
import { type UndoLap, undoLap } from './undo-lap.ts';
import { type VerifyLap, verifyLap } from './verify-lap.ts';

export interface ActionRoles {
  readonly seeing: Seeing;
  readonly live: LiveReads;
  readonly effects: Effects;
  readonly voice: Voice;
  readonly stores: Stores;
  readonly decisions: Decisions;
  readonly actAs: ActAs;
}

export function actionController(roles: ActionRoles): (key: string) => Promise<ReconcileResult> {
  const { seeing, live, effects, voice, stores, decisions } = roles;
  const { clock, prng, config, history } = seeing;
  const { logger } = voice;
  const { plan, outcomeOf, look, send } = requestsOf(roles);
  const commit = committing(stores, voice, seeing);
  const judge = async (action: HealingAction, how: 'begins' | 'continues') => {
    const scene = await liveGates(seeing, { live, stores, how }, action);
    const now = clock.now();
    const verdict = judgeAction(scene, how, now);
    decisions.made({ kind: 'gates', now, input: { scene, how }, decided: verdict });
    return { verdict, scene };
  };
  const announce: EffectLap['announce'] = (action, news) => voice.announce(aboutOf(action), news);

  const effect: EffectLap = { clock, prng, logger, judge, announce, send, commit };
  const claim: ClaimLap = {
    clock,
    plan,
    outcomeOf,
    judge,
    auditProblem: () => effects.audit.problem?.(),
    baselineOf: (watched) => baselineNow(seeing, watched),
    hold: (action) => stores.actions.hold(action),
    commit,
    effect: (input, stage) => effectLap(effect, input, stage),
  };
  const classify: ClassifyLap = {
    clock,
    prng,
    outcomeOf: async (kind, action) => outcomeOf(kind, { action, target: await readNamed(live, targetOf(action)) }),
    commit,
  };
  const verify: VerifyLap = {
    clock,
    cachedScene: (watched) => cachedScene(seeing, watched),
    liveScene: (watched) => liveScene(seeing, live, watched),
    readSaid: (scene) => readSaid({ client: live.client, logger }, scene),
    commit,
  };
  const undo: UndoLap = { clock, look, judge, send, commit };
  const rules = { keepForMs: config.actionRetentionMs, keepNewest: config.actionRetentionCount };
  const remove: RetireLap['remove'] = (action) => stores.actions.delete(action);
  const hasPolicy: RetireLap['hasPolicy'] = ({ spec: { policyRef } }) =>
    policyRef === undefined || seeing.world.policies.byUid(policyRef.uid ?? '') !== undefined;
  const remember = (past: PastAction) => stores.ledger.remember(past);
  const siblings: RetireLap['siblings'] = (policyUid) => history.ofPolicy(policyUid);
  const keepsNode: RetireLap['keepsNode'] = ({ uid }) =>
    keptIn(seeing.world).some(({ actionUid }) => actionUid === uid);
  const retire: RetireLap = { clock, rules, siblings, hasPolicy, keepsNode, remember, remove };
  const release: ReleaseLap = { clock, ledger: stores.ledger, actions: stores.actions, logger };
  const gathering = gatheringFrom(roles);
  const lap: ActionLap = {
    clock,
    gather: (key) => gatherAction(gathering, key),
    named: (target) => readNamed(live, target),
    rootOf: (target) => readRoot(live, target),
    decisions,
    noted: (action) => noted(seeing, action),
    commit,
    announce: (action, news) => voice.announce([selfOf(action)], news),
    ask: (input) => askLap({ clock, plan, commit }, input),
    claim: (input) => claimLap(claim, input),
    classify: (input) => classifyLap(classify, input),
    verify: (input) => verifyLap(verify, input),
    undo: (input) => undoLap(undo, input),
    retire: (input) => retireLap(retire, input),
    release: (input) => releaseLap(release, input),
  };
  return (key) => unlessGone(actionLap(lap, key));
}

/** The watch is about to tell. Nothing of it was sent: what is midway is held by a finalizer. */
async function unlessGone(lap: Promise<ReconcileResult>): Promise<ReconcileResult> {
  try {
    return await lap;
  } catch (error) {
    if (!isKubeError(error, ACTION_GONE)) throw error;
    return {};
  }
}

const gatheringFrom = ({ seeing, live, effects, voice, stores }: ActionRoles): ActionGathering => ({
  ...seeing,
  actions: stores.actions,
  paused: () => seeing.world.paused(),
  gates: (action) => cachedGates(seeing, live, action),
  approval: (action) => cachedApproval(seeing, live, action),
  author: (action) => authorScene({ config: seeing.config, live }, action),
  rereadKeys: stores.rereadKeys,
  lookEnds: (action) => lookEnds(seeing, action),
  mayAct: effects.mayAct,
  unreadable: (key, problems) => {
    voice.logger.warn({ action: key, problems }, 'this HealingAction cannot be read and is left alone');
    const { name, namespace } = parseKey(key);
    const uid = stores.actions.uidOf(key) ?? '';
    const about = { apiVersion: API_VERSION, kind: HEALING_ACTION.kind, name, uid, ...given({ namespace }) };
    voice.announce([about], unreadableNews(problems));
  },
});

interface Requests {
  readonly plan: ClaimLap['plan'];
  readonly outcomeOf: ClaimLap['outcomeOf'];
  readonly look: UndoLap['look'];
  readonly send: Send;
}

/**
 * What an action reads and changes, as the account that it is carried out as. Each request is held to the reach of its
 * action; what is read for that is the operator's own.
 */
function requestsOf(roles: ActionRoles): Requests {
  const { seeing, live, effects, actAs } = roles;
  const { clock, config } = seeing;
  const context = planningContext(roles);
  const acting = { rules: config.impersonation, client: live.client, actAs };
  const as = (action: HealingAction) => ({ client: clientFor(acting, action) });
  const own = new SharedSight(live.client, clock);
  const planningAs = (action: HealingAction) => {
    const { client } = as(action);
    return { client, shared: client === live.client ? own : new SharedSight(client, clock) };
  };
  return {
    plan: ({ action, terms: { contention, replacement } }) =>
      planAction({ ...context, ...planningAs(action) }, action, { now: clock.now(), contention, replacement }),
    outcomeOf: (kind, seen) => readOutcome({ ...live, ...as(seen.action) }, kind, seen),
    look: (action, inverse) =>
      orForbidden(inverse, () => lookBack(seeing, { ...live, ...as(action) }, { action, inverse })),
    send: async (action, { requests, rules, scene, how }) => {
      const errand = await errandOf(seeing, live, action);
      const look: Checked['look'] = (at) => lastLook({ config, live, stores: roles.stores }, at);
      const check = reachCheck(live, { scene, how, look, clock }, errand);
      return sendStage({ ...effects, ...as(action) }, action, { requests, rules, check });
    },
  };
}

function planningContext({ seeing, live }: ActionRoles): Omit<PlanningContext, 'shared'> {
  const { registry, settings, config, scope } = seeing;
  return {
    client: live.client,
    resolve: (apiVersion, kind) => live.resolve(apiVersion, kind),
    registry,
    settings,
    config,
    scope,
  };
}

/** An action without a policy has nobody else that asks why its target is unwell. */
function noted(seeing: Seeing, action: HealingAction): ActionStatus | undefined {
  const { looks, policies } = seeing;
  const policy = policyOf(policies, action.spec.policyRef);
  if (!isTerminal(action.phase) && wantsAnalysis(policy)) looks.want(targetOf(action), actionSince(action), 'decision');
  return withCause(seeing, { action, policy }, action.status);
}

/** Names of causes are a fixed list, also where the status is that of another version. */
const causeName = ({ analysis }: ActionStatus): string =>
  CAUSE_NAMES.find((name) => name === analysis?.cause) ?? 'unknown';

function countCause({ observer }: Voice, { phase, spec, status, action }: HealingAction): void {
  if (spec.dryRun || status.startTime === undefined || (phase !== 'Succeeded' && phase !== 'Failed')) return;
  observer.actionEnded(causeName(status), action.type, phase);
}

/** How long after the start of its episode an action began, and how long after it the target was seen to be well. */
function countEpisode(
  { observer }: Voice,
  before: HealingAction,
  { spec, status, action, phase }: HealingAction,
): void {
  const startedAt = fromTimestamp(spec.episode?.startedAt);
  if (spec.dryRun || startedAt === undefined) return;
  const about = { cause: causeName(status), type: action.type };
  const began = before.status.startTime === undefined ? fromTimestamp(status.startTime) : undefined;
  const healed = phase === 'Succeeded' ? fromTimestamp(status.completionTime) : undefined;
  if (began !== undefined) observer.episodeStage('acted', { ...about, seconds: (began - startedAt) / 1000 });
  if (healed !== undefined) observer.episodeStage('healed', { ...about, seconds: (healed - startedAt) / 1000 });
}

/** A line for each phase, and for each reason for which it stands still in one. */
function logStep({ logger }: Voice, before: HealingAction, after: HealingAction): void {
  const { reason, message } = after.status;
  if (after.phase === before.phase && (reason === undefined || reason === before.status.reason)) return;
  const { policyRef } = after.spec;
  const fields = {
    action: `${after.namespace}/${after.name}`,
    ...given({
      episode: ifGiven(episodeOfAction(after), traceOfEpisode),
      policy: ifGiven(policyRef, ({ namespace, name }) => `${namespace}/${name}`),
      from: after.phase === before.phase ? undefined : before.phase,
    }),
    to: after.phase,
  };
  logger.info({ ...fields, reason }, message ?? after.phase);
}

/** The status is written, and what has changed is logged, counted and announced. */
function committing({ actions }: Pick<Stores, 'actions'>, voice: Voice, seeing: Seeing): CommitAction {
  return async (before, status) => {
    const policy = policyOf(seeing.policies, before.spec.policyRef);
    const told = withCause(seeing, { action: before, policy }, status) ?? status;
    const after = await actions.writeStatus(before, told);
    if (after.phase !== before.phase) {
      voice.observer.actionEntered(after.action.type, after.phase, status.reason ?? '-');
      countCause(voice, after);
      countEpisode(voice, before, after);
    }
    logStep(voice, before, after);
    voice.traces?.committed(before, after);
    for (const news of newsOf(before, after)) voice.announce(aboutOf(after), news);
    return after;
  };
}
