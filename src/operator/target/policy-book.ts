/**
 * The operator's memory of each policy between laps. All of it can be read again from the cluster: from the policy, its
 * status, and the targets.
 */
import type { Episode, PolicyStatus } from '../../api/policy-status.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import { HEALING_POLICY } from '../../api/names.ts';
import type { TargetRef } from '../../core/observation.ts';
import type { Population } from '../../core/gates/proposal.ts';
import type { Standing } from '../../core/target/evaluate-target.ts';
import { isPersisted } from '../../core/target/kept-episode.ts';
import type { Stop } from '../../core/target/mass-failure-stop.ts';
import type { BlockedReason } from '../../core/reasons/index.ts';
import type { MetricHealth } from '../../core/target/metric-health.ts';
import type { PolicyProblem } from '../../core/target/policy-problems.ts';
import type { TargetView } from '../../core/target/target-view.ts';
import type { Room } from '../../core/target/status-room.ts';
import { countsEvents } from '../../core/triggers/event.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Instant } from '../../std/clock.ts';
import type { StoredPolicy } from '../policy-store.ts';

export class PolicyEntry {
  readonly key: string;
  readonly uid: string;
  object: KubeObject;
  policy: HealingPolicy | undefined;
  problems: readonly PolicyProblem[];
  /** Kinds that the server does not serve, or does not let us read; they are asked for again. */
  unknownKinds: readonly PolicyProblem[] = [];
  /** Whose kinds are watched; undefined: none were asked for yet. */
  watchedFor: HealingPolicy | undefined;
  /** The status as the server holds it, to our knowledge; empty when others have written it. */
  status: PolicyStatus;
  /** Why the status that was found is not believed; until the next one is written. */
  doubt: string | undefined;
  /** When this process made its status last, whether it said something new or not. */
  madeAt: Instant | undefined;
  /** Why the server did not take the last status, and how long the next ones may be. */
  refusal: string | undefined;
  room: Room | undefined;
  /** Whether its last status found no policy to be written to. */
  missing: 'once' | undefined;
  /** Which rules of protection match nothing, when it was looked last. */
  protections: { readonly generation: number; readonly at: Instant; readonly unused: string | undefined } | undefined;
  massFailure: Stop | undefined;
  /** The data of its metric triggers, as the newest round found them. */
  metrics: readonly MetricHealth[] = [];
  readonly targets = new Map<string, TargetView>();
  /** Targets with an open episode: the only ones that a change of budgets or history can concern. */
  readonly open = new Set<string>();
  /** The same, by the UID of the target and of what it belongs to: a change of one workload goes through no others. */
  readonly #openOn = new Map<string, Set<string>>();
  /** Targets that no lap has looked at since this process began, or since the spec changed. */
  readonly #unseen = new Set<string>();
  /** Looks for its targets that are under way. */
  #sweeps = 0;
  #firing = 0;
  /** Targets for which an action is decided. */
  readonly #proposing = new Set<string>();
  /** Targets that a gate holds back, by the gate; those first that were looked at the longest time ago. */
  readonly #blocked = new Map<BlockedReason, Set<string>>();
  readonly #standings = new Map<string, Standing>();
  #kept: { readonly of: PolicyStatus; readonly byUid: ReadonlyMap<string, Episode> } | undefined;
  readonly #counts: Record<Standing, number> = { healthy: 0, unhealthy: 0, unknown: 0, ended: 0 };

  constructor(key: string, { object, policy, problems, believed }: StoredPolicy) {
    this.key = key;
    this.uid = object.metadata.uid ?? '';
    this.object = object;
    this.policy = policy;
    this.problems = problems;
    ({ status: this.status, doubt: this.doubt } = believed());
    this.massFailure = this.status.massFailure;
  }

