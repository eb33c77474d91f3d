/**
 * Laps over HealingActions. `core/step-action` says what to do; this does it, one commit a lap. Between claim and effect the gates run
 * again on live reads, the audit trail gets its intent, and only then does a request leave.
 */
import { type ActionStatus, isTerminal } from '../api/action-status.ts';
import type { KubeObject } from '../api/kube.ts';
import { FIELD_MANAGER, LABELS } from '../api/names.ts';
import { type HealingAction, parseAction } from '../api/parse-action.ts';
import { parsePolicy } from '../api/parse-policy.ts';
import type { HealingPolicy } from '../api/policy.ts';
import { actionKinds } from '../core/actions/index.ts';
import type { ActionKind, Outcome } from '../core/actions/action-kind.ts';
import { type Health, healthOf } from '../core/health.ts';
import { describeTarget, targetRef } from '../core/observation.ts';
import { pastAction, WITHDRAWN } from '../core/past-action.ts';
import { retentionOf } from '../core/retention.ts';
import { attemptFailed, claimed, classified, effected, finish, marker, planRefused, stepAction, verify } from '../core/step-action.ts';
import { evaluateTrigger } from '../core/triggers/index.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import { errorOfAnswer, KubeError } from '../kube/errors.ts';
import { fromTimestamp, toMicroTime } from '../std/clock.ts';
import { CLAIM_LOST, judgeCached, judgeLive, readLive, targetOf } from './live-facts.ts';
import { observe } from './observation.ts';
import type { Operation } from './operation.ts';

const DEFAULT_APPROVAL_TIMEOUT_MS = 1_800_000;
const DEFAULT_HEALTH_CHECK_TIMEOUT_MS = 300_000;
/** A refused claim is looked at again after this. */
const RECHECK_MS = 1000;

export class ActionController {
  readonly #op: Operation;

  constructor(op: Operation) {
    this.#op = op;
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const { history, clock, actionWrites, world, logger } = this.#op;
    const now = clock.now();
    if (!actionWrites.visible(key)) return { wakeAt: now + 50 };
    const action = history.get(key);
    if (action === undefined) {
      const raw = world.actions.get(key);
      if (raw !== undefined)
        logger.warn({ action: key, problems: parseAction(raw).problems }, 'this HealingAction cannot be read and is left alone');
      return {};
    }
    const { policyNamespace } = this.#op.config;
    if (policyNamespace !== undefined && action.spec.policyRef?.namespace !== policyNamespace) return {};
    if (!this.#op.mayAct()) return { wakeAt: now + RECHECK_MS };
    const policy = this.#policyOf(action);
    const verdict = action.phase === 'Approved' ? judgeCached(this.#op, action, now) : ({ allow: true } as const);
    const step = stepAction({ action, verdict, approvalTimeoutMs: policy?.safety.approvalTimeoutMs ?? DEFAULT_APPROVAL_TIMEOUT_MS }, now);
    switch (step.do) {
      case 'wait':
        return isTerminal(action.phase) ? this.#collect(action) : { wakeAt: step.until };
      case 'commit':
        await this.#commit(action, step.status);
        return {};
      case 'claim':
        return this.#claim(action);
      case 'classify':
        return this.#classify(action);
      case 'verify':
        return this.#verify(action, policy);
    }
  }

  /** Removes an action that has been kept long enough. */
  async #collect(action: HealingAction): Promise<ReconcileResult> {
    const { clock, config, history, client, types } = this.#op;
    const past = pastAction(action);
    const siblings = history.all().filter(({ policyUid }) => policyUid === past.policyUid);
    const rules = { keepForMs: config.actionRetentionMs, keepNewest: config.actionRetentionCount };
    const retention = retentionOf(past, siblings, { rules, now: clock.now() });
    if (retention.keep === 'until') return { wakeAt: retention.at };
    if (retention.keep === 'no longer')
      await client.delete(types.actions, { namespace: action.namespace, name: action.name }, { uid: action.uid });
    return {};
  }

  #policyOf(action: HealingAction): HealingPolicy | undefined {
    const { policyRef } = action.spec;
    const raw = policyRef === undefined ? undefined : this.#op.world.policies.get(`${policyRef.namespace}/${policyRef.name}`);
    return raw === undefined ? undefined : parsePolicy(raw).policy;
  }

