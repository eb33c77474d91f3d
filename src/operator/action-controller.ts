/**
 * Laps over HealingActions. `core/step-action` says what to do; this does it, one commit a lap. Between claim and
 * effect the gates run again on live reads, the audit trail gets its intent, and only then does a request leave.
 */
import { type ActionStatus, isTerminal } from '../api/action-status.ts';
import { type HealingAction, parseAction } from '../api/parse-action.ts';
import type { HealingPolicy } from '../api/policy.ts';
import { claimed, nextStage, waitingFor } from '../core/action/claim.ts';
import { classified, unclear } from '../core/action/classification.ts';
import { carriedOut, type Effect, effected } from '../core/action/effect.ts';
import { finish } from '../core/action/ending.ts';
import { attemptFailed, type Failure, planRefused } from '../core/action/failure.ts';
import type { ActionKind, PlanResult } from '../core/actions/action-kind.ts';
import { isUnavailable } from '../core/actions/index.ts';
import { describeTarget } from '../core/observation.ts';
import { pastAction, WITHDRAWN } from '../core/action/past-action.ts';
import { retentionOf } from '../core/action/retention.ts';
import { stepAction } from '../core/action/step-action.ts';
import { verify } from '../core/action/verify-action.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import { send, type SendFailure, type Sent } from './effect.ts';
import { CLAIM_LOST, judgeCached, judgeLive, liveRoot, readLive, targetOf } from './live-facts.ts';
import type { Announcement, Operation } from './operation.ts';
import { planAction } from './planning.ts';
import { policyOf } from './policy-store.ts';
import { undoLap } from './undoing.ts';
import { baseline, outcomeLive, provenLive, sightOf } from './verification.ts';

const DEFAULT_APPROVAL_TIMEOUT_MS = 1_800_000;
const DEFAULT_HEALTH_CHECK_TIMEOUT_MS = 300_000;
/** A refused claim is looked at again after this. */
const RECHECK_MS = 1000;
/** After a request that takes something back: what came of it, or the next. */
const UNDO_RECHECK_MS = 2000;
/**
 * What a stage set off is looked at this often, beside the changes that wake it: pods take seconds to go and to come.
 */
const STAGE_RECHECK_MS = 5000;

export class ActionController {
  readonly #op: Operation;

  constructor(op: Operation) {
    this.#op = op;
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const { history, clock, actions, world, logger } = this.#op;
    const now = clock.now();
    if (!actions.visible(key)) return { wakeAt: now + 50 };
    const action = history.get(key);
    if (action === undefined) {
      const raw = world.actions.get(key);
      if (raw !== undefined)
        logger.warn(
          { action: key, problems: parseAction(raw).problems },
          'this HealingAction cannot be read and is left alone',
        );
      return {};
    }
    const { policyNamespace } = this.#op.config;
    if (policyNamespace !== undefined && action.spec.policyRef?.namespace !== policyNamespace) return {};
    if (!this.#op.mayAct()) return { wakeAt: now + RECHECK_MS };
    const policy = this.#policyOf(action);
    const verdict = action.phase === 'Approved' ? await judgeCached(this.#op, action, now) : ({ allow: true } as const);
    const paused = world.paused();
    const approvalTimeoutMs = policy?.safety.approvalTimeoutMs ?? DEFAULT_APPROVAL_TIMEOUT_MS;
    const undo = undoOf(policy);
    const step = stepAction({ action, verdict, approvalTimeoutMs, undo, ...(paused !== undefined && { paused }) }, now);
    switch (step.do) {
      case 'wait':
        return isTerminal(action.phase) ? this.#collect(action) : { wakeAt: step.until };
      case 'commit':
        await this.#commit(action, await this.#withRoot(action, step.status));
        return {};
      case 'claim':
        return this.#claim(action);
      case 'classify':
        return this.#classify(action);
      case 'undo':
        return this.#undo(action);
      case 'hold':
        return this.#waitFor(action, step.message);
      case 'verify':
        return this.#verify(action, policy);
    }
  }

  /** An action made by hand does not say what its target belongs to; it is looked up once. */
  async #withRoot(action: HealingAction, status: ActionStatus): Promise<ActionStatus> {
    if (action.phase !== 'Pending' || action.spec.policyRef !== undefined || action.status.rootUid !== undefined)
      return status;
    const rootUid = await liveRoot(this.#op, targetOf(action));
    return rootUid === undefined ? status : { ...status, rootUid };
  }

  /** Removes an action that has been kept long enough. */
  async #collect(action: HealingAction): Promise<ReconcileResult> {
    const { clock, config, history, actions } = this.#op;
    const past = pastAction(action);
    const siblings = history.all().filter(({ policyUid }) => policyUid === past.policyUid);
    const rules = { keepForMs: config.actionRetentionMs, keepNewest: config.actionRetentionCount };
    const retention = retentionOf(past, siblings, { rules, now: clock.now() });
    if (retention.keep === 'until') return { wakeAt: retention.at };
    if (retention.keep === 'no longer') await actions.delete(action);
    return {};
  }

  #policyOf(action: HealingAction): HealingPolicy | undefined {
    return policyOf(this.#op.policies, action.spec.policyRef);
  }

  #effectOf(action: HealingAction, kind: ActionKind | undefined, sent?: Pick<Effect, 'answers' | 'refused'>): Effect {
    return {
      proof: kind?.proof ?? 'healed',
      healthCheckTimeoutMs: this.#policyOf(action)?.safety.healthCheckTimeoutMs ?? DEFAULT_HEALTH_CHECK_TIMEOUT_MS,
      ...(sent?.answers !== undefined && { answers: sent.answers }),
      ...(sent?.refused !== undefined && { refused: sent.refused }),
    };
  }

