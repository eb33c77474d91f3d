/**
 * The operator: caches, three control loops, and what wakes them. Returns when the signal aborts, with nothing in hand.
 */
import {
  API_VERSION,
  COMPONENT,
  GROUP,
  HEALING_ACTION,
  HEALING_POLICY,
  type KindNames,
  VERSION,
} from '../api/names.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { type ActionSettings, DEFAULT_ACTION_SETTINGS } from '../core/actions/action-kind.ts';
import { type ActionRegistry, actionRegistry } from '../core/actions/index.ts';
import { isFinished } from '../core/history.ts';
import { CacheSet } from '../kube/cache-set.ts';
import { KubeClient } from '../kube/client.ts';
import { type ReconcileObservation, runController } from '../kube/controller.ts';
import { sleepUntil } from '../kube/deadline.ts';
import type { CacheView } from '../kube/cache.ts';
import { Discovery } from '../kube/discovery.ts';
import { EventRecorder } from '../kube/event-recorder.ts';
import { isKubeError, KubeError } from '../kube/errors.ts';
import { OwnWrites } from '../kube/own-writes.ts';
import { WorkQueue } from '../kube/queue.ts';
import type { ResourceType } from '../kube/resource.ts';
import type { Transport } from '../shapes/transport.ts';
import type { Clock } from '../std/clock.ts';
import type { Prng } from '../std/prng.ts';
import { ActionController } from './action-controller.ts';
import { ActionStore } from './action-store.ts';
import { History } from './history.ts';
import type { Operation } from './operation.ts';
import { MetricRounds } from './metric-rounds.ts';
import { kubeletFeed, OperatorObjectFeed, usageFeed } from './object-feed.ts';
import { Notifications } from './notifications.ts';
import { PolicyController } from './policy-controller.ts';
import { PolicyStore } from './policy-store.ts';
import {
  type AuditSink,
  type Endpoints,
  type Logger,
  type MetricsProvider,
  NO_ENDPOINTS,
  type OperatorConfig,
  type OperatorObserver,
} from './ports.ts';
import { World } from './world.ts';

export interface OperatorDependencies {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly transport: Transport;
  readonly audit: AuditSink;
  readonly metrics: MetricsProvider;
  readonly logger: Logger;
  /** Omitted: none. */
  readonly endpoints?: Endpoints;
  /** Omitted: all built-in action types. */
  readonly registry?: ActionRegistry;
  readonly settings?: ActionSettings;
  readonly observer?: OperatorObserver;
  /** Whether this process leads. Omitted: it is the only one. */
  readonly mayAct?: () => boolean;
  /**
   * Told whenever what it waits for changes: the names of missing CRDs and of caches that have not synced; empty when
   * ready.
   */
  readonly onReadiness?: (waitingFor: readonly string[]) => void;
}

const UNOBSERVED: OperatorObserver = {
  reconciled: () => undefined,
  actionEntered: () => undefined,
  blocked: () => undefined,
  notified: () => undefined,
  notificationDropped: () => undefined,
};

/** Each lap waits mostly for the API server: four at a time keep a client's 50 requests a second busy. */
const WORKERS = 4;
const CRD_RETRY_MS = 2000;

const resourceType = (names: KindNames): ResourceType => ({
  group: GROUP,
  version: VERSION,
  kind: names.kind,
  resource: names.plural,
  namespaced: true,
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
  subresources: ['status'],
  shortNames: [names.shortName],
});

