/**
 * The operator: caches, three control loops, and what wakes them (wakes.ts). Returns when the signal aborts, with
 * nothing in hand.
 */
import { COMPONENT } from '../api/names.ts';
import { CacheSet } from '../kube/cache-set.ts';
import { causeNews } from '../core/analysis/account.ts';
import { KubeClient, type KubeClientConfig } from '../kube/client.ts';
import { type ReconcileObservation, type ReconcileResult, runController } from '../kube/controller.ts';
import type { HealingPolicy } from '../api/policy.ts';
import { Discovery } from '../kube/discovery.ts';
import { isKubeError } from '../kube/errors.ts';
import { WorkQueue } from '../kube/queue.ts';
import { requestWords } from '../kube/request-words.ts';
import type { ResourceType } from '../kube/resource.ts';
import { AuditHealth } from './audit-health.ts';
import { actionController } from './action/action-controller.ts';
import { DecisionLines } from './decision-lines.ts';
import { ChangedDecisions, type Decisions } from './decisions.ts';
import { waitForDefinitions } from './definitions.ts';
import type { OperatorDependencies } from './dependencies.ts';
import { JobTemplates } from './target/job-templates.ts';
import { PolicyBook } from './target/policy-book.ts';
import { gatherPolicy, type PolicyLap, policyLap } from './target/policy-lap.ts';
import { NO_ENDPOINTS, type OperatorConfig, type SpanSink } from './ports.ts';
import { proposing } from './target/proposing.ts';
import { Reading } from './reading.ts';
import type { Effects, LiveReads, Seeing, Stores, Voice, Wakes } from './roles.ts';
import { turn } from '../std/clock.ts';
import { given, ifGiven } from '../std/given.ts';
import type { Breaks } from '../std/slices.ts';
import { followKeys, openSeals } from './seal-keys.ts';
import type { Seals } from './seals.ts';
import { healthOfMetrics } from './metric-targets.ts';
import { ServerClock } from '../kube/server-clock.ts';
import { tellClock } from './clock-news.ts';
import { openSeeing } from './seeing.ts';
import { targetGathering } from './target/target-gathering.ts';
import { type TargetLap, targetLap } from './target/target-lap.ts';
import { followPauses } from './pauses.ts';
import { type OpenVoice, openVoice, UNOBSERVED } from './voice.ts';
import { followKeptNodes } from './kept-nodes.ts';
import { Traces } from './traces.ts';
import { vitalsOf } from './vitals.ts';
import { Waker } from './wakes.ts';
import { WatchedKinds } from './target/watched-kinds.ts';

/**
 * For the analysis: one look has some twenty reads, most of them shared with other looks at the namespace. A look that
 * takes longer than a few seconds comes too late for the first action.
 */
const LOOKS = { rateLimit: { qps: 10, burst: 60 }, requestTimeoutMs: 10_000 };

/**
 * An Event costs the API server a write, and this process a millisecond: news of thousands of targets that fail at once
 * costs a hundredth of a core. A hundred of them are written at once, and those that people need before the others.
 */
const EVENTS = { rateLimit: { qps: 10, burst: 100 } };

/** Each lap waits mostly for the API server: four at a time keep a client's 50 requests a second busy. */
const WORKERS = 4;

export async function runOperator(
  outside: OperatorDependencies,
  config: OperatorConfig,
  signal: AbortSignal,
): Promise<void> {
  const { logger, onReadiness = () => undefined } = outside;
  const clock = new ServerClock(outside.clock, (news) => tellClock(outside, news));
  const dependencies = { ...outside, clock, transport: clock.reading(outside.transport) };
  const client = newClient(dependencies);
  if (!(await waitForDefinitions({ client, logger, onReadiness }, signal))) return;
  const keys = { client, logger, onReadiness, namespace: config.namespace, secureRandom: dependencies.secureRandom };
  const seals = await openSeals(keys, signal);
  if (seals === undefined) return;

  const reading = new Reading({ clock, logger, onReadiness });
  const assembly = { dependencies, config, client, seals, reading, leapMs: () => clock.leapMs() };
  const operator = assemble(assembly, signal);
  followKeys(keys, operator.caches, seals);
  const { caches, metricCaches, seeing, waker } = operator;
  const { policies, actions, pods } = seeing.world;
  try {
    await reading.begun({ caches, world: seeing.world }, signal);
  } catch (error) {
    if (signal.aborted) return caches.stop();
    throw error;
  }
  if ((await leading(outside, signal)) === 'stopped') {
    await Promise.all([caches.stop(), metricCaches.stop()]);
    return;
  }
  logger.info(
    { policies: policies.size, actions: actions.size, pods: pods.size },
    'caches have synced; healing begins',
  );
  const speaks = () => seeing.share.includes(config.namespace);
  followPauses(seeing.world.pauses, operator.voice, speaks);
  waker.subscribe();
  operator.traces?.again(seeing.world.actions, clock.now());
  try {
    const kept = followKeptNodes({ clock, world: seeing.world, voice: operator.voice, speaks }, signal);
    await Promise.all([...runLoops(operator, signal), seeing.metrics.run(signal), kept]);
    await operator.voice.drain();
  } finally {
    await Promise.all([caches.stop(), metricCaches.stop()]);
  }
}

