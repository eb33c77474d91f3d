/** The process that runs an operator gives it these. */
import type { ActionSettings } from '../core/actions/action-kind.ts';
import type { ActionRegistry } from '../core/actions/index.ts';
import type { TargetRef } from '../core/observation.ts';
import type { Decisions } from './decisions.ts';
import type { Share } from './share.ts';
import type { Transport } from '../shapes/transport.ts';
import type { Clock } from '../std/clock.ts';
import type { Prng } from '../std/prng.ts';
import type {
  AuditSink,
  DecisionRecorder,
  Endpoints,
  Logger,
  MetricsProvider,
  ModelDesk,
  OperatorObserver,
  SpanSink,
} from './ports.ts';

export interface OperatorDependencies {
  readonly clock: Clock;
  readonly prng: Prng;
  /** In [0, 1), from a source that nobody can foretell: the key of the seal is made of it. */
  readonly secureRandom: () => number;
  readonly transport: Transport;
  readonly audit: AuditSink;
  readonly metrics: MetricsProvider;
  readonly logger: Logger;
  /** Omitted: none. */
  readonly endpoints?: Endpoints;
  /** Omitted: the rules stand alone. */
  readonly model?: ModelDesk;
  /** Omitted: all built-in action types. */
  readonly registry?: ActionRegistry;
  readonly settings?: ActionSettings;
  readonly observer?: OperatorObserver;
  /** Told of every decision. Omitted: those that differ go to the recorder. */
  readonly decisions?: Decisions;
  /**
   * Targets that are looked at after each round of metrics, whether a metric trigger holds for them or not. Omitted:
   * none.
   */
  readonly followed?: (target: TargetRef) => boolean;
  /** Omitted: decisions are not recorded. */
  readonly recorder?: DecisionRecorder;
  /** Told of what has ended of each episode. Omitted: no traces are made. */
  readonly spans?: SpanSink;
  /** Whether this process leads. Omitted: it is the only one. */
  readonly mayAct?: () => boolean;
  /** The policies that this process works on. Omitted: all. */
  readonly share?: Share;
  /** Resolves when it leads for the first time. Until then caches are kept warm, and that is all. Omitted: at once. */
  readonly leads?: Promise<void>;
  /**
   * Told whenever what it waits for changes: the names of missing CRDs and of caches that have not synced; empty when
   * ready.
   */
  readonly onReadiness?: (waitingFor: readonly string[]) => void;
}