export async function runOperator(
  dependencies: OperatorDependencies,
  config: OperatorConfig,
  signal: AbortSignal,
): Promise<void> {
  const { clock, prng, transport, audit, logger, onReadiness = () => undefined } = dependencies;
  const client = new KubeClient({ transport, clock, fieldManager: COMPONENT, userAgent: COMPONENT });
  const types = { policies: resourceType(HEALING_POLICY), actions: resourceType(HEALING_ACTION) };
  if (!(await waitForDefinitions({ client, clock, logger, onReadiness, types: Object.values(types) }, signal))) return;

  const caches = new CacheSet({ client, prng });
  const world = new World(caches, types, config.namespace);
  const actionWrites = new OwnWrites(world.actions);
  const actionStore = new ActionStore({ client, type: types.actions, cache: world.actions, writes: actionWrites });
  const history = new History(world.actions, actionStore);
  const observer = dependencies.observer ?? UNOBSERVED;
  const random = () => prng.float();
  const queue = () => new WorkQueue({ clock, random });
  const discovery = new Discovery(client);
  // Kinds that only metrics read: when one is not permitted, the decisions that need no metrics go on.
  const metricCaches = new CacheSet({ client, prng });
  // A request for each node must not wait in line before decisions, nor they behind it.
  const kubeletClient = new KubeClient({ transport, clock, fieldManager: COMPONENT, userAgent: COMPONENT });
  const metrics = new MetricRounds({
    clock,
    provider: dependencies.metrics,
    sources: dependencies.metrics.open({
      objects: new OperatorObjectFeed((wanted) => world.viewOf(wanted), metricCaches),
      usage: usageFeed(client),
      kubelets: kubeletFeed(kubeletClient),
    }),
    intervalMs: config.evaluationIntervalMs,
    onRound: (source) => {
      policies.onRound(source);
      wakeVerifications(op);
    },
  });
  // Announcements never wait in line before decisions: they have a client, and so a rate limit, of their own.
  const recorder = new EventRecorder({
    client: new KubeClient({ transport, clock, fieldManager: COMPONENT, userAgent: COMPONENT }),
    component: COMPONENT,
    onDropped: ({ notice, why }) => logger.warn({ reason: notice.reason, why }, 'an Event was not written'),
  });
  const endpoints = dependencies.endpoints ?? NO_ENDPOINTS;
  const notifications = new Notifications(
    { clock, random, endpoints, logger, observer, settings: config.notifications },
    signal,
  );
  const registry = dependencies.registry ?? actionRegistry();
  const scope = { clusterPolicyNamespaces: config.clusterPolicyNamespaces, operatorNamespace: config.namespace };
  const op: Operation = {
    clock,
    prng,
    config,
    scope,
    policies: new PolicyStore({
      client,
      type: types.policies,
      cache: world.policies,
      rules: {
        scope,
        registry,
        checks: { promql: dependencies.metrics.check },
        hasSource: (name) => metrics.hasSource(name),
      },
    }),
    actions: actionStore,
    types,
    client,
    world,
    history,
    metrics,
    audit,
    endpoints,
    registry,
    settings: dependencies.settings ?? DEFAULT_ACTION_SETTINGS,
    logger,
    observer,
    targetQueue: queue(),
    policyQueue: queue(),
    actionQueue: queue(),
    actionWrites,
    mayAct: dependencies.mayAct ?? (() => true),
    staleness: () => {
      const behind = caches.health().find(({ synced }) => !synced);
      return behind === undefined ? undefined : `the cache of ${behind.resource} has not synced`;
    },
    watchKind: async (apiVersion, kind) => {
      if (world.typeOf(apiVersion, kind) !== undefined) return 'watched';
      const type = await discovery.resolve(apiVersion, kind);
      if (type === undefined) return 'unknown';
      const cache = world.watch(type);
      if (cache !== undefined) watchTargets(op, policies, cache);
      return 'watched';
    },
    resolve: async (apiVersion, kind) => world.typeOf(apiVersion, kind) ?? discovery.resolve(apiVersion, kind),
    announce: (about, { tell, ...announcement }) => {
      for (const one of about) recorder.record({ about: one, ...announcement });
      if (tell === 'people') notifications.tell({ about, ...announcement });
    },
  };
  const policies = new PolicyController(op);
  const actions = new ActionController(op);
  onReadiness(caches.health().map(({ resource }) => `cache of ${resource}`));
  try {
    await caches.synced(signal);
  } catch (error) {
    if (signal.aborted) return caches.stop();
    throw error;
  }
  onReadiness([]);
  logger.info(
    { policies: world.policies.size, actions: world.actions.size, pods: world.pods.size },
    'caches have synced; healing begins',
  );

  subscribe(op, policies);
  const onReconcile = (seen: ReconcileObservation) => {
    observer.reconciled(seen.controller, seen.outcome, seen.seconds);
    if (seen.outcome === 'error' && !isKubeError(seen.error, 'Conflict'))
      logger.warn(
        { controller: seen.controller, key: seen.key, error: String(seen.error) },
        'a lap failed and will be repeated',
      );
  };
  const common = { clock, onReconcile };
  try {
    await Promise.all([
      runController(
        {
          ...common,
          name: 'targets',
          queue: op.targetQueue,
          workers: WORKERS,
          reconcile: (key) => policies.reconcileTarget(key),
        },
        signal,
      ),
      runController(
        {
          ...common,
          name: 'policies',
          queue: op.policyQueue,
          workers: WORKERS,
          reconcile: (key) => policies.reconcilePolicy(key),
        },
        signal,
      ),
      runController(
        {
          ...common,
          name: 'actions',
          queue: op.actionQueue,
          workers: WORKERS,
          reconcile: (key) => actions.reconcile(key),
        },
        signal,
      ),
      metrics.run(signal),
    ]);
    await recorder.drain();
  } finally {
    await Promise.all([caches.stop(), metricCaches.stop()]);
  }
}