  /** Takes in a new version; says whether the spec is another one. */
  update({ object, policy, problems, believed }: StoredPolicy): boolean {
    // A policy that gets a place among those that are served, or loses it, is read anew too.
    const changed =
      object.metadata.generation !== this.object.metadata.generation ||
      (policy === undefined) !== (this.policy === undefined);
    const { doubt } = believed();
    // What the operator knows is in its memory; another one would read the status, so it is written again.
    if (doubt !== undefined) [this.status, this.doubt] = [{}, doubt];
    this.object = object;
    this.policy = policy;
    this.problems = problems;
    // No lap looks at the targets of what cannot be used.
    if (policy === undefined) this.#unseen.clear();
    return changed;
  }

  /** The episode of a target, as it stands in the status. */
  episode(uid: string): Episode | undefined {
    if (this.#kept?.of !== this.status) {
      const byUid = new Map((this.status.episodes ?? []).map((one) => [one.target.uid ?? '', one]));
      this.#kept = { of: this.status, byUid };
    }
    return this.#kept?.byUid.get(uid);
  }

  /** An action is proposed for a target: others that wait for a place go before its next turn. */
  tried(id: string, triedAt: Instant): void {
    const view = this.targets.get(id);
    if (view !== undefined) this.set(id, { ...view, triedAt });
  }

  /** Whether one of its triggers counts Events. */
  get countsEvents(): boolean {
    return this.policy !== undefined && countsEvents(this.policy);
  }

  /** Whether an action is decided whose episode has to stand in the status first (law 4). */
  get awaitsStatus(): boolean {
    for (const id of this.#proposing) {
      const view = this.targets.get(id);
      if (view !== undefined && !isPersisted(this.episode(view.ref.uid), view.state)) return true;
    }
    return false;
  }

  /** While some of its targets have not been looked at, its counts are too low to judge by (I10). */
  get unseen(): number {
    return this.#unseen.size + this.#sweeps;
  }

  /** All objects are gone through for its targets; call what is returned at the end. */
  sweep(): () => void {
    this.#sweeps++;
    return () => void this.#sweeps--;
  }

  /** A lap over the target is on its way. */
  expect(id: string): void {
    if (!this.targets.has(id)) this.#unseen.add(id);
  }

  set(id: string, view: TargetView): void {
    this.delete(id);
    this.targets.set(id, view);
    this.#standings.set(view.ref.uid, view.standing);
    this.#counts[view.standing]++;
    if (isFiring(view)) this.#firing++;
    if (view.state.startedAt !== undefined) this.#opened(id, view);
    const { decision } = view;
    if (decision.kind === 'propose') this.#proposing.add(id);
    if (decision.kind !== 'blocked') return;
    const others = this.#blocked.get(decision.reason);
    if (others === undefined) this.#blocked.set(decision.reason, new Set([id]));
    else others.add(id);
  }

  /** Open targets for which more was decided than to wait for a trigger, which knows itself when to look again. */
  *decided(): Iterable<string> {
    for (const id of this.open) if (this.targets.get(id)?.decision.kind !== 'nothing') yield id;
  }

  /** So many targets that the gate holds back, those first that were looked at the longest time ago. */
  blockedBy(reason: BlockedReason, most: number): readonly string[] {
    return [...(this.#blocked.get(reason) ?? [])].slice(0, most);
  }

  delete(id: string): boolean {
    this.#unseen.delete(id);
    const old = this.targets.get(id);
    if (old === undefined) return false;
    this.#counts[old.standing]--;
    if (isFiring(old)) this.#firing--;
    if (old.decision.kind === 'blocked') this.#blocked.get(old.decision.reason)?.delete(id);
    this.#standings.delete(old.ref.uid);
    this.#proposing.delete(id);
    if (this.open.delete(id)) for (const uid of uidsOf(old)) this.#closed(id, uid);
    return this.targets.delete(id);
  }

  #opened(id: string, view: TargetView): void {
    this.open.add(id);
    for (const uid of uidsOf(view)) {
      const others = this.#openOn.get(uid);
      if (others === undefined) this.#openOn.set(uid, new Set([id]));
      else others.add(id);
    }
  }

  #closed(id: string, uid: string): void {
    const others = this.#openOn.get(uid);
    others?.delete(id);
    if (others?.size === 0) this.#openOn.delete(uid);
  }

