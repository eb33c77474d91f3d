/**
 * Which change wakes which laps: every change of the world becomes keys here, and nowhere else. A change becomes the
 * keys that it can concern: its cost is the policies that select the object, never all objects times all policies.
 * Where it concerns all objects of a policy, they are gone through in pieces, so that the event loop has its turn.
 *
 * | change         | targets (policy × object)                 | policies        | actions                         |
 * |----------------|-------------------------------------------|-----------------|---------------------------------|
 * | policy         | all of its own, when its spec changed     | itself          |                                 |
 * | object         | the object and its controllers            |                 | on its workload, unfinished     |
 * | Event          | its object and the object's controllers,  |                 |                                 |
 * |                | of policies with event triggers           |                 |                                 |
 * | namespace      | all in it                                 |                 |                                 |
 * | kind readable  | of the policies that select it, or count  | these           |                                 |
 * |                | Events, where it is those                 |                 |                                 |
 * | common cause   | all                                       | all             |                                 |
 * | kill switch    | all                                       | all             |                                 |
 * | trigger resolved |                                         |                 | on its target, unfinished       |
 * | audit trail    |                                           | all             |                                 |
 * | channel        |                                           | in namespaces of its messages |                   |
 * | source's round | for which a metric trigger holds, or held | with other data | in verification                 |
 * | approval       |                                           |                 | the one it is about             |
 * | share of this process | all                                | all             | all                             |
 * | look           | open ones of the object                   |                 | on the object, unfinished       |
 * | action         | open ones of its workload; when ended     | its own         | itself; when ended: the waiting |
 * |                | some of those that wait for a place       |                 | the next that has none          |
 */
import type { HealingPolicy, MetricTrigger } from '../api/policy.ts';
import { actionOf } from '../core/authority/approval.ts';
import { isFinished, type PastAction } from '../core/history.ts';
import { namespacesOf, outsideScope } from '../core/target/scope.ts';
import type { CacheChange, CacheView } from '../kube/cache.ts';
import { apiVersionOf, keyOf, parseKey, type ResourceType } from '../kube/resource.ts';
import { EVENTS } from '../kube/well-known.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { healthOfMetrics, holdingTargets } from './metric-targets.ts';
import { turn } from '../std/clock.ts';
import { type Sliced, SliceRunner } from '../std/slices.ts';
import type { OperatorDependencies } from './dependencies.ts';
import type { PolicyBook, PolicyEntry } from './target/policy-book.ts';
import type { Seeing, Wakes } from './roles.ts';
import { Sweeps } from './sweeps.ts';
import { targetKey } from './target/target-key.ts';

/** Gates that the end of any action may open. */
const ENDS_WITH_ACTIONS = ['BudgetExhausted', 'RateLimited', 'CircuitOpen'] as const;
/**
 * An end frees one place: those that have waited longest try for it. Some of them may be held back by something else by
 * now. Targets that are not woken look again by themselves (RECHECK_MS of the target's lap).
 */
const WOKEN = 16;
const WOKEN_OF_OTHERS = 4;

/** So few targets in trouble are looked at with each change of theirs. */
const FEW_OPEN = 32;
/** A look takes half a millisecond: one in so many milliseconds keeps a fifteenth of a core busy. */
const PAUSE_MS_PER_OPEN = 7.5;
/**
 * How a target in trouble is doing is seen so much later at most: as late as what metrics tell of it by default. An
 * outage of thousands is told by its counts.
 */
const MAX_PAUSE_MS = 15_000;

/**
 * A pod that crashes changes itself, its controllers and their counts, and brings Events: ten changes within a moment.
 * While many targets do so, a target that is known to be in trouble is looked at once for all changes of this time.
 * Its action, and the end of one that it waits for, wake it at once.
 */
const pauseOf = (open: number): number => (open <= FEW_OPEN ? 0 : Math.min(MAX_PAUSE_MS, open * PAUSE_MS_PER_OPEN));

