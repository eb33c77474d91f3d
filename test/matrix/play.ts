/** Plays one row in one way, from a cluster at rest to a finished HealingAction, and tells what was really written. */
import type { KubeObject } from '../../src/shapes/kube.ts';
import { DEFAULT_NAMESPACE } from '../../src/api/names.ts';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { EndpointAnswer, EndpointCall } from '../../src/operator/ports.ts';
import { toTimestamp } from '../../src/std/clock.ts';
import { endClusters } from '../kit/open-clusters.ts';
import { type OutsideOptions, type RunningOperator, TestCluster } from '../kit/test-cluster.ts';
import { POLICIES } from '../kit/resources.ts';
import { type Fault, isDryRun, isWatch, refusal, type Sent } from '../kit/faulty-transport.ts';
import type { Row } from './row.ts';

export type Way =
  | { readonly kind: 'succeeds' }
  | { readonly kind: 'fails once' }
  | { readonly kind: 'never helps' }
  | { readonly kind: 'target replaced' }
  | Crash;

export interface Crash {
  readonly kind: 'crash';
  readonly at: number;
  readonly when: 'before' | 'after';
  readonly helps?: 'never';
}

export interface Played {
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
  readonly attempts: number;
  readonly undo: string | undefined;
  readonly actions: number;
  /** Effects on the cluster's objects, in the order in which they were committed. */
  readonly effects: readonly string[];
  /** Writes of the operator, Events left out, and calls to whoever is outside. */
  readonly writes: number;
  /** Reads that no cache served, from the first Event on. */
  readonly reads: number;
  readonly events: number;
  /** Seconds on the cluster's clock from being well without a break to being called so: what seeing success costs. */
  readonly stableSeconds: number;
  /** Requests of the operator that were answered with 403. */
  readonly forbidden: readonly string[];
  readonly targetUid: string | undefined;
  readonly firstUid: string | undefined;
}

const secondsBetween = (from = '', to = ''): number =>
  from === '' || to === '' ? 0 : (Date.parse(to) - Date.parse(from)) / 1000;

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const CLUSTER_ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const EVENTS = { group: '', version: 'v1', resource: 'events' };
/** Twice in the window of the trigger: it holds as long as the trouble lasts, and is over soon after. */
const COMPLAINT_MS = 5000;
/** The longest row (a drain whose pods stop slowly) stays well below it. */
const LIMIT_MS = 3_600_000;

export async function play(row: Row, way: Way): Promise<Played> {
  // Where nothing gets in the way, the operator has no permissions but those that `kubeskippy install` gives it.
  const world = new TestCluster(3, 'on', way.kind === 'succeeds' ? 'on' : 'off');
  const stage = new Stage(row, world, way);
  await row.setUp(world);
  await world.clock.advance(60_000);
  await stage.begin();
  for (let passed = 0; passed < LIMIT_MS && !stage.finished(); passed += COMPLAINT_MS) {
    await world.clock.advance(COMPLAINT_MS);
    stage.tend();
  }
  // Whatever is still on its way must not be a second effect.
  await world.clock.advance(60_000);
  const played = stage.outcome();
  // There are more than a thousand of them in one file.
  await endClusters();
  return played;
}

interface Status {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly attempts?: number;
  readonly undo?: { readonly state?: string };
  readonly completionTime?: string;
  readonly verification?: { readonly healthySince?: string };
}

class Stage {
  readonly #row: Row;
  readonly #world: TestCluster;
  readonly #way: Way;
  readonly #effects: string[] = [];
  #first: KubeObject | undefined;
  #operator: RunningOperator | undefined;
  #writes = 0;
  #reads = 0;
  #events = 0;
  #complaints = 0;
  #failed = 0;
  #replaced = false;
  #revive: number | undefined;

  constructor(row: Row, world: TestCluster, way: Way) {
    this.#row = row;
    this.#world = world;
    this.#way = way;
  }

