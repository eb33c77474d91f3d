/** What all laps share: the cluster as seen, the queues, and the ways to write. */
import type { ActionSettings } from '../core/actions/action-kind.ts';
import type { ActionRegistry } from '../core/actions/index.ts';
import type { TargetRef } from '../core/observation.ts';
import type { ScopeRules } from '../core/target/scope.ts';
import type { KubeClient } from '../kube/client.ts';
import type { EventRecorder } from '../kube/event-recorder.ts';
import type { OwnWrites } from '../kube/own-writes.ts';
import type { WorkQueue } from '../kube/queue.ts';
import type { ResourceType } from '../kube/resource.ts';
import type { Clock } from '../std/clock.ts';
import type { Prng } from '../std/prng.ts';
import type { History } from './history.ts';
import type { MetricRounds } from './metric-rounds.ts';
import type { AuditSink, Endpoints, Logger, MetricsProvider, OperatorConfig, OperatorObserver } from './ports.ts';
import type { World, WorldTypes } from './world.ts';

export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /**
   * `people`: it needs somebody, who is told through the channels that the configuration names for it. Omitted: an
   * Event will do.
   */
  readonly tell?: 'people' | 'nobody';
}

export interface Operation {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly config: OperatorConfig;
  readonly scope: ScopeRules;
  readonly types: WorldTypes;
  readonly client: KubeClient;
  readonly world: World;
  readonly history: History;
  readonly metrics: MetricRounds;
  readonly promql: MetricsProvider['check'];
  readonly audit: AuditSink;
  readonly endpoints: Endpoints;
  readonly registry: ActionRegistry;
  readonly settings: ActionSettings;
  readonly logger: Logger;
  readonly recorder: EventRecorder;
  readonly observer: OperatorObserver;
  readonly targetQueue: WorkQueue;
  readonly policyQueue: WorkQueue;
  readonly actionQueue: WorkQueue;
  /** What this process wrote and its caches do not show yet (I11). */
  readonly policyWrites: OwnWrites;
  readonly actionWrites: OwnWrites;
  /** False after the lease's renew deadline: no effect starts then (I33). */
  readonly mayAct: () => boolean;
  /** Why what is seen may be out of date; undefined when it is not. */
  staleness(): string | undefined;
  /** Watches a kind that a policy selects; `unknown` when the server does not serve it (it is asked again later). */
  watchKind(apiVersion: string, kind: string): Promise<'watched' | 'unknown'>;
  /** The resource type of a kind; undefined when the server has none. */
  resolve(apiVersion: string, kind: string): Promise<ResourceType | undefined>;
  /** The same Kubernetes Event on each of the objects, and people told. */
  announce(about: readonly TargetRef[], announcement: Announcement): void;
}