/** Waking is all that is done with the queues here. */
type Queues = { readonly [Name in keyof Wakes]: Pick<Wakes[Name], 'add'> } & {
  readonly targetQueue: Pick<Wakes['targetQueue'], 'addAt'>;
};
type Seen = Pick<
  Seeing,
  'clock' | 'world' | 'history' | 'places' | 'metrics' | 'policies' | 'scope' | 'config' | 'share'
>;

interface Waking extends Pick<OperatorDependencies, 'followed'> {
  readonly seeing: Seen;
  readonly book: PolicyBook;
  readonly wakes: Queues;
}

export class Waker {
  readonly #seeing: Seen;
  readonly #book: PolicyBook;
  readonly #queues: Queues;
  readonly #sweeps: Sweeps;
  readonly #followed: OperatorDependencies['followed'];

  constructor({ seeing, book, wakes, followed }: Waking) {
    this.#followed = followed;
    this.#seeing = seeing;
    this.#book = book;
    this.#queues = wakes;
    this.#sweeps = new Sweeps(new SliceRunner(seeing.clock, turn));
  }

  /** When the caches have synced: all that is there is a change for the first time. */
  subscribe(): void {
    const { world, share, policies } = this.#seeing;
    world.policies.subscribe(({ key, new: object, old }) => {
      if (this.#isOurs(object ?? old)) this.#policy(key);
    });
    share.subscribe(() => this.#shareChanged());
    policies.onMoved((key) => this.#policy(key));
    for (const cache of world.targetCaches) this.watch(cache);
    world.events.subscribe((event) => {
      // A crash brings three of them, beside the changes of the pod itself.
      if (!this.#book.countsEvents) return;
      const about = world.subjectOf(event);
      if (about === undefined) return;
      for (const one of [about, ...world.chainOf(about)])
        for (const entry of this.#book.selecting(one)) if (entry.countsEvents) this.#consider(entry, one);
    });
    world.namespaces.subscribe(({ key }) => this.#namespace(key));
    world.pauses.subscribe(() => {
      this.#everything();
      this.stopsChanged();
    });
    world.actions.subscribe((change) => this.#action(change));
    this.#seeing.places.onMoved((key) => this.#queues.actionQueue.add(key));
    this.#seeing.history.onLost((past) => this.#targetsBeside(past, 'to its end'));
    world.approvals.subscribe(({ new: approval }) => {
      if (approval !== undefined) this.#queues.actionQueue.add(`${approval.metadata.namespace}/${actionOf(approval)}`);
    });
  }

  /** The objects of a cache can be targets. Returns the function that ends it. */
  watch(cache: CacheView): () => void {
    return cache.subscribe(({ new: object, old }) => {
      const changed = object ?? old;
      if (changed === undefined) return;
      const lineage = [changed, ...this.#seeing.world.chainOf(changed)];
      for (const one of lineage) for (const entry of this.#book.selecting(one)) this.#consider(entry, one);
      this.#actionsOn(lineage);
    });
  }

  /** A kind was read for the first time, can be read again, or no longer: the policies that select it say so. */
  standingChanged(type: ResourceType): void {
    const named = { apiVersion: apiVersionOf(type), kind: type.kind };
    for (const entry of type === EVENTS ? this.#book.counting : this.#book.selecting(named)) {
      this.#queues.policyQueue.add(entry.key);
      this.#allOf(entry);
    }
  }

  /** Something begins or ceases to hold all policies back: each says so. */
  stopsChanged(): void {
    for (const { key } of this.#book.entries()) this.#queues.policyQueue.add(key);
  }

  /** A channel fails for messages about these namespaces, or works again: their policies say so. */
  untoldChanged(namespaces: readonly string[]): void {
    const concerned = new Set(namespaces);
    for (const { key, object } of this.#book.entries())
      if (concerned.has(object.metadata.namespace ?? '')) this.#queues.policyQueue.add(key);
  }

  /** A stop over all policies has begun or ended. */
  everythingChanged(): void {
    this.#everything();
    this.stopsChanged();
  }

  /** A source of metrics has answered all its queries. */
  roundEnded(source: string): void {
    for (const entry of this.#book.entries()) this.#sweeps.add(this.#roundOf(entry, source));
    for (const past of this.#seeing.history.unfinished()) if (past.phase === 'InProgress') this.#wakeAction(past);
  }

  /** A trigger has resolved: an action that waits to heal the target may have nothing to heal any more. */
  recovered(policyUid: string, { uid }: { readonly uid: string }): void {
    for (const past of this.#seeing.history.unfinishedOn(uid))
      if (past.policyUid === policyUid && past.targetUid === uid) this.#wakeAction(past);
  }

  /** A look of the analysis has ended, or a model has answered. */
  looked(uid: string): void {
    for (const entry of this.#book.entries())
      for (const id of entry.openOn(uid)) if (entry.targets.get(id)?.ref.uid === uid) this.#queues.targetQueue.add(id);
    for (const past of this.#seeing.history.unfinishedOn(uid)) if (past.targetUid === uid) this.#wakeAction(past);
  }

  #isOurs(policy: KubeObject | undefined): boolean {
    const { config, share } = this.#seeing;
    const { namespace = '' } = policy?.metadata ?? {};
    return share.includes(namespace) && (config.policyNamespace ?? namespace) === namespace;
  }

  /** What has come is looked at for the first time, and what has gone is forgotten, as if it were deleted. */
  #shareChanged(): void {
    const { world } = this.#seeing;
    for (const policy of world.policies.list()) {
      const key = keyOf(policy);
      if (this.#isOurs(policy) !== (this.#book.get(key) !== undefined)) this.#policy(key);
    }
    for (const action of world.actions.list()) this.#queues.actionQueue.add(keyOf(action));
  }

  #policy(key: string): void {
    const { policies, metrics, world } = this.#seeing;
    const stored = this.#isOurs(world.policies.get(parseKey(key))) ? policies.get(key) : undefined;
    if (stored === undefined) {
      this.#book.delete(key);
      // What was watched for it alone is let go.
      this.#queues.policyQueue.add(key);
      metrics.policyChanged(key, undefined);
      return;
    }
    const { entry, has } = this.#book.put(key, stored);
    if (has === 'another spec') {
      metrics.policyChanged(key, entry.policy);
      this.#allOf(entry);
    }
    this.#queues.policyQueue.add(key);
  }

  #consider(entry: PolicyEntry, object: KubeObject): void {
    const { policy } = entry;
    if (policy === undefined || !this.#reaches(policy, object.metadata.namespace)) return;
    const id = targetKey(entry.key, object);
    if (!entry.targets.has(id) && outsideScope(policy, object, this.#seeing.scope) !== undefined) return;
    const pauseMs = entry.open.has(id) ? pauseOf(entry.open.size) : 0;
    if (pauseMs === 0) this.#queues.targetQueue.add(id);
    else this.#queues.targetQueue.addAt(id, this.#seeing.clock.now() + pauseMs);
  }

  /** An action that waits for its gates, or is being verified, looks again when anything of its workload changes. */
  #actionsOn(lineage: readonly KubeObject[]): void {
    const { history } = this.#seeing;
    for (const { metadata } of lineage)
      for (const past of history.unfinishedOn(metadata.uid ?? '')) if (past.phase !== 'Pending') this.#wakeAction(past);
  }

  /** A namespace's marks speak for all that is in it. */
  #namespace(name: string): void {
    for (const entry of this.#book.entries())
      if (entry.policy !== undefined && this.#reaches(entry.policy, name))
        this.#sweep(entry, this.#selectedOf(entry, entry.policy, [name]));
  }

  #everything(): void {
    for (const entry of this.#book.entries()) this.#allOf(entry);
  }

  *#roundOf(entry: PolicyEntry, source: string): Sliced<void> {
    const { metrics } = this.#seeing;
    const { policy } = entry;
    const asked = (policy?.triggers ?? []).filter(
      (trigger): trigger is MetricTrigger => trigger.type === 'metric' && metrics.sourceOf(trigger) === source,
    );
    if (policy === undefined || asked.length === 0) return;
    const health = healthOfMetrics(this.#seeing, policy);
    if (JSON.stringify(health) !== JSON.stringify(entry.metrics)) this.#queues.policyQueue.add(entry.key);
    entry.metrics = health;
    for (const id of entry.open)
      if (asked.some(({ name }) => entry.targets.get(id)?.state.triggers[name] !== undefined))
        this.#queues.targetQueue.add(id);
    const followed = this.#followed;
    if (followed !== undefined)
      for (const [id, { ref }] of entry.targets) if (followed(ref)) this.#queues.targetQueue.add(id);
    for (const trigger of asked) {
      const holding = yield* holdingTargets(this.#seeing, policy, trigger);
      const ids = holding === 'all' ? entry.targets.keys() : holding.map((object) => targetKey(entry.key, object));
      for (const id of ids) this.#queues.targetQueue.add(id);
      yield;
    }
  }

  #action({ key, new: object, old }: CacheChange<KubeObject>): void {
    const { history } = this.#seeing;
    this.#queues.actionQueue.add(key);
    const past = history.past(key) ?? (old === undefined ? undefined : history.read([old])[0]);
    if (past === undefined) return;
    const moved = object === undefined || isFinished(past) ? 'to its end' : 'along';
    this.#targetsBeside(past, moved);
    // Its budgets are free for others that wait for them.
    if (moved === 'to its end')
      for (const other of history.unfinished()) if (other.phase === 'Approved') this.#wakeAction(other);
  }

  /** An action concerns its own workload; one that ended frees a place, for which targets of any policy may wait. */
  #targetsBeside(past: PastAction, moved: 'along' | 'to its end'): void {
    for (const entry of this.#book.entries()) {
      const own = past.policyUid === entry.uid;
      if (own) this.#queues.policyQueue.add(entry.key);
      for (const uid of [past.targetUid, past.rootUid])
        for (const id of entry.openOn(uid)) this.#queues.targetQueue.add(id);
      if (moved === 'along') continue;
      for (const reason of ENDS_WITH_ACTIONS)
        for (const id of entry.blockedBy(reason, own ? WOKEN : WOKEN_OF_OTHERS)) this.#queues.targetQueue.add(id);
    }
  }

  #wakeAction({ namespace, name }: PastAction): void {
    this.#queues.actionQueue.add(`${namespace}/${name}`);
  }

  #reaches(policy: HealingPolicy, namespace: string | undefined): boolean {
    const namespaces = namespacesOf(policy, this.#seeing.scope);
    return namespace === undefined || namespaces === undefined || namespaces.includes(namespace);
  }

  /** The targets that it had, and those that it selects now. */
  #allOf(entry: PolicyEntry): void {
    this.#sweep(entry, this.#keysOf(entry));
  }

  *#keysOf(entry: PolicyEntry): Sliced<void> {
    for (const id of entry.targets.keys()) this.#queues.targetQueue.add(id);
    const { policy } = entry;
    if (policy === undefined) return;
    const namespaces = namespacesOf(policy, this.#seeing.scope);
    yield* this.#selectedOf(entry, policy, namespaces && ['', ...namespaces]);
  }

  /** `namespaces`: the empty one for what lies in none; undefined: all. */
  *#selectedOf(entry: PolicyEntry, policy: HealingPolicy, namespaces: readonly string[] | undefined): Sliced<void> {
    const { world, scope } = this.#seeing;
    for (const resource of policy.selector.resources)
      for (const object of world.ofKind(resource, namespaces)) {
        // Before each: what it takes to see whether an object is selected is the tenant's to choose, up to a limit.
        yield;
        if (outsideScope(policy, object, scope) !== undefined) continue;
        const id = targetKey(entry.key, object);
        entry.expect(id);
        this.#queues.targetQueue.add(id);
      }
  }

  /** Until it is through, not all targets are known: nothing is judged by their number. */
  #sweep(entry: PolicyEntry, work: Sliced<void>): void {
    const seen = entry.sweep();
    let waited = false;
    this.#sweeps.add(work, () => {
      seen();
      // Laps that ran meanwhile have judged nothing by the number of targets.
      if (!waited || entry.unseen > 0) return;
      this.#queues.policyQueue.add(entry.key);
      for (const id of entry.decided()) this.#queues.targetQueue.add(id);
    });
    waited = true;
  }
}