/** Another process may lead for days: what it writes keeps these caches as they have to be when their turn comes. */
async function leading(
  { leads, logger }: Pick<OperatorDependencies, 'leads' | 'logger'>,
  signal: AbortSignal,
): Promise<'leads' | 'stopped'> {
  if (leads === undefined) return 'leads';
  const stopped = new Promise<'stopped'>((resolve) => {
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
    if (signal.aborted) resolve('stopped');
  });
  const led = leads.then(() => 'leads' as const);
  const first = await Promise.race([led, stopped, turn().then(() => 'waits' as const)]);
  if (first !== 'waits') return first;
  logger.info({}, 'caches have synced; another process leads, and this one takes over when it ends');
  return Promise.race([led, stopped]);
}

/** Each client has a rate limit of its own: the requests of one never wait in line behind those of another. */
const newClient = (
  { transport, clock, observer }: OperatorDependencies,
  limits: Pick<KubeClientConfig, 'rateLimit' | 'requestTimeoutMs'> = {},
): KubeClient =>
  new KubeClient({
    transport,
    clock,
    fieldManager: COMPONENT,
    userAgent: COMPONENT,
    onRequest: ({ method, path, outcome }) => {
      if (observer === undefined) return;
      const { verb, resource } = requestWords({ method, path });
      observer.requested(verb, resource, String(outcome));
    },
    ...limits,
  });

interface Operator {
  /** Of laps, and of what the caches read. */
  readonly breaks: Breaks;
  readonly caches: CacheSet;
  readonly metricCaches: CacheSet;
  readonly seeing: Seeing;
  readonly voice: OpenVoice;
  readonly traces?: Traces;
  readonly waker: Waker;
  readonly loops: readonly Loop[];
}

interface Loop {
  /** For the log and the counters. */
  readonly name: string;
  readonly queue: WorkQueue;
  readonly lap: (key: string) => Promise<ReconcileResult>;
}

interface Assembly {
  readonly dependencies: OperatorDependencies;
  readonly config: OperatorConfig;
  readonly client: KubeClient;
  readonly seals: Seals;
  readonly reading: Reading;
  readonly leapMs: () => number;
}

function assemble({ dependencies, config, client, seals, reading, leapMs }: Assembly, signal: AbortSignal): Operator {
  const { clock, prng, audit, logger, observer = UNOBSERVED } = dependencies;
  const { endpoints = NO_ENDPOINTS, mayAct = () => true, recorder } = dependencies;
  const random = () => prng.float();
  const caches = new CacheSet({ client, prng, onStanding: (type) => standingChanged({ waker, reading }, type) });
  const metricCaches = new CacheSet({ client, prng });
  const book = new PolicyBook();
  const { seeing, stores } = openSeeing({
    dependencies,
    config,
    client,
    seals,
    kubeletClient: newClient(dependencies),
    caches,
    metricCaches,
    book,
    lookClient: newClient(dependencies, LOOKS),
    onLooked: (target, seen) => {
      const news = seen.news === 'old' || seen.account === undefined ? undefined : causeNews(target, seen.account);
      if (news !== undefined) voice.announce([target], news);
      waker.looked(target.uid);
    },
    onAdvice: (targetUid) => waker.looked(targetUid),
    signal,
    onShared: () => waker.everythingChanged(),
    announce: (about, news) => voice.announce(about, news),
    onRound: (source) => waker.roundEnded(source),
    leapMs,
  });
  const traces = ifGiven(dependencies.spans, (sink) => tracesTo(sink, { seeing, stores, book }));
  const voice = openVoice(
    {
      client: newClient(dependencies, EVENTS),
      clock,
      random,
      endpoints,
      logger,
      observer,
      ...given({ traces }),
      settings: config.notifications,
      onUntold: (namespaces) => waker.untoldChanged(namespaces),
      perHour: config.namespaceLimits.notificationsPerHour,
    },
    signal,
  );
  const queue = () => new WorkQueue({ clock, random });
  const wakes: Wakes = { targetQueue: queue(), policyQueue: queue(), actionQueue: queue() };
  const waker = new Waker({ seeing, book, wakes, ...given({ followed: dependencies.followed }) });
  observer.vitals(() => vitalsOf({ wakes, sets: [caches, metricCaches], world: seeing.world }));
  const kinds = watchedKinds({ seeing, client }, waker);
  const live: LiveReads = { client, resolve: (apiVersion, kind) => kinds.resolve(apiVersion, kind) };
  const { decisions = told({ clock, logger, recorder }) } = dependencies;
  const trail = new AuditHealth({ sink: audit, clock, onChange: () => waker.stopsChanged() });
  const effects: Effects = { clock, client, audit: trail, endpoints, mayAct, ...given({ traces }) };
  const loops = [
    targetLoop({ seeing, stores, voice, wakes, book, decisions, waker }),
    policyLoop({ seeing, stores, voice, wakes, book, kinds, trail, client }),
    {
      name: 'actions',
      queue: wakes.actionQueue,
      lap: actionController({ seeing, live, effects, voice, stores, decisions, actAs: (user) => client.as(user) }),
    },
  ];
  return { breaks: client.breaks, caches, metricCaches, seeing, voice, ...given({ traces }), waker, loops };
}

