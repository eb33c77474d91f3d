/** What is seen of one object now, for whoever asks triggers about it: an evaluation, or the verification of an action. */
import type { KubeObject } from '../api/kube.ts';
import type { Observation } from '../core/observation.ts';
import type { Instant } from '../std/clock.ts';
import type { Operation } from './operation.ts';

/** `effectAt`: when the last action on the object took effect; what happened before was answered by it. */
export function observe({ world }: Pick<Operation, 'world'>, object: KubeObject, effectAt: Instant | undefined): Observation {
  const pods = world.podsOf(object);
  return { target: object, pods, events: world.eventsAbout(object, pods), ...(effectAt !== undefined && { eventsAfter: effectAt }) };
}
