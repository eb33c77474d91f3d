/** The caches, stores, history and metrics of one operator, put together into what decisions are made from. */
import { limitsOfPart } from '../core/common-cause.ts';
import { DEFAULT_ACTION_SETTINGS } from '../core/actions/action-kind.ts';
import { actionRegistry } from '../core/actions/index.ts';
import { countsEvents } from '../core/triggers/event.ts';
import { expressionIssue } from '../core/triggers/expression.ts';
import type { CacheSet } from '../kube/cache-set.ts';
import type { KubeClient } from '../kube/client.ts';
import { given } from '../std/given.ts';
import { ActionPlaces } from './action-places.ts';
import { ActionStore } from './action-store.ts';
import { Advice } from './analysis/advice.ts';
import { EventReader } from './analysis/event-reader.ts';
import { type LookSources, lookAt } from './analysis/look.ts';
import { Looks, type LooksDependencies } from './analysis/looks.ts';
import { PartReader } from './analysis/part-reader.ts';
import { CauseVoice, type CauseVoiceConfig } from './cause-voice.ts';
import { SharedCauses } from './common-causes.ts';
import { OWN_KINDS } from './definitions.ts';
import type { OperatorDependencies } from './dependencies.ts';
import { DependencySight } from './dependency-sight.ts';
import { History } from './history.ts';
import { followDeletions, LedgerStore } from './ledger-store.ts';
import { MetricRounds } from './metric-rounds.ts';
import { kubeletFeed, OperatorObjectFeed, usageFeed } from './object-feed.ts';
import { PolicyStore } from './policy-store.ts';
import type { MetricResult, OperatorConfig } from './ports.ts';
import type { Seeing, Stores } from './roles.ts';
import { rereadKeys } from './seal-keys.ts';
import type { Seals } from './seals.ts';
import { wholeShare } from './share.ts';
import type { PolicyBook } from './target/policy-book.ts';
import { RevisionSight } from './revision-sight.ts';
import { TraitSight } from './trait-sight.ts';
import { decidedFields } from './trimmed-objects.ts';
import { UNOBSERVED } from './voice.ts';
import { World } from './world.ts';

export interface SeeingConfig {
  readonly dependencies: OperatorDependencies;
  readonly config: OperatorConfig;
  readonly client: KubeClient;
  readonly seals: Seals;
  /** For a request to each node: they must not wait in line before decisions, nor decisions behind them. */
  readonly kubeletClient: KubeClient;
  readonly caches: CacheSet;
  readonly book: PolicyBook;
  /** Of kinds that only metrics read: when one is not permitted, the decisions that need no metrics go on. */
  readonly metricCaches: CacheSet;
  /** For looks of the analysis: with a rate limit of its own, so that nothing else waits in line behind them. */
  readonly lookClient: KubeClient;
  readonly onLooked: LooksDependencies['onLooked'];
  /** A model has answered about this target. */
  readonly onAdvice: (targetUid: string) => void;
  /** Ends with the operator. */
  readonly signal: AbortSignal;
  /** Many workloads begin to fail together, or do no longer. */
  readonly onShared: () => void;
  readonly announce: CauseVoiceConfig['announce'];
  /** By how much the API server's clock was set forward within the last hour. */
  readonly leapMs: () => number;
  /** After every round of a source of metrics. */
  readonly onRound: (source: string) => void;
}