const tracesTo = (
  sink: SpanSink,
  { seeing, stores, book }: { readonly seeing: Seeing; readonly stores: Stores; readonly book: PolicyBook },
): Traces => new Traces({ sink, history: seeing.history, book, actions: stores.actions });

const watchedKinds = (
  { seeing, client }: { readonly seeing: Seeing; readonly client: KubeClient },
  waker: Waker,
): WatchedKinds =>
  new WatchedKinds({
    world: seeing.world,
    discovery: new Discovery(client),
    onWatched: (cache) => waker.watch(cache),
  });

/** The server refuses a collection of the type, or does no longer. */
function standingChanged({ waker, reading }: { waker: Waker; reading: Reading }, type: ResourceType): void {
  waker.standingChanged(type);
  reading.standingChanged();
}

interface Parts {
  readonly seeing: Seeing;
  readonly stores: Stores;
  readonly voice: Voice;
  readonly wakes: Wakes;
  readonly book: PolicyBook;
  readonly kinds: WatchedKinds;
  readonly trail: AuditHealth;
  readonly decisions: Decisions;
  readonly waker: Waker;
}

function targetLoop({ seeing, stores, voice, wakes, book, ...parts }: Omit<Parts, 'kinds' | 'trail'>): Loop {
  const { decisions, waker } = parts;
  const { clock, history } = seeing;
  const propose = proposing({ clock, history, actions: stores.actions, logger: voice.logger });
  const recovered: TargetLap['recovered'] = (policyUid, target) => waker.recovered(policyUid, target);
  const gather = targetGathering(seeing);
  const lap = { clock, book, gather, propose, voice, wakes, decisions, looks: seeing.looks, recovered };
  return { name: 'targets', queue: wakes.targetQueue, lap: (key) => targetLap(lap, key) };
}

interface PolicyParts extends Omit<Parts, 'decisions' | 'waker'> {
  readonly client: KubeClient;
}

function policyLoop({ seeing, stores, voice, wakes, book, kinds, trail, client }: PolicyParts): Loop {
  const { clock } = seeing;
  const templates = new JobTemplates({ client, clock });
  const watchKinds: PolicyLap['watchKinds'] = async (key, policy) => [
    ...(await kinds.watch(key, policy)),
    ...(await templates.missing(key, policy)),
  ];
  const records = { ...seeing, metricsOf: (policy: HealingPolicy | undefined) => healthOfMetrics(seeing, policy) };
  const lap = {
    clock,
    book,
    watchKinds,
    gather: gatherPolicy(records, { trail, untold: (namespace) => voice.untold(namespace) }),
    policies: stores.policies,
    voice,
    wakes,
  };
  return { name: 'policies', queue: wakes.policyQueue, lap: (key) => policyLap(lap, key) };
}

interface Told extends Pick<OperatorDependencies, 'clock' | 'logger'> {
  readonly recorder: OperatorDependencies['recorder'] | undefined;
}

/** Of each decision that differs from the last: a line in the log, and a file where they are recorded. */
function told({ clock, logger, recorder }: Told): Decisions {
  const lines = new DecisionLines({ clock, logger });
  const files = recorder && new ChangedDecisions(recorder);
  return {
    made: (decision) => {
      lines.made(decision);
      files?.made(decision);
    },
  };
}

/** Until the signal aborts. */
function runLoops({ breaks, loops, seeing, voice }: Operator, signal: AbortSignal): readonly Promise<void>[] {
  const { clock, share } = seeing;
  const onReconcile = ({ controller, key, outcome, seconds, error }: ReconcileObservation) => {
    voice.observer.reconciled(controller, outcome, seconds);
    if (outcome === 'error' && !isKubeError(error, 'Conflict'))
      voice.logger.warn({ controller, key, error: String(error) }, 'a lap failed and will be repeated');
  };
  return loops.map(({ name, queue, lap }) =>
    runController(
      { clock, onReconcile, name, queue, breaks, workers: WORKERS, reconcile: (key) => share.during(() => lap(key)) },
      signal,
    ),
  );
}
