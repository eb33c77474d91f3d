/**
 * What is seen of one object now, for whoever asks triggers about it: an evaluation, or the verification of an action.
 */
import { countsEvents } from '../core/triggers/event.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { HealingPolicy } from '../api/policy.ts';
import { cordonerOf } from '../core/kept-nodes.ts';
import type { Observation } from '../core/observation.ts';
import type { Instant } from '../std/clock.ts';
import { given } from '../std/given.ts';
import { metricsOf } from './metric-targets.ts';
import type { Seeing } from './roles.ts';

interface Observed {
  readonly policy: HealingPolicy;
  readonly object: KubeObject;
  /** When the last action on the object took effect; what happened before was answered by it. */
  readonly effectAt: Instant | undefined;
}

export function observe(
  seeing: Pick<Seeing, 'world' | 'scope' | 'metrics' | 'history'>,
  { policy, object, effectAt }: Observed,
): Observation {
  const { world, history } = seeing;
  const pods = world.podsOf(object);
  return {
    target: object,
    pods,
    // Event triggers alone ask for them.
    events: countsEvents(policy) ? world.eventsAbout(object, pods) : [],
    ...given({
      eventsUnread: countsEvents(policy) ? world.events.unread : undefined,
      eventsAfter: effectAt,
      cordonedBy: asksForCordons(policy)
        ? cordonerOf(object, { policyUid: policy.uid, history: history.onTarget(object.metadata.uid ?? '') })
        : undefined,
    }),
    metrics: metricsOf(seeing, policy, object),
  };
}

const asksForCordons = ({ triggers }: Pick<HealingPolicy, 'triggers'>): boolean =>
  triggers.some(({ type }) => type === 'cordoned');