export function openSeeing(of: SeeingConfig): { readonly seeing: Seeing; readonly stores: Stores } {
  const { dependencies, config, client, caches, book, seals } = of;
  const { clock, prng, settings = DEFAULT_ACTION_SETTINGS, registry = actionRegistry() } = dependencies;
  const { share = wholeShare() } = dependencies;
  const world = new World(caches, { ...OWN_KINDS, clock }, config.namespace);
  const metrics = openMetrics(of, world);
  const scope = { clusterPolicyNamespaces: config.clusterPolicyNamespaces, operatorNamespace: config.namespace };
  const checks = { promql: dependencies.metrics.check, cel: (text: string) => expressionIssue(text) };
  const hasSource = (name: string) => metrics.hasSource(name);
  const policies = new PolicyStore({
    client,
    type: OWN_KINDS.policies,
    cache: world.policies,
    seals,
    places: config.namespaceLimits.policies,
    rules: {
      scope,
      registry,
      checks,
      hasSource,
      confine: dependencies.metrics.confine,
      impersonation: config.impersonation,
      deniedKinds: config.deniedKinds,
      known: { settings, families: (query: string) => dependencies.metrics.families(query), fieldsOf: decidedFields },
    },
  });
  const actions = new ActionStore({ client, type: OWN_KINDS.actions, cache: world.actions, seals });
  const { namespace } = config;
  const { logger } = dependencies;
  const reader = new PartReader({ client: of.lookClient, clock });
  const looks = openLooks(of, world, reader);
  const { signal } = of;
  const dependent = new DependencySight({ clock, world, reader, signal });
  const revisions = new RevisionSight({ clock, reader, signal });
  const traits = new TraitSight({ clock, world, looks, dependencies: dependent, revisions, reader, signal });
  const { onShared: onChange, announce } = of;
  const limits = () => limitsOfPart(config.commonCause, share.part());
  const voice = new CauseVoice({ clock, logger, announce, namespace });
  const shared = new SharedCauses({ clock, signal, book, world, traits, limits, onChange, voice });
  const ledger = new LedgerStore({ client, namespace, cache: world.ledgers, seals, logger });
  followDeletions(world.actions, { actions, ledger, clock, logger });
  const history = new History(world.actions, actions, ledger);
  const staleness: Seeing['staleness'] = (policy) =>
    world.staleness(policy?.selector.resources ?? []) ??
    (policy !== undefined && countsEvents(policy) ? world.events.staleness : undefined);
  return {
    seeing: {
      clock,
      prng,
      world,
      history,
      places: new ActionPlaces(world.actions, history, config.namespaceLimits.unfinishedActions),
      metrics,
      looks,
      ...given({ advice: openAdvice(of) }),
      book,
      shared,
      policies,
      config,
      share,
      scope,
      registry,
      settings,
      staleness,
      leapMs: of.leapMs,
    },
    stores: { policies, actions, ledger, rereadKeys: () => rereadKeys({ client, namespace }, seals) },
  };
}

function openMetrics(
  { dependencies, config, client, kubeletClient, metricCaches, onRound }: SeeingConfig,
  world: World,
): MetricRounds {
  const { clock, metrics: provider } = dependencies;
  const sources = provider.open({
    clock,
    objects: new OperatorObjectFeed((wanted) => world.share(wanted), metricCaches),
    usage: usageFeed(client),
    kubelets: kubeletFeed(kubeletClient),
  });
  const { observer = UNOBSERVED } = dependencies;
  const onAnswer = (source: string, result: MetricResult) =>
    observer.queried(source, result.type === 'unknown' ? result.reason : 'answered');
  return new MetricRounds({ clock, provider, sources, intervalMs: config.evaluationIntervalMs, onAnswer, onRound });
}

function openAdvice({ dependencies, onAdvice, signal }: SeeingConfig): Advice | undefined {
  const { clock, model, observer = UNOBSERVED } = dependencies;
  return model && new Advice(model, { clock, observer, onAdvice, signal });
}

function openLooks({ dependencies, onLooked, signal }: SeeingConfig, world: World, reader: PartReader): Looks {
  const { clock, logger, observer = UNOBSERVED } = dependencies;
  const events = new EventReader({ clock, reader });
  const said: LookSources['said'] = async (names, until) => {
    const watched = world.events.naming(names);
    return watched === undefined ? events.naming(names, until) : { events: watched, gaps: [] };
  };
  const look: LooksDependencies['look'] = (target, until) => lookAt({ clock, world, reader, said }, target, until);
  return new Looks({ clock, logger, observer, look, onLooked, signal });
}