  /** Undefined when the type was switched off since. */
  #kindOf(action: HealingAction): ActionKind | undefined {
    const found = this.#op.registry.find(action.spec.action);
    return isUnavailable(found) ? undefined : found;
  }

  async #claim(action: HealingAction): Promise<ReconcileResult> {
    const now = this.#op.clock.now();
    const policy = this.#policyOf(action);
    const undo = undoOf(policy);
    const planning = await planAction(this.#op, action, { now, contention: policy?.safety.contention ?? 'refuse' });
    if (planning.kind === 'gone') return this.#targetGone(action, planning.message);
    const { result, actionKind, target } = planning;
    if (
      (action.status.attempts ?? 0) > 0 &&
      nextStage(action) === 1 &&
      (await outcomeLive(this.#op, actionKind, { action, target })) === 'done'
    ) {
      await this.#commit(action, carriedOut(action, this.#effectOf(action, actionKind), now));
      return {};
    }
    switch (result.kind) {
      case 'refused':
        await this.#commit(action, planRefused(action, result, { undo, now }));
        return {};
      case 'wait':
        return this.#waitFor(action, result.message);
      case 'complete':
        await this.#commit(
          action,
          effected(summarised(action, result.summary), this.#effectOf(action, actionKind), now),
        );
        return {};
      case 'requests':
        return this.#claimStage(action, actionKind, result);
    }
  }

  async #claimStage(
    action: HealingAction,
    kind: ActionKind,
    plan: Extract<PlanResult, { kind: 'requests' }>,
  ): Promise<ReconcileResult> {
    const how = nextStage(action) === 1 ? 'begins' : 'continues';
    if (how === 'continues') {
      const verdict = await judgeLive(this.#op, action, how);
      if (!verdict.allow && verdict.reason === CLAIM_LOST) return {};
      if (!verdict.allow) return this.#waitFor(action, `left midway: ${verdict.message}`);
    }
    const before = baseline(this.#op, action);
    const status = claimed(action, plan, {
      now: this.#op.clock.now(),
      ...(before !== undefined && { baseline: before }),
    });
    await this.#effect(await this.#commit(action, status), kind, { how, plan });
    return {};
  }

  async #waitFor(action: HealingAction, message: string): Promise<ReconcileResult> {
    const status = waitingFor(action, message);
    if (status !== undefined) await this.#commit(action, status);
    return { wakeAt: this.#op.clock.now() + STAGE_RECHECK_MS };
  }

  /**
   * A target that went before anything was sent ends the action; one that an earlier stage took away may be what was
   * wanted.
   */
  async #targetGone(action: HealingAction, message: string): Promise<ReconcileResult> {
    const kind = this.#kindOf(action);
    const attempted = (action.status.attempts ?? 0) > 0;
    if (
      attempted &&
      kind !== undefined &&
      (await outcomeLive(this.#op, kind, { action, target: undefined })) === 'done'
    )
      await this.#commit(action, effected(action, this.#effectOf(action, kind), this.#op.clock.now()));
    else await this.#refuse(action, { reason: 'TargetGone', message });
    return {};
  }

  /** Ends an action of which nothing was sent: Cancelled when it was never claimed, else Failed. */
  async #refuse(action: HealingAction, why: { readonly reason: string; readonly message: string }): Promise<void> {
    const now = this.#op.clock.now();
    const rest = {
      retry: 'never',
      executed: 'no',
      mark: WITHDRAWN,
      random: 0,
      undo: undoOf(this.#policyOf(action)),
    } as const;
    const status =
      action.phase === 'Approved'
        ? finish(action.status, { phase: 'Cancelled', ...why }, now)
        : attemptFailed(action, { ...why, ...rest }, now);
    await this.#commit(action, status);
  }

  /** `plan`: what was claimed, as it is sent; the status keeps less of it. */
  async #effect(
    action: HealingAction,
    kind: ActionKind,
    { how, plan }: { readonly how: 'begins' | 'continues'; readonly plan: Extract<PlanResult, { kind: 'requests' }> },
  ): Promise<void> {
    const { clock, actionQueue, logger } = this.#op;
    const verdict = await judgeLive(this.#op, action, how);
    if (!verdict.allow) {
      // Another process has taken the action over: it is no longer ours to write.
      if (verdict.reason === CLAIM_LOST) return;
      const message = `refused at the last moment: ${verdict.message}`;
      const failure = { code: verdict.reason, message };
      if (how === 'begins' && verdict.turn === 'ours')
        await this.#retry(action, { failures: [failure], done: [], mark: WITHDRAWN });
      else if (how === 'begins') await this.#refuse(action, { reason: verdict.reason, message });
      else await this.#retry(action, { failures: [failure], done: [] });
      return;
    }
    if (how === 'begins')
      this.#announce(action, { type: 'Normal', reason: 'HealingStarted', message: action.status.message ?? 'started' });
    const tolerates = plan.next === 'plan again' ? kind.tolerates : undefined;
    const sent = await send(this.#op, action, {
      requests: plan.requests,
      ...(kind.sends !== undefined && { sends: kind.sends }),
      ...(tolerates !== undefined && { tolerates }),
    });
    switch (sent.kind) {
      case 'done':
        await this.#commit(action, carriedOut(action, this.#effectOf(action, kind, sent), clock.now()));
        return;
      case 'stopped':
        return;
      case 'unclear':
        logger.warn(
          { action: `${action.namespace}/${action.name}`, error: sent.message },
          'the answer was lost; the target is read again',
        );
        if (sent.from === 'endpoint') await this.#commit(action, unclear(action, sent.message));
        actionQueue.addAt(`${action.namespace}/${action.name}`, clock.now() + RECHECK_MS);
        return;
      case 'refused':
        await this.#retry(action, sent);
    }
  }

  /** One refusal that passes by itself is worth another attempt at all that was refused. */
  async #retry(
    action: HealingAction,
    { failures, done, mark }: Omit<Refused, 'kind'> & Pick<Failure, 'mark'>,
  ): Promise<void> {
    const { prng, clock } = this.#op;
    const passing = failures.find(passes);
    const { code, retryAfterMs } = passing ?? failures[0] ?? { code: 'Unknown' };
    const retry = passing === undefined ? 'never' : 'later';
    const message = failures.map((failure) => failure.message).join('; ');
    const reason = code === 'TooManyRequests' ? 'DisruptionBudget' : code;
    const undo = undoOf(this.#policyOf(action));
    const more = { ...(retryAfterMs !== undefined && { retryAfterMs }), ...(mark !== undefined && { mark }) };
    const what = { reason, message, retry, executed: 'no', done, random: prng.float(), undo, ...more } as const;
    await this.#commit(action, attemptFailed(action, what, clock.now()));
  }

  async #classify(action: HealingAction): Promise<ReconcileResult> {
    const { prng, clock } = this.#op;
    const kind = this.#kindOf(action);
    const outcome =
      kind === undefined
        ? 'unknown'
        : await outcomeLive(this.#op, kind, { action, target: await readLive(this.#op, targetOf(action)) });
    const seen = {
      outcome,
      effect: this.#effectOf(action, kind),
      random: prng.float(),
      undo: undoOf(this.#policyOf(action)),
    };
    await this.#commit(action, classified(action, seen, clock.now()));
    return {};
  }

  async #undo(action: HealingAction): Promise<ReconcileResult> {
    const lap = await undoLap(this.#op, action, (status) => this.#commit(action, status));
    if ('retry' in lap) return { wakeAt: this.#op.clock.now() + UNDO_RECHECK_MS };
    const ended = await this.#commit(action, lap.status);
    const undo = ended.status.undo;
    const type = undo?.state === 'Done' ? 'Normal' : 'Warning';
    const reason = undo?.state === 'Done' ? 'HealingUndone' : 'UndoFailed';
    const tell = undo?.state === 'Done' ? 'nobody' : 'people';
    this.#announce(ended, { type, reason, message: undo?.message ?? '', tell });
    return {};
  }

  async #verify(action: HealingAction, policy: HealingPolicy | undefined): Promise<ReconcileResult> {
    const now = this.#op.clock.now();
    const kind = this.#kindOf(action);
    if (kind === undefined)
      return this.#waitFor(action, `actions of type ${action.spec.action.type} were switched off; not verified`);
    const watched = { action, kind, policy };
    const { status, wakeAt } = verify(action, sightOf(this.#op, watched), { undo: undoOf(policy), now });
    if (status?.phase === 'Succeeded' && !(await provenLive(this.#op, watched))) return { wakeAt: now + RECHECK_MS };
    if (status !== undefined) await this.#commit(action, status);
    return { wakeAt };
  }

  async #commit(action: HealingAction, status: ActionStatus): Promise<HealingAction> {
    const { actions, logger } = this.#op;
    const parsed = await actions.writeStatus(action, status);
    if (parsed.phase !== action.phase) {
      this.#op.observer.actionEntered(action.action.type, parsed.phase);
      logger.info(
        { action: `${action.namespace}/${action.name}`, from: action.phase, to: parsed.phase, reason: status.reason },
        status.message ?? parsed.phase,
      );
      const reason = {
        Succeeded: 'HealingSucceeded',
        Failed: 'HealingFailed',
        Cancelled: 'HealingCancelled',
        Approved: '',
        InProgress: '',
        Pending: '',
      }[parsed.phase];
      if (reason !== '')
        this.#announce(parsed, {
          type: parsed.phase === 'Succeeded' ? 'Normal' : 'Warning',
          reason,
          message: status.message ?? '',
        });
    }
    if (status.reason === 'AwaitingApproval' && action.status.reason !== 'AwaitingApproval')
      this.#announce(parsed, {
        type: 'Warning',
        reason: 'ApprovalRequired',
        message: approvalText(parsed),
        tell: parsed.spec.dryRun ? 'nobody' : 'people',
      });
    return parsed;
  }

  #announce(action: HealingAction, what: Announcement): void {
    const self = {
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingAction',
      namespace: action.namespace,
      name: action.name,
      uid: action.uid,
    };
    const { policyRef } = action.spec;
    const policy =
      policyRef === undefined
        ? []
        : [
            {
              apiVersion: 'kubeskippy.io/v1alpha1',
              kind: 'HealingPolicy',
              namespace: policyRef.namespace,
              name: policyRef.name,
              uid: policyRef.uid ?? '',
            },
          ];
    this.#op.announce([self, targetOf(action), ...policy], {
      ...what,
      message: `${describeTarget(targetOf(action))}: ${what.message}`,
    });
  }
}

/** What all its stages came to, rather than the last of them. */
function summarised(action: HealingAction, summary: string): HealingAction {
  const { plan } = action.status;
  return plan === undefined ? action : { ...action, status: { ...action.status, plan: { ...plan, summary } } };
}

/** What is to be decided, and where. */
const approvalText = ({ namespace, name, action, status }: HealingAction): string =>
  `${action.type} (${action.name}) ${status.message ?? 'waits for approval'}: HealingAction ${namespace}/${name}`;

const undoOf = (policy: HealingPolicy | undefined): 'wanted' | 'unwanted' =>
  policy?.safety.undoOnFailure === false ? 'unwanted' : 'wanted';

type Refused = Extract<Sent, { readonly kind: 'refused' }>;

const passes = ({ code, status }: SendFailure): boolean => RETRIED.has(code) || status === undefined || status >= 500;

/** Refusals that pass by themselves. 5xx answers are not among them: whether they were carried out is not known. */
const RETRIED = new Set([
  'Conflict',
  'TooManyRequests',
  // The same from an endpoint.
  'Http429',
  'ServiceUnavailable',
  'InternalError',
  'Timeout',
  'ServerTimeout',
  'Suspended',
  'Protected',
]);