  async begin(): Promise<void> {
    const { row, world } = { row: this.#row, world: this.#world };
    this.#first = this.#target();
    if (this.#first === undefined) throw new Error(`${row.type} ${row.kind}: the target was not set up`);
    const first = this.#first;
    const { effects } = row;
    if (effects !== 'calls')
      world.cluster.subscribe(effects.resource, ({ object, old, type }) => {
        // Whoever took over the name is nobody's target: nothing may happen to it.
        const counts = this.#way.kind !== 'target replaced' || object.metadata.uid !== first.metadata.uid;
        const effect = counts ? effects.of({ object, old, type }) : undefined;
        if (effect !== undefined) this.#effects.push(effect);
      });
    if (row.namespace === undefined)
      world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: DEFAULT_NAMESPACE } });
    const token = this.#way.kind === 'succeeds' ? { token: await this.#account() } : {};
    this.#operator = world.operator({ faults: [(sent) => this.#meets(sent)], actions: this.#actions(), ...token });
    world.cluster.create(POLICIES, policyFor(row));
    // The caches fill; what is read from here on is read for the healing.
    await world.clock.advance(2000);
    this.#reads = 0;
    this.tend();
  }

  /** Keeps the trouble up, and starts the next process after a crash. */
  tend(): void {
    const target = this.#target();
    const { row, way } = { row: this.#row, way: this.#way };
    if (target !== undefined && this.#first !== undefined) {
      const replacement = target.metadata.uid !== this.#first.metadata.uid;
      const cured =
        !hopeless(way) &&
        (replacement || row.acted(target, this.#first, { world: this.#world, effects: this.#effects }));
      if (!cured) this.#complain(target);
    }
    if (this.#revive !== undefined && this.#world.clock.now() >= this.#revive) {
      this.#revive = undefined;
      this.#operator = this.#world.operator({ actions: this.#actions() });
    }
  }

  /** Of an operator that somebody has also given what the row says. */
  async #account(): Promise<string> {
    const { registry = actionRegistry(), permissions: rules } = this.#row;
    const labels = { 'kubeskippy.io/aggregate-to-operator': 'true' };
    if (rules !== undefined)
      this.#world.cluster.create(CLUSTER_ROLES, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'matrix', labels },
        rules,
      });
    // A registry of its own has a plugin, which changes images.
    const templates = this.#row.registry === undefined ? 'kept' : 'changed';
    return this.#world.account(registry.rules, { templates });
  }

  #actions(): OutsideOptions {
    return {
      registry: this.#row.registry ?? actionRegistry(),
      settings: { ...DEFAULT_ACTION_SETTINGS, endpoints: ['runbooks'], channels: ['ops', 'chat'] },
      endpoints: { send: (call) => this.#called(call) },
    };
  }

  finished(): boolean {
    return this.#world.phases().some((phase) => ['Succeeded', 'Failed', 'Cancelled'].includes(phase));
  }

  outcome(): Played {
    const [action] = this.#world.actions();
    const status = (action?.['status'] ?? {}) as Status;
    return {
      phase: status.phase ?? 'none',
      reason: status.reason ?? '',
      message: status.message ?? '',
      attempts: status.attempts ?? 0,
      undo: status.undo?.state,
      actions: this.#world.actions().length,
      effects: this.#effects,
      writes: this.#writes,
      reads: this.#reads,
      events: this.#events,
      stableSeconds: secondsBetween(status.verification?.healthySince, status.completionTime),
      forbidden: this.#operator?.forbidden ?? [],
      targetUid: this.#target()?.metadata.uid,
      firstUid: this.#first?.metadata.uid,
    };
  }

  #key() {
    const { namespace, name } = this.#row;
    return { name, ...(namespace !== undefined && { namespace }) };
  }

  #target(): KubeObject | undefined {
    return this.#world.cluster.get(this.#row.resource, this.#key());
  }

  /** An Event of its own each time, as some broken thing would write it. */
  #complain(target: KubeObject): void {
    const { apiVersion, kind, metadata } = target;
    const { name, namespace, uid = '' } = metadata;
    const at = toTimestamp(this.#world.clock.now());
    this.#world.cluster.create(EVENTS, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `matrix-${this.#complaints++}`, namespace: namespace ?? 'default' },
      involvedObject: { apiVersion, kind, name, uid, ...(namespace !== undefined && { namespace }) },
      reason: 'Broken',
      type: 'Warning',
      message: 'as the play wants it',
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
    });
  }

  /** Crashes, refusals and the replacement of the target happen at requests of the operator. */
  #meets(sent: Sent): Fault | undefined {
    // The question what an account may do changes nothing.
    if (sent.request.method === 'GET' || sent.path.endsWith('/selfsubjectaccessreviews')) {
      if (!isWatch(sent)) this.#reads++;
      return undefined;
    }
    if (sent.write === 0) {
      this.#events++;
      return undefined;
    }
    this.#writes++;
    const way = this.#way;
    if (way.kind === 'crash' && way.at === this.#writes)
      return { kind: 'crash', when: way.when, act: () => this.#crash() };
    if (way.kind === 'fails once' && isEffect(sent) && this.#failed++ === 0)
      return { kind: 'answer', when: 'before', response: refusal(429) };
    if (way.kind !== 'target replaced' || this.#replaced || !sent.path.endsWith('/healingactions')) return undefined;
    this.#replaced = true;
    return { kind: 'act', when: 'after', act: () => this.#replace() };
  }

  /** A call is a write like any other, but nobody can be asked afterwards what came of it. */
  async #called({ endpoint }: EndpointCall): Promise<EndpointAnswer> {
    this.#writes++;
    const { way } = { way: this.#way };
    const take = async (): Promise<EndpointAnswer> => {
      this.#effects.push(`called ${endpoint}`);
      return { kind: 'answered', status: 200 };
    };
    if (way.kind === 'crash' && way.at === this.#writes) {
      if (way.when === 'after') await take();
      this.#crash();
      return new Promise(() => undefined);
    }
    if (way.kind === 'fails once' && this.#failed++ === 0) return { kind: 'answered', status: 429 };
    return take();
  }

  #crash(): void {
    this.#operator?.kill();
    this.#revive = this.#world.clock.now() + 5000;
  }

  /** Another object takes over the name, as broken as the first. */
  #replace(): void {
    const old = this.#target();
    if (old === undefined) return;
    const {
      uid: _uid,
      resourceVersion: _version,
      creationTimestamp: _at,
      generation: _generation,
      ...metadata
    } = old.metadata;
    this.#world.cluster.remove(this.#row.resource, this.#key());
    if (this.#target() === undefined) this.#world.cluster.create(this.#row.resource, { ...old, metadata });
  }
}

const hopeless = (way: Way): boolean => way.kind === 'never helps' || (way.kind === 'crash' && way.helps === 'never');

const isEffect = (sent: Sent): boolean => !sent.path.includes('kubeskippy.io') && !isDryRun(sent);

const policyFor = (row: Row): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name: 'matrix', namespace: row.namespace ?? DEFAULT_NAMESPACE },
  spec: {
    mode: 'automatic',
    selector: {
      resources: [{ apiVersion: row.apiVersion, kind: row.kind }],
      labelSelector: { matchLabels: { matrix: 'target' } },
    },
    triggers: [{ name: 'broken', type: 'event', eventTrigger: { reason: 'Broken', count: 1, window: '10s' } }],
    actions: [{ name: 'act', ...row.action }],
    safetyRules: { requireHealthCheck: true, healthCheckTimeout: '2m' },
  },
});
