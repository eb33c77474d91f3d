/**
 * Laps over targets and policies: gather → core → commit. A target's lap evaluates it and, when its episode is in the
 * policy's status (law 4), creates the HealingAction that was decided. A policy's lap writes that status, only when it
 * says something new.
 */
import type { KubeObject } from '../shapes/kube.ts';
import { HEALING_POLICY } from '../api/names.ts';
import { type Decision, type EvaluationInput, evaluateTarget, HEALTHY } from '../core/target/evaluate-target.ts';
import { massFailureOf } from '../core/gates/mass-failure.ts';
import { isFinished, type PastAction } from '../core/history.ts';
import { describeTarget, targetRef, type TargetRef } from '../core/observation.ts';
import { isPersisted, policyStatus, restoredState, saysTheSame } from '../core/target/policy-status.ts';
import { rootUid } from '../core/gates/proposal.ts';
import type { PolicyProblem } from '../core/target/policy-problems.ts';
import { namespacesOf, outsideScope } from '../core/target/scope.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import { keyOf } from '../kube/resource.ts';
import { toMicroTime, toTimestamp } from '../std/clock.ts';
import { actionObject } from './action-object.ts';
import { metricHealth, metricProblems } from './metric-health.ts';
import { holdingTargets } from './metric-targets.ts';
import { observe } from './observation.ts';
import type { Operation } from './operation.ts';
import { PolicyEntry, type TargetEntry } from './policy-book.ts';

/**
 * How long a mass-failure stop outlasts its cause (I16), and how much of that may pass before a stop that goes on is
 * written again.
 */
const STOP_MS = 300_000;
const RENEW_MS = 60_000;
/**
 * `lastEvaluated` alone is written at most this often, and only while something is pending: a quiet cluster is left
 * alone (I35).
 */
const HEARTBEAT_MS = 60_000;

/** A kind that the server does not serve may come with the next CRD. */
const UNKNOWN_KIND_MS = 60_000;

const targetKey = (policyKey: string, ref: TargetRef): string =>
  JSON.stringify([policyKey, ref.apiVersion, ref.kind, ref.namespace ?? '', ref.name]);

const kindName = (apiVersion: string, kind: string): string => `${apiVersion}/${kind}`;

export class PolicyController {
  readonly #op: Operation;
  readonly #book = new Map<string, PolicyEntry>();
  /** Which policies select a kind: a change of an object asks no others (law 6). */
  readonly #byKind = new Map<string, Set<PolicyEntry>>();

  constructor(op: Operation) {
    this.#op = op;
  }

  /** Feeds: what changed in the world decides what is looked at again, and nothing else is. */
  onPolicy(key: string, object: KubeObject | undefined): void {
    const known = this.#book.get(key);
    if (object === undefined) {
      this.#book.delete(key);
      this.#register(known, undefined);
      this.#op.metrics.policyChanged(key, undefined);
      return;
    }
    const entry = known === undefined || known.uid !== object.metadata.uid ? new PolicyEntry(key, object) : known;
    this.#book.set(key, entry);
    const stored = this.#op.policies.get(key);
    if (stored !== undefined && entry.update(stored)) {
      this.#register(known, entry);
      this.#op.metrics.policyChanged(key, entry.policy);
      this.#enumerate(entry);
    }
    this.#op.policyQueue.add(key);
  }

  #register(old: PolicyEntry | undefined, entry: PolicyEntry | undefined): void {
    if (old !== undefined) for (const entries of this.#byKind.values()) entries.delete(old);
    for (const { apiVersion, kind } of entry?.policy?.selector.resources ?? []) {
      const name = kindName(apiVersion, kind);
      const entries = this.#byKind.get(name) ?? new Set();
      if (entry !== undefined) entries.add(entry);
      this.#byKind.set(name, entries);
    }
  }

