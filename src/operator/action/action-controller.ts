/**
 * The controller of HealingActions: hands each lap the roles that it takes. It decides nothing.
 *
 *                      ┌ claim-lap ── effect-lap     live reads; effects
 *   action-lap ────────┼ classify-lap                live reads
 *   (gather: action-   ├ verify-lap                  caches, then live reads
 *    view)             ├ undo-lap                    live reads; effects
 *                      └ retire-lap                  history
 *
 * Each of them commits through the store of actions, and what a commit has changed is announced there.
 */
import type { HealingAction } from '../../api/parse-action.ts';
import { judgeAction } from '../../core/action/action-gates.ts';
import { newsOf } from '../../core/action/news.ts';
import { aboutOf, targetOf } from '../../core/action/refs.ts';
import type { Announcement } from '../../core/announcement.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { Decisions } from '../decisions.ts';
import type { Effects, LiveReads, Seeing, Stores, Voice } from '../roles.ts';
import { actionLap } from './action-lap.ts';
import { gatherAction } from './action-view.ts';
import { readOutcome } from './answers.ts';
import { claimLap, type ClaimLap } from './claim-lap.ts';
import { classifyLap } from './classify-lap.ts';
import { effectLap } from './effect-lap.ts';
import { liveGates } from './gate-scenes.ts';
import type { LapInput, CommitAction } from './lap-input.ts';
import { readNamed, readPath, readRoot } from './live-objects.ts';
import { planAction } from './planning.ts';
import { baselineNow, cachedScene, liveScene } from './proof-scenes.ts';
import { retireLap } from './retire-lap.ts';
import { sendStage, type Stage } from './sending.ts';
import { undoLap } from './undo-lap.ts';
import { verifyLap } from './verify-lap.ts';

export interface ActionRoles {
  readonly seeing: Seeing;
  readonly live: LiveReads;
  readonly effects: Effects;
  readonly voice: Voice;
  readonly stores: Stores;
  readonly decisions: Decisions;
}

export function actionController(roles: ActionRoles): (key: string) => Promise<ReconcileResult> {
  const { seeing, live, effects, voice, stores, decisions } = roles;
  const { clock, prng, config, history } = seeing;
  const announce = (action: HealingAction, news: Announcement) => voice.announce(aboutOf(action), news);
  const commit = committing(stores, voice);
  const judge = async (action: HealingAction, how: 'begins' | 'continues') => {
    const scene = await liveGates(seeing, { live, stores }, action);
    const now = clock.now();
    const verdict = judgeAction(scene, how, now);
    decisions.made({ kind: 'gates', now, input: { scene, how }, decided: verdict });
    return verdict;
  };
  const send = (action: HealingAction, stage: Stage) => sendStage(effects, action, stage);
  const { client } = live;
  const resolve: LiveReads['resolve'] = (apiVersion, kind) => live.resolve(apiVersion, kind);
  const context = { client, resolve, registry: seeing.registry, settings: seeing.settings, config };
  const common = { clock, prng, commit, judge, send };
  const effect: ClaimLap['effect'] = (input, stage) =>
    effectLap({ ...common, logger: voice.logger, announce }, input, stage);
  const claim = (input: LapInput) =>
    claimLap(
      {
        ...common,
        plan: ({ action, terms }) => planAction(context, action, { now: clock.now(), contention: terms.contention }),
        outcomeOf: (kind, seen) => readOutcome(live, kind, seen),
        baselineOf: (action) => baselineNow(seeing, action),
        effect,
      },
      input,
    );
  const classify = (input: LapInput) =>
    classifyLap(
      {
        ...common,
        outcomeOf: async (kind, action) =>
          readOutcome(live, kind, { action, target: await readNamed(live, targetOf(action)) }),
      },
      input,
    );
  const verify = (input: LapInput) =>
    verifyLap(
      {
        ...common,
        cachedScene: (watched) => cachedScene(seeing, watched),
        liveScene: (watched) => liveScene(seeing, live, watched),
      },
      input,
    );
  const undo = (input: LapInput) => undoLap({ ...common, read: (path) => readPath(live, path) }, input);
  const rules = { keepForMs: config.actionRetentionMs, keepNewest: config.actionRetentionCount };
  const remove = (action: HealingAction) => stores.actions.delete(action);
  const retire = (input: LapInput) => retireLap({ clock, rules, history: () => history.all(), remove }, input);
  const gather = (key: string) => gatherAction({ seeing, live, stores, voice, mayAct: effects.mayAct }, key);
  const rootOf = (target: ReturnType<typeof targetOf>) => readRoot(live, target);
  return (key) => actionLap({ clock, gather, rootOf, decisions, commit, claim, classify, verify, undo, retire }, key);
}

/** The status is written, and what has changed is logged, counted and announced. */
function committing({ actions }: Pick<Stores, 'actions'>, voice: Voice): CommitAction {
  return async (before, status) => {
    const after = await actions.writeStatus(before, status);
    if (after.phase !== before.phase) {
      voice.observer.actionEntered(after.action.type, after.phase);
      const fields = { action: `${after.namespace}/${after.name}`, from: before.phase, to: after.phase };
      voice.logger.info({ ...fields, reason: status.reason }, status.message ?? after.phase);
    }
    for (const news of newsOf(before, after)) voice.announce(aboutOf(after), news);
    return after;
  };
}
