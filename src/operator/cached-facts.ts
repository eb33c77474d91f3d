/** The facts that gates judge, as the caches have them. */
import type { Concern } from '../core/action-index.ts';
import { type OperatorLimits, type Population, rootUid } from '../core/gates/proposal.ts';
import type { TargetRef } from '../core/observation.ts';
import type { Facts } from '../core/target/evaluate-target.ts';
import { nextStop, type Stop, stoppedUntil } from '../core/target/mass-failure-stop.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { Clock, Instant } from '../std/clock.ts';
import { given } from '../std/given.ts';
import type { OperatorConfig } from './ports.ts';
import type { Seeing } from './roles.ts';
import type { PolicyBook, PolicyEntry } from './target/policy-book.ts';

/** What gates read of the configuration. */
export const limitsOf = ({
  config,
  leapMs,
}: { readonly config: OperatorConfig } & Pick<Seeing, 'leapMs'>): OperatorLimits => {
  const { namespaceLimits, ...limits } = config;
  const { namespace, maxActionsPerHour, maxConcurrent, protectedNamespaces, deniedKinds, dryRun } = limits;
  const { sharePercent, unfinishedActions } = namespaceLimits;
  const share = { sharePercent, unfinishedActions };
  return {
    namespace,
    maxActionsPerHour,
    maxConcurrent,
    namespaceLimits: share,
    protectedNamespaces,
    deniedKinds,
    dryRun,
    ...given({ leapMs: leapMs() || undefined }),
  };
};

type PolicyName = NonNullable<Concern['policy']>;

/** Of one target. */
export function cachedFacts(
  seeing: Pick<Seeing, 'clock' | 'world' | 'history' | 'config' | 'shared' | 'leapMs'>,
  {
    target,
    object,
    policy,
  }: { readonly target: TargetRef; readonly object?: KubeObject; readonly policy?: PolicyName },
): Facts {
  const { world, history, shared } = seeing;
  const paused = world.paused();
  const namespace = target.namespace === undefined ? undefined : world.namespaces.get(target.namespace);
  const chain = object === undefined ? [] : world.chainOf(object);
  const workload = { targetUid: target.uid, namespace: target.namespace, rootUid: rootUid(target, chain) };
  const commonCause = shared.in(target.namespace ?? '', workload.rootUid);
  const at = { now: seeing.clock.now(), leapMs: seeing.leapMs() };
  return {
    target,
    ...given({ object }),
    chain,
    limits: limitsOf(seeing),
    history: history.about({ ...workload, ...given({ policy }) }, at),
    ...given({ namespace, paused, commonCause }),
  };
}

export interface PolicyFacts {
  readonly population: Population;
  /** Of the mass-failure stop that is in force. */
  readonly stoppedUntil?: Instant;
  readonly stale?: string;
}

interface PolicySight {
  readonly clock: Pick<Clock, 'now'>;
  readonly history: Pick<Seeing['history'], 'healing'>;
  readonly staleness: Seeing['staleness'];
}

/**
 * Of a policy as a whole: how many of its targets are in trouble, whether a mass failure stops it, and whether what is
 * seen may be out of date.
 */
export function policyFacts(
  { clock, history, staleness }: PolicySight,
  entry: PolicyEntry,
): { readonly facts: PolicyFacts; readonly stop: Stop | undefined } {
  const population = entry.population(history.healing(entry.uid));
  const stop = stopNow(entry, population, clock.now());
  const until = stoppedUntil(stop);
  const stale = staleness(entry.policy) ?? uncounted(entry);
  return {
    facts: {
      population,
      ...given({ stoppedUntil: until, stale }),
    },
    stop,
  };
}

/** The mass-failure stop of the policy at this moment; the one that was held when nothing has changed. */
export function stopNow(entry: PolicyEntry, population: Population, now: Instant): Stop | undefined {
  const maxUnhealthy = entry.policy?.safety.maxUnhealthy;
  if (maxUnhealthy === undefined) return entry.massFailure;
  return nextStop(entry.massFailure, { failures: entry.failures(population), maxUnhealthy }, now);
}

/** Counts of some targets say nothing of all. */
const uncounted = ({ key, unseen }: PolicyEntry): string | undefined =>
  unseen === 0 ? undefined : `${unseen} ${unseen === 1 ? 'target' : 'targets'} of policy ${key} were not looked at yet`;

/** Of the policy that an action names; of one that a person made by hand only whether the caches may be out of date. */
export function policyFactsOf(
  seeing: PolicySight & { readonly book: Pick<PolicyBook, 'get'> },
  ref: { readonly namespace: string; readonly name: string } | undefined,
): Partial<PolicyFacts> {
  const entry = ref === undefined ? undefined : seeing.book.get(`${ref.namespace}/${ref.name}`);
  return entry === undefined ? given({ stale: seeing.staleness(undefined) }) : policyFacts(seeing, entry).facts;
}
