/**
 * The roles that laps are given. The roles in a lap's signature say everything that the lap can do: one without
 * `Effects` sends nothing to a foreign object, one without `LiveReads` decides on the caches alone. A lap takes two to
 * four of them.
 */
import type { HealingPolicy } from '../api/policy.ts';
import type { ActionSettings } from '../core/actions/action-kind.ts';
import type { ActionRegistry } from '../core/actions/index.ts';
import type { Announcement } from '../core/announcement.ts';
import type { TargetRef } from '../core/observation.ts';
import type { ScopeRules } from '../core/target/scope.ts';
import type { KubeClient } from '../kube/client.ts';
import type { WorkQueue } from '../kube/queue.ts';
import type { ResourceType } from '../kube/resource.ts';
import type { Clock } from '../std/clock.ts';
import type { Prng } from '../std/prng.ts';
import type { ActionPlaces } from './action-places.ts';
import type { ActionStore } from './action-store.ts';
import type { Advice } from './analysis/advice.ts';
import type { Looks } from './analysis/looks.ts';
import type { SharedCauses } from './common-causes.ts';
import type { History } from './history.ts';
import type { LedgerStore } from './ledger-store.ts';
import type { MetricRounds } from './metric-rounds.ts';
import type { PolicyReads, PolicyStore } from './policy-store.ts';
import type { AuditSink, Endpoints, Logger, OperatorConfig, OperatorObserver } from './ports.ts';
import type { Share } from './share.ts';
import type { PolicyBook } from './target/policy-book.ts';
import type { Traces } from './traces.ts';
import type { World } from './world.ts';

/** The ground of decisions: time and chance, the caches, past actions, metrics, and the rules of this operator. */
export interface Seeing {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly world: World;
  readonly history: History;
  /** Which actions wait for older ones of their namespace. */
  readonly places: Pick<ActionPlaces, 'without' | 'onMoved'>;
  readonly metrics: MetricRounds;
  /** Why targets are unwell, as far as it was looked. No lap waits for it. */
  readonly looks: Pick<Looks, 'want' | 'of' | 'waitingSince'>;
  /** What a model says of it; absent where there is none. No lap waits for it either. */
  readonly advice?: Pick<Advice, 'of' | 'waitingSince'>;
  /** The targets of each policy, counted. */
  readonly book: Pick<PolicyBook, 'get'>;
  /** What fails together over all policies. */
  readonly shared: Pick<SharedCauses, 'in' | 'keptFor'>;
  /** Each compiled once for each version of its spec. */
  readonly policies: PolicyReads;
  readonly config: OperatorConfig;
  /** The policies that this process works on. */
  readonly share: Share;
  readonly scope: ScopeRules;
  readonly registry: ActionRegistry;
  readonly settings: ActionSettings;
  /** By how much the API server's clock was set forward within the last hour: limits look back so much further. */
  readonly leapMs: () => number;
  /** Why what is seen for the policy may be out of date; undefined when it is not. */
  readonly staleness: (policy: Pick<HealingPolicy, 'selector' | 'triggers'> | undefined) => string | undefined;
}

/** Reads of the API server at this moment, past the caches. */
export interface LiveReads {
  readonly client: Pick<KubeClient, 'find' | 'get' | 'list' | 'listPage' | 'request'>;
  /** The resource type of a kind; undefined when the server has none. */
  resolve(apiVersion: string, kind: string): Promise<ResourceType | undefined>;
}

/** A client whose requests are judged by the rights of another user. */
export type ActAs = (user: string) => Pick<KubeClient, 'find' | 'get' | 'list' | 'listPage' | 'request'>;

/** Requests to objects that are not ours, and to endpoints. Each stands between two entries of the audit trail. */
export interface Effects {
  readonly clock: Clock;
  readonly client: Pick<KubeClient, 'request' | 'find'>;
  readonly audit: AuditSink;
  readonly endpoints: Endpoints;
  /** False after the lease's renew deadline: no effect starts then (I33). */
  readonly mayAct: () => boolean;
  /** Absent: no traces are made. */
  readonly traces?: Pick<Traces, 'sent'>;
}

/** Everything that is told: Events, notifications, the log, the counters, traces. */
export interface Voice {
  readonly logger: Logger;
  readonly observer: OperatorObserver;
  /** The same Kubernetes Event on each of the objects, and people told where the announcement asks for it. */
  announce(about: readonly TargetRef[], announcement: Announcement): void;
  /** Absent: no traces are made. */
  readonly traces?: Pick<Traces, 'committed' | 'statusWritten'>;
  /** Why people are not told of what happens in a namespace; undefined: as far as is known they are. */
  untold(namespace: string): string | undefined;
}

/** Keys that are looked at again, now or at an instant. wakes.ts says which change adds which of them. */
export interface Wakes {
  readonly targetQueue: WorkQueue;
  readonly policyQueue: WorkQueue;
  readonly actionQueue: WorkQueue;
}

/** Our own two kinds, read and written, and the keys with which they are sealed. */
export interface Stores {
  readonly policies: PolicyStore;
  readonly actions: ActionStore;
  /** What limits need of actions that are gone. */
  readonly ledger: LedgerStore;
  /** The keys, by a live read. */
  readonly rereadKeys: () => Promise<void>;
}