  /** An object, or something that it owns or that speaks of it, changed. */
  onTarget(object: KubeObject): void {
    for (const one of [object, ...this.#op.world.chainOf(object)]) {
      for (const entry of this.#byKind.get(kindName(one.apiVersion, one.kind)) ?? []) this.#consider(entry, one);
    }
  }

  /**
   * A source of metrics has answered: of interest to the targets for which something holds, and to those for which
   * something held.
   */
  onRound(source: string): void {
    for (const entry of this.#book.values()) {
      const { policy } = entry;
      const asked = (policy?.triggers ?? []).filter(
        (trigger) => trigger.type === 'metric' && this.#op.metrics.sourceOf(trigger) === source,
      );
      if (policy === undefined || asked.length === 0) continue;
      const health = metricHealth(this.#op, policy);
      if (JSON.stringify(health) !== JSON.stringify(entry.metrics)) this.#op.policyQueue.add(entry.key);
      entry.metrics = health;
      for (const id of entry.open)
        if (asked.some(({ name }) => entry.targets.get(id)?.state.triggers[name] !== undefined))
          this.#op.targetQueue.add(id);
      for (const trigger of asked) {
        const holding = trigger.type === 'metric' ? holdingTargets(this.#op, policy, trigger) : [];
        for (const id of holding === 'all'
          ? entry.targets.keys()
          : holding.map((object) => targetKey(entry.key, targetRef(object))))
          this.#op.targetQueue.add(id);
      }
    }
  }

  /**
   * An action moved. One that ended, or was removed, frees budgets that every open target may wait for; else it
   * concerns its own workload alone.
   */
  onAction(past: PastAction, moved: 'along' | 'to its end'): void {
    const workload = new Set([past.targetUid, past.rootUid]);
    for (const entry of this.#book.values()) {
      if (past.policyUid === entry.uid) this.#op.policyQueue.add(entry.key);
      for (const id of entry.open) {
        const uid = entry.targets.get(id)?.ref.uid ?? '';
        if (moved === 'to its end' || workload.has(uid) || workload.has(this.#rootOf(uid)))
          this.#op.targetQueue.add(id);
      }
    }
  }

  #rootOf(uid: string): string {
    const object = this.#op.world.byUid(uid);
    return object === undefined ? uid : rootUid({ uid }, this.#op.world.chainOf(object));
  }

  reconsiderAll(): void {
    for (const entry of this.#book.values()) this.#enumerate(entry);
  }

  /** A namespace's marks speak for what is in it, and matter to the policies that reach into it. */
  onNamespace(name: string): void {
    for (const entry of this.#book.values()) {
      if (entry.policy !== undefined && this.#reaches(entry.policy, name))
        this.#addTargets(entry, entry.policy, [name]);
    }
  }

  #reaches(policy: NonNullable<PolicyEntry['policy']>, namespace: string | undefined): boolean {
    const namespaces = namespacesOf(policy, this.#op.scope);
    return namespace === undefined || namespaces === undefined || namespaces.includes(namespace);
  }

  entryOf(policyUid: string): PolicyEntry | undefined {
    return [...this.#book.values()].find(({ uid }) => uid === policyUid);
  }

  #enumerate(entry: PolicyEntry): void {
    for (const id of entry.targets.keys()) this.#op.targetQueue.add(id);
    const { policy } = entry;
    if (policy === undefined) return;
    const namespaces = namespacesOf(policy, this.#op.scope);
    this.#addTargets(entry, policy, namespaces && ['', ...namespaces]);
  }

  /** `namespaces`: the empty one for what lies in none; undefined: all. */
  #addTargets(
    entry: PolicyEntry,
    policy: NonNullable<PolicyEntry['policy']>,
    namespaces: readonly string[] | undefined,
  ): void {
    for (const resource of policy.selector.resources) {
      for (const object of this.#op.world.ofKind(resource, namespaces)) {
        if (outsideScope(policy, object, this.#op.scope) === undefined)
          this.#op.targetQueue.add(targetKey(entry.key, targetRef(object)));
      }
    }
  }

  #consider(entry: PolicyEntry, object: KubeObject): void {
    if (entry.policy === undefined || !this.#reaches(entry.policy, object.metadata.namespace)) return;
    const id = targetKey(entry.key, targetRef(object));
    if (entry.targets.has(id) || outsideScope(entry.policy, object, this.#op.scope) === undefined)
      this.#op.targetQueue.add(id);
  }

  async reconcileTarget(id: string): Promise<ReconcileResult> {
    const [policyKey, apiVersion, kind, namespace, name] = JSON.parse(id) as [string, string, string, string, string];
    const entry = this.#book.get(policyKey);
    if (entry?.policy === undefined) return {};
    const key = namespace === '' ? name : `${namespace}/${name}`;
    const object = this.#op.world.targetCaches
      .flatMap((cache) => cache.get(key) ?? [])
      .find((one) => one.kind === kind && one.apiVersion === apiVersion);
    if (object === undefined || outsideScope(entry.policy, object, this.#op.scope) !== undefined) {
      if (entry.delete(id)) this.#op.policyQueue.add(policyKey);
      return {};
    }
    const now = this.#op.clock.now();
    const known = entry.targets.get(id);
    const ref = targetRef(object);
    const state = known?.ref.uid === ref.uid ? known.state : restoredState(entry.status, ref.uid, now);
    if (known === undefined) entry.set(id, { ref, state: HEALTHY, standing: 'healthy', decision: { kind: 'nothing' } });
    const input = this.#gather(entry, object, state);
    const evaluation = evaluateTarget(input, now);
    const next: TargetEntry = {
      ref,
      state: evaluation.state,
      standing: evaluation.standing,
      decision: evaluation.decision,
    };
    entry.set(id, next);
    if (
      known === undefined ||
      JSON.stringify([known.state, known.standing, known.decision]) !==
        JSON.stringify([next.state, next.standing, next.decision])
    ) {
      this.#op.policyQueue.add(policyKey);
    }
    this.#announce(entry, { ref, before: known?.decision, was: state.exhausted ? 'exhausted' : 'open', evaluation });
    if (evaluation.decision.kind === 'propose' && isPersisted(entry.status, ref, evaluation.state))
      await this.#propose(input, evaluation.decision);
    return { wakeAt: evaluation.wakeAt };
  }

  #gather(
    entry: PolicyEntry,
    object: KubeObject,
    state: EvaluationInput['state'],
  ): EvaluationInput & { readonly policy: NonNullable<PolicyEntry['policy']> } {
    const { world, history, config } = this.#op;
    const { policy } = entry;
    if (policy === undefined) throw new Error(`policy ${entry.key} was not compiled`);
    const chain = world.chainOf(object);
    const target = targetRef(object);
    const healing = history.healing(entry.uid);
    const population = entry.population(healing);
    this.#watchMassFailure(entry, entry.failures(healing));
    const paused = world.paused();
    const namespace = target.namespace === undefined ? undefined : world.namespaces.get(target.namespace);
    const stale = this.#op.staleness();
    const until = entry.massFailure === undefined ? undefined : Date.parse(entry.massFailure.until);
    return {
      policy,
      observation: observe(this.#op, { policy, object, effectAt: history.lastEffectOn(target.uid) }),
      state,
      facts: {
        target,
        object,
        chain,
        population,
        limits: config,
        history: history.all(),
        ...(namespace !== undefined && { namespace }),
        ...(until !== undefined && { stoppedUntil: until }),
        ...(paused !== undefined && { paused }),
        ...(stale !== undefined && { stale }),
      },
    };
  }

  #watchMassFailure(entry: PolicyEntry, population: ReturnType<PolicyEntry['population']>): void {
    const now = this.#op.clock.now();
    const figures =
      entry.policy === undefined ? undefined : massFailureOf(population, entry.policy.safety.maxUnhealthy);
    const held = entry.massFailure;
    const until = held === undefined ? 0 : Date.parse(held.until);
    if (figures === undefined) {
      if (held !== undefined && now >= until) entry.massFailure = undefined;
      return;
    }
    if (held !== undefined && until - now > STOP_MS - RENEW_MS) return;
    entry.massFailure = { since: held?.since ?? toTimestamp(now), until: toTimestamp(now + STOP_MS), message: figures };
    this.#op.policyQueue.add(entry.key);
  }

  #announce(
    entry: PolicyEntry,
    seen: {
      readonly ref: TargetRef;
      readonly before: Decision | undefined;
      /** Before this evaluation, by the status: a restart of the operator tells nobody a second time. */
      readonly was: 'exhausted' | 'open';
      readonly evaluation: ReturnType<typeof evaluateTarget>;
    },
  ): void {
    const { ref, before, evaluation } = seen;
    const about = [ref, policyRef(entry)];
    for (const { trigger, change, detail } of evaluation.changes) {
      const text = `${describeTarget(ref)}: trigger ${trigger} of policy ${entry.key} ${change === 'firing' ? 'fires' : 'has resolved'}: ${detail}`;
      this.#op.announce(about, {
        type: change === 'firing' ? 'Warning' : 'Normal',
        reason: change === 'firing' ? 'TriggerFiring' : 'TriggerResolved',
        message: text,
      });
    }
    const { decision } = evaluation;
    if (decision.kind === 'blocked' && !(before?.kind === 'blocked' && before.reason === decision.reason)) {
      this.#op.observer.blocked(decision.reason);
      this.#op.announce(about, {
        type: 'Warning',
        reason: 'HealingBlocked',
        message: `${describeTarget(ref)} is not healed (${decision.reason}): ${decision.message}`,
      });
    }
    if (decision.kind === 'exhausted' && seen.was !== 'exhausted') {
      const message = `no longer healed (${decision.reason}): ${decision.message}`;
      // Of dry runs nobody needs to know.
      const dry = entry.policy?.mode === 'dryrun' || this.#op.config.dryRun === 'All';
      this.#op.announce(about, {
        type: 'Warning',
        reason: 'EpisodeExhausted',
        message,
        tell: dry ? 'nobody' : 'people',
      });
    }
  }

  async #propose(input: EvaluationInput, proposed: Extract<Decision, { kind: 'propose' }>): Promise<void> {
    const { history, actions, logger } = this.#op;
    const { target, chain } = input.facts;
    const root = rootUid(target, chain);
    const object = actionObject({
      policy: input.policy,
      target,
      rootUid: root,
      proposed,
      dryRun: this.#op.config.dryRun,
    });
    const key = keyOf(object);
    history.reserve(key, reservation(input, { name: object.metadata.name, root, proposed, now: this.#op.clock.now() }));
    try {
      if ((await actions.create(object)) === 'exists') return;
      logger.info(
        { action: key, target: describeTarget(target), policy: input.policy.name, type: proposed.action.type },
        'created a HealingAction',
      );
    } catch (error) {
      history.cancel(key);
      throw error;
    }
  }

  async #watchKinds(entry: PolicyEntry): Promise<void> {
    const unknown: PolicyProblem[] = [];
    for (const { apiVersion, kind } of entry.policy?.selector.resources ?? []) {
      if ((await this.#op.watchKind(apiVersion, kind)) === 'watched') continue;
      unknown.push({
        path: `spec.selector.resources[${apiVersion}/${kind}]`,
        reason: 'UnknownKind',
        message: `the server does not serve kind ${kind} of ${apiVersion}`,
      });
    }
    entry.unknownKinds = unknown;
  }

  async reconcilePolicy(key: string): Promise<ReconcileResult> {
    const entry = this.#book.get(key);
    const now = this.#op.clock.now();
    if (entry !== undefined) await this.#watchKinds(entry);
    if (entry === undefined || !this.#op.policies.visible(key)) return entry === undefined ? {} : { wakeAt: now + 50 };
    const own = this.#op.history
      .all()
      .filter((action) => action.policyUid === entry.uid && (action.executed || !isFinished(action)));
    const metrics = entry.policy === undefined ? [] : metricHealth(this.#op, entry.policy);
    const lastAction = Math.max(0, ...own.map((action) => action.createdAt));
    const status = policyStatus(
      {
        generation: entry.object.metadata.generation ?? 0,
        policy: entry.policy,
        problems: [...entry.problems, ...entry.unknownKinds, ...metricProblems(metrics)],
        targets: [...entry.targets.values()],
        previous: entry.status,
        massFailure: entry.massFailure,
        metrics,
        actionsTaken: own.filter((action) => action.createdAt > now - 24 * 3_600_000).length,
        lastActionTime: lastAction === 0 ? undefined : lastAction,
      },
      now,
    );
    const pending = [...entry.targets.values()].some(({ state }) =>
      Object.values(state.triggers).some((trigger) => trigger.state === 'pending'),
    );
    const heartbeatAt = (status.lastEvaluated === undefined ? 0 : Date.parse(status.lastEvaluated)) + HEARTBEAT_MS;
    const kindsAt = entry.unknownKinds.length > 0 ? now + UNKNOWN_KIND_MS : Number.POSITIVE_INFINITY;
    const wakeAt = Math.min(pending ? Math.max(heartbeatAt, now) : Number.POSITIVE_INFINITY, kindsAt);
    const result = Number.isFinite(wakeAt) ? { wakeAt } : {};
    if (saysTheSame(status, entry.status) && !(pending && now >= heartbeatAt)) return result;
    const written = { ...status, lastEvaluated: toMicroTime(now) };
    entry.object = await this.#op.policies.writeStatus(entry.object, written);
    entry.status = written;
    for (const [id, target] of entry.targets) if (target.decision.kind === 'propose') this.#op.targetQueue.add(id);
    return pending ? { wakeAt: Math.min(now + HEARTBEAT_MS, kindsAt) } : result;
  }
}

function policyRef({ object }: PolicyEntry) {
  return {
    apiVersion: object.apiVersion,
    kind: HEALING_POLICY.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    uid: object.metadata.uid ?? '',
  };
}

function reservation(
  input: EvaluationInput,
  made: {
    readonly name: string;
    readonly root: string;
    readonly proposed: Extract<Decision, { kind: 'propose' }>;
    readonly now: number;
  },
): PastAction {
  const { target } = input.facts;
  return {
    uid: `reserved/${made.name}`,
    namespace: target.namespace ?? input.policy.namespace,
    name: made.name,
    policyUid: input.policy.uid,
    targetUid: target.uid,
    rootUid: made.root,
    targetKind: target.kind,
    template: made.proposed.action.name,
    triggers: made.proposed.triggers,
    dryRun: input.policy.mode === 'dryrun',
    phase: 'Pending',
    createdAt: made.now,
    executed: false,
    declined: false,
    withdrawn: false,
    episodeStart: made.proposed.episodeStart,
  };
}