  /** Open targets that have this UID, or belong to what has it. */
  openOn(uid: string): Iterable<string> {
    return this.#openOn.get(uid) ?? [];
  }

  /**
   * The counts that begin a stop: only what has failed for its whole duration. Pods that start are pending under
   * `Ready=False`; while many do nothing is healed, but no stop outlasts them.
   */
  failures({ unhealthy, troubled, ...rest }: Population): Population {
    return { ...rest, unhealthy: this.#firing, troubled: troubled - unhealthy + this.#firing };
  }

  /** Counts over all targets; its cost is the actions in flight, not the targets. */
  population(healing: ReadonlySet<string>): Population {
    const { unhealthy, unknown, ended } = this.#counts;
    let [known, healthy] = [0, 0];
    for (const uid of healing) {
      const standing = this.#standings.get(uid);
      if (standing !== undefined) known++;
      if (standing === 'healthy' || standing === 'ended') healthy++;
    }
    const troubled = unhealthy + unknown + healthy;
    return { matched: this.targets.size - ended, unhealthy, unknown, healing: known, troubled };
  }
}

export const policyRef = ({ object, uid }: PolicyEntry): TargetRef => ({
  apiVersion: object.apiVersion,
  kind: HEALING_POLICY.kind,
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
  uid,
});

const uidsOf = ({ ref, rootUid = ref.uid }: TargetView): ReadonlySet<string> => new Set([ref.uid, rootUid]);

/** One whose data are missing counts as unknown already. */
const isFiring = ({ standing, state }: TargetView): boolean =>
  standing === 'unhealthy' && Object.values(state.triggers).some((trigger) => trigger.state === 'firing');

export class PolicyBook {
  readonly #entries = new Map<string, PolicyEntry>();
  /** Which policies select a kind: a change of an object asks no others. */
  readonly #byKind = new Map<string, Set<PolicyEntry>>();
  /** Those with event triggers. */
  readonly #counting = new Set<PolicyEntry>();

  get(key: string): PolicyEntry | undefined {
    return this.#entries.get(key);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether an Event can be news to any of them. */
  get countsEvents(): boolean {
    return this.#counting.size > 0;
  }

  /** Those with event triggers. */
  get counting(): Iterable<PolicyEntry> {
    return this.#counting;
  }

  entries(): Iterable<PolicyEntry> {
    return this.#entries.values();
  }

  selecting({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): Iterable<PolicyEntry> {
    return this.#byKind.get(`${apiVersion}/${kind}`) ?? [];
  }

  /** Takes in a version of a policy: `another spec` when it is new, or says something else than the one before. */
  put(key: string, stored: StoredPolicy): { readonly entry: PolicyEntry; readonly has: 'another spec' | 'the same' } {
    const known = this.#entries.get(key);
    if (known !== undefined && known.uid === stored.object.metadata.uid) {
      const has = known.update(stored) ? 'another spec' : 'the same';
      if (has === 'another spec') this.#register(known, known);
      return { entry: known, has };
    }
    const entry = new PolicyEntry(key, stored);
    this.#entries.set(key, entry);
    this.#register(known, entry);
    return { entry, has: 'another spec' };
  }

  delete(key: string): void {
    this.#register(this.#entries.get(key), undefined);
    this.#entries.delete(key);
  }

  #register(old: PolicyEntry | undefined, entry: PolicyEntry | undefined): void {
    if (old !== undefined) {
      for (const entries of this.#byKind.values()) entries.delete(old);
      this.#counting.delete(old);
    }
    if (entry === undefined) return;
    if (entry.countsEvents) this.#counting.add(entry);
    for (const { apiVersion, kind } of entry.policy?.selector.resources ?? []) {
      const name = `${apiVersion}/${kind}`;
      const entries = this.#byKind.get(name);
      if (entries === undefined) this.#byKind.set(name, new Set([entry]));
      else entries.add(entry);
    }
  }
}