/** Changes of the world become keys. */
function subscribe(op: Operation, policies: PolicyController): void {
  const { world } = op;
  world.events.subscribe(({ new: event, old }) => world.noteEvent(event, old));
  world.policies.subscribe(({ key, new: object, old }) => {
    const { policyNamespace } = op.config;
    if (policyNamespace === undefined || (object ?? old)?.metadata.namespace === policyNamespace)
      policies.onPolicy(key, object);
  });
  for (const cache of world.targetCaches) watchTargets(op, policies, cache);
  world.events.subscribe(({ new: event }) => {
    const about = event === undefined ? undefined : world.byUid(event.involvedObject.uid ?? '');
    if (about !== undefined) policies.onTarget(about);
  });
  world.namespaces.subscribe(({ key }) => policies.onNamespace(key));
  world.pauses.subscribe(() => policies.reconsiderAll());
  world.actions.subscribe(({ key, new: object, old }) => {
    op.actionQueue.add(key);
    const past = op.history.past(key) ?? (old === undefined ? undefined : op.history.read([old])[0]);
    if (past === undefined) return;
    const ended = object === undefined || isFinished(past);
    policies.onAction(past, ended ? 'to its end' : 'along');
    // Its budgets are free for others that wait for them.
    if (ended)
      for (const { phase, namespace, name } of op.history.unfinished())
        if (phase === 'Approved') op.actionQueue.add(`${namespace}/${name}`);
  });
}

function watchTargets(op: Operation, policies: PolicyController, cache: CacheView): void {
  cache.subscribe(({ new: object, old }) => {
    const changed = object ?? old;
    if (changed === undefined) return;
    policies.onTarget(changed);
    wakeActions(op, changed);
  });
}

/**
 * An action that waits for its gates or is being verified looks again when its target, or anything of its controller's,
 * changes.
 */
function wakeActions(op: Operation, changed: KubeObject): void {
  const uids = new Set([changed, ...op.world.chainOf(changed)].map(({ metadata }) => metadata.uid));
  for (const past of op.history.unfinished()) {
    if (
      (past.phase === 'Approved' || past.phase === 'InProgress') &&
      (uids.has(past.targetUid) || uids.has(past.rootUid))
    )
      op.actionQueue.add(`${past.namespace}/${past.name}`);
  }
}

/** What a round of metrics says may be what an action in verification waits for. */
function wakeVerifications(op: Operation): void {
  for (const past of op.history.unfinished())
    if (past.phase === 'InProgress') op.actionQueue.add(`${past.namespace}/${past.name}`);
}

async function waitForDefinitions(
  context: {
    readonly client: KubeClient;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly onReadiness: (waitingFor: readonly string[]) => void;
    readonly types: readonly ResourceType[];
  },
  signal: AbortSignal,
): Promise<boolean> {
  const { client, clock, logger, onReadiness, types } = context;
  for (let told = false; !signal.aborted; ) {
    const missing: string[] = [];
    for (const type of types) {
      try {
        await client.listPage(type, { limit: 1 });
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        const name = `${type.resource}.${type.group}`;
        missing.push(error.code === 'NotFound' ? `CustomResourceDefinition ${name}` : `${name} (${error.message})`);
      }
    }
    onReadiness(missing);
    if (missing.length === 0) return true;
    if (!told)
      logger.warn(
        { missing, apiVersion: API_VERSION },
        'waiting for the CustomResourceDefinitions; apply them with `kubeskippy install`',
      );
    told = true;
    if (!(await sleepUntil(clock, clock.now() + CRD_RETRY_MS, signal))) return false;
  }
  return false;
}