  #healthTimeout(action: HealingAction): number {
    return this.#policyOf(action)?.safety.healthCheckTimeoutMs ?? DEFAULT_HEALTH_CHECK_TIMEOUT_MS;
  }

  async #claim(action: HealingAction): Promise<ReconcileResult> {
    const now = this.#op.clock.now();
    const kind = actionKinds[action.action.type];
    if (kind === 'not supported') {
      await this.#commit(
        action,
        finish(
          action.status,
          {
            phase: action.phase === 'Approved' ? 'Cancelled' : 'Failed',
            reason: 'UnsupportedAction',
            message: `actions of type ${action.action.type} are not supported by this version`,
          },
          now,
        ),
      );
      return {};
    }
    const ref = targetOf(action);
    const target = await readLive(this.#op, ref);
    if (target === undefined || target.metadata.uid !== ref.uid) {
      const message = `${describeTarget(ref)} is gone or was replaced; nothing was done`;
      await this.#refuse(action, { reason: 'TargetGone', message });
      return {};
    }
    const attempts = action.status.attempts ?? 0;
    if (attempts > 0 && outcomeOf(kind, action, target) === 'done') {
      await this.#commit(action, effected(action, this.#healthTimeout(action), now));
      return {};
    }
    const attempt = attempts + 1;
    const plan = kind.plan({ template: action.action.template, target, marker: marker(action, attempt), now });
    if ('refused' in plan) {
      await this.#commit(action, planRefused(action, { reason: plan.refused, message: plan.message }, now));
      return {};
    }
    const held = await this.#commit(action, claimed(action, plan, now));
    await this.#effect(held);
    return {};
  }

  /** Ends an action of which nothing was sent: Cancelled when it was never claimed, else Failed. */
  async #refuse(action: HealingAction, why: { readonly reason: string; readonly message: string }): Promise<void> {
    const now = this.#op.clock.now();
    const status =
      action.phase === 'Approved'
        ? finish(action.status, { phase: 'Cancelled', ...why }, now)
        : attemptFailed(action, { ...why, retry: 'never', executed: 'no', mark: WITHDRAWN, random: 0 }, now);
    await this.#commit(action, status);
  }

  async #effect(action: HealingAction): Promise<void> {
    const { clock, client } = this.#op;
    const verdict = await judgeLive(this.#op, action, clock.now());
    if (!verdict.allow) {
      // Another process has taken the action over: it is no longer ours to write.
      if (verdict.reason === CLAIM_LOST) return;
      await this.#refuse(action, { reason: verdict.reason, message: `refused at the last moment: ${verdict.message}` });
      return;
    }
    this.#announce(action, { type: 'Normal', reason: 'HealingStarted', message: action.status.message ?? 'started' });
    for (const request of action.status.plan?.requests ?? []) {
      if (!this.#op.mayAct()) return;
      const path = action.spec.dryRun ? withDryRun(request.path) : request.path;
      await this.#audit(action, { entry: 'intent', method: request.method, path });
      // The audit may have taken long: the lease is asked again right before the request (I33).
      if (!this.#op.mayAct()) {
        await this.#audit(action, { entry: 'outcome', method: request.method, path, result: 'NotSent' });
        return;
      }
      try {
        const answer = await client.request({
          method: request.method,
          path: withManager(path),
          headers: { 'content-type': request.contentType ?? 'application/json', accept: 'application/json' },
          ...(request.body !== undefined && { body: request.body }),
        });
        await this.#audit(action, { entry: 'outcome', method: request.method, path, result: String(answer.status) });
        if (answer.status >= 300)
          throw errorOfAnswer({
            status: answer.status,
            body: answer.value,
            retryAfter: answer.headers['retry-after'],
            what: `${request.method} ${path}`,
          });
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        if (error.status === undefined) await this.#audit(action, { entry: 'outcome', method: request.method, path, result: error.code });
        await this.#failed(action, error);
        return;
      }
    }
    await this.#commit(action, effected(action, this.#healthTimeout(action), clock.now()));
  }

  async #failed(action: HealingAction, error: KubeError): Promise<void> {
    // Whether it was done is not known: the next lap asks the live object (I3).
    if (error.delivered !== 'no') {
      this.#op.logger.warn(
        { action: `${action.namespace}/${action.name}`, error: error.message },
        'the answer was lost; the target is read again',
      );
      this.#op.actionQueue.addAt(`${action.namespace}/${action.name}`, this.#op.clock.now() + RECHECK_MS);
      return;
    }
    const retry =
      ['Conflict', 'TooManyRequests', 'ServiceUnavailable', 'InternalError', 'Timeout', 'ServerTimeout'].includes(error.code) ||
      error.status === undefined
        ? 'later'
        : 'never';
    const reason = error.code === 'TooManyRequests' ? 'DisruptionBudget' : error.code;
    const after = error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs };
    await this.#commit(
      action,
      attemptFailed(
        action,
        { reason, message: error.message, retry, executed: 'no', random: this.#op.prng.float(), ...after },
        this.#op.clock.now(),
      ),
    );
  }

  async #classify(action: HealingAction): Promise<ReconcileResult> {
    const kind = actionKinds[action.action.type];
    const ref = targetOf(action);
    const target = await readLive(this.#op, ref);
    if (kind === 'not supported') return {};
    const outcome = outcomeOf(kind, action, target);
    await this.#commit(
      action,
      classified(
        action,
        { outcome, healthCheckTimeoutMs: this.#healthTimeout(action), random: this.#op.prng.float() },
        this.#op.clock.now(),
      ),
    );
    return {};
  }

  async #verify(action: HealingAction, policy: HealingPolicy | undefined): Promise<ReconcileResult> {
    const now = this.#op.clock.now();
    const { status, wakeAt } = verify(action, this.#health(action, policy), now);
    // The cache may lag behind what was done: success is committed on a live read only (I6, I11).
    if (status?.phase === 'Succeeded' && !(await this.#healthyLive(action))) return { wakeAt: now + RECHECK_MS };
    if (status !== undefined) await this.#commit(action, status);
    return { wakeAt };
  }

  /** The workload itself, or the controller of an evicted pod, as the API server has it now. */
  async #healthyLive(action: HealingAction): Promise<boolean> {
    const ref = targetOf(action);
    const owner = ref.kind === 'Pod' ? this.#op.world.byUid(action.metadata.labels?.[LABELS.rootUid] ?? '') : undefined;
    const live = await readLive(this.#op, owner === undefined ? ref : targetRef(owner));
    return live !== undefined && healthOf(live).state === 'healthy';
  }

  /** The target, or what replaced it, is well and no longer fires. */
  #health(action: HealingAction, policy: HealingPolicy | undefined): Health {
    const { world, clock } = this.#op;
    const ref = targetOf(action);
    const object = world.byUid(ref.uid);
    const effectAt = fromTimestamp(action.status.effectTime) ?? clock.now();
    if (ref.kind === 'Pod') {
      if (object !== undefined && object.metadata.deletionTimestamp === undefined)
        return { state: 'unhealthy', message: `${describeTarget(ref)} has not gone yet` };
      if (object !== undefined) return { state: 'unhealthy', message: `${describeTarget(ref)} is terminating` };
      return this.#replacementHealth(action, { policy, effectAt });
    }
    if (object === undefined) return { state: 'unknown', message: `${describeTarget(ref)} is gone` };
    const health = healthOf(object);
    return health.state === 'healthy' ? this.#stillFiring(action, { policy, object, effectAt }) : health;
  }

  #replacementHealth(action: HealingAction, context: { readonly policy: HealingPolicy | undefined; readonly effectAt: number }): Health {
    const { world } = this.#op;
    const root = action.metadata.labels?.[LABELS.rootUid] ?? '';
    const owner = world.byUid(root);
    if (owner === undefined) return { state: 'unknown', message: 'the controller of the evicted pod is gone' };
    const health = healthOf(owner);
    if (health.state !== 'healthy') return health;
    // Timestamps of the API server have whole seconds.
    const fresh = world.podsOf(owner).filter((pod) => (fromTimestamp(pod.metadata.creationTimestamp) ?? 0) >= context.effectAt - 1000);
    if (fresh.length === 0) return { state: 'unhealthy', message: `${owner.kind} ${owner.metadata.name} has not replaced the pod yet` };
    for (const pod of fresh) {
      const firing = this.#stillFiring(action, { ...context, object: pod });
      if (firing.state !== 'healthy') return firing;
    }
    return { state: 'healthy' };
  }

  #stillFiring(
    action: HealingAction,
    context: { readonly policy: HealingPolicy | undefined; readonly object: KubeObject; readonly effectAt: number },
  ): Health {
    const trigger = context.policy?.triggers.find(({ name }) => name === action.spec.trigger);
    if (context.policy === undefined || trigger === undefined) return { state: 'healthy' };
    const seen = observe(this.#op, { policy: context.policy, object: context.object, effectAt: context.effectAt });
    const { firing } = evaluateTrigger(trigger, seen, this.#op.clock.now());
    if (firing.holds === 'true') return { state: 'unhealthy', message: `trigger ${trigger.name} still holds: ${firing.detail}` };
    if (firing.holds === 'unknown' && firing.notApplicable !== true)
      return { state: 'unknown', message: `trigger ${trigger.name}: ${firing.detail}` };
    return { state: 'healthy' };
  }

  async #commit(action: HealingAction, status: ActionStatus): Promise<HealingAction> {
    const { client, types, actionWrites, logger } = this.#op;
    const object = { apiVersion: 'kubeskippy.io/v1alpha1', kind: 'HealingAction', metadata: action.metadata, spec: action.spec, status };
    const written = await client.updateStatus(types.actions, object);
    actionWrites.wrote(written);
    const parsed = parseAction(written).action;
    if (parsed === undefined) throw new Error(`the status of ${action.namespace}/${action.name} came back unreadable`);
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
        this.#announce(parsed, { type: parsed.phase === 'Succeeded' ? 'Normal' : 'Warning', reason, message: status.message ?? '' });
    }
    if (status.reason === 'AwaitingApproval' && action.status.reason !== 'AwaitingApproval')
      this.#announce(parsed, { type: 'Warning', reason: 'ApprovalRequired', message: status.message ?? '' });
    return parsed;
  }

  #announce(action: HealingAction, what: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }): void {
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
    this.#op.announce([self, targetOf(action), ...policy], { ...what, message: `${describeTarget(targetOf(action))}: ${what.message}` });
  }

  #audit(
    action: HealingAction,
    what: { readonly entry: 'intent' | 'outcome'; readonly method: string; readonly path: string; readonly result?: string },
  ): Promise<void> {
    return this.#op.audit.record({
      at: toMicroTime(this.#op.clock.now()),
      action: `${action.namespace}/${action.name}`,
      actionUid: action.uid,
      attempt: action.status.attempts ?? 0,
      dryRun: action.spec.dryRun ? 'All' : 'none',
      ...what,
    });
  }
}

/** What became of the attempts so far, by the live object. */
const outcomeOf = (kind: ActionKind, action: HealingAction, target: KubeObject | undefined): Outcome => {
  const ref = targetOf(action);
  return kind.classify({ target, kind: ref.kind, uid: ref.uid, marker: marker(action, action.status.attempts ?? 0) });
};

const withQuery = (path: string, query: string): string => `${path}${path.includes('?') ? '&' : '?'}${query}`;
const withDryRun = (path: string): string => withQuery(path, 'dryRun=All');
const withManager = (path: string): string => withQuery(path, `fieldManager=${FIELD_MANAGER}`);
