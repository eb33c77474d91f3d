/**
 * What the proof of an action is judged by, gathered in two ways: from the caches, whenever something changes, and by
 * live reads, before success is committed. The cache may lag behind what was done (I6, I11).
 */
import { type Baseline, baselineOf } from '../../core/action/harm.ts';
import { recurrenceOf } from '../../core/action/illness.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { rootOf } from '../../core/action/past-action.ts';
import { effectAt, isReplacement, type Scene, takesAway, type Watched } from '../../core/action/proof.ts';
import { targetOf } from '../../core/action/refs.ts';
import { describeObject, type EventSeen, type Observation, targetRef } from '../../core/observation.ts';
import { isAbout } from '../../core/relations.ts';
import { isKubeError } from '../../kube/errors.ts';
import { EVENTS } from '../../kube/well-known.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { EventObject } from '../../shapes/workloads.ts';
import { eventSeen } from '../event-growth.ts';
import { observe } from '../observation.ts';
import type { Logger } from '../ports.ts';
import type { LiveReads, Seeing } from '../roles.ts';
import { readSame } from './live-objects.ts';
import { formatDuration } from '../../std/duration.ts';
import { given, ifGiven } from '../../std/given.ts';

export const cachedScene = (seeing: Seeing, watched: Watched): Scene =>
  sceneOf(seeing, watched, {
    target: seeing.world.byUid(targetOf(watched.action).uid),
    keepers: keepersOf(seeing, watched.action),
  });

/** Target and keepers are read; the pods beside them, Events and metrics are those of the caches. */
export async function liveScene(seeing: Seeing, live: LiveReads, watched: Watched): Promise<Scene> {
  const { action } = watched;
  const target = targetOf(action);
  const known = keepersOf(seeing, action);
  // A UID that the cache saw go never comes back. Where something brings the target back, that is what is read.
  const isGone = known.length > 0 && seeing.world.isComplete(target) && seeing.world.byUid(target.uid) === undefined;
  const [found, ...keepers] = await Promise.all([
    isGone ? undefined : readSame(live, target),
    ...known.map((keeper) => readSame(live, targetRef(keeper))),
  ]);
  return sceneOf(seeing, watched, { target: found, keepers: keepers.filter((keeper) => keeper !== undefined) });
}

/** Readiness of the workload that the target belongs to, and how soon its illness had come back. */
export function baselineNow(
  seeing: Seeing,
  { action, policy }: Pick<Watched, 'action' | 'policy'>,
): Baseline | undefined {
  const workload = workloadOf(seeing, action);
  if (workload === undefined) return undefined;
  const { world, clock } = seeing;
  const now = clock.now();
  const pods = world.podsOf(workload);
  const baseline = baselineOf(workload, pods, now);
  const trigger = policy?.triggers.find(({ name }) => name === action.spec.trigger);
  const ms = recurrenceOf({ pods, events: world.eventsAbout(workload, pods), trigger }, now);
  return baseline && { ...baseline, ...given({ recursWithin: ifGiven(ms, formatDuration) }) };
}

const workloadOf = ({ world }: Seeing, action: HealingAction): KubeObject | undefined =>
  world.byUid(rootOf(action)) ?? world.byUid(targetOf(action).uid);

/**
 * What brings back a target that was taken away: its outermost controller, or what that controls where it is of a kind
 * that is not watched.
 */
function keepersOf({ world }: Seeing, action: HealingAction): readonly KubeObject[] {
  if (!takesAway(action)) return [];
  const root = rootOf(action);
  const known = world.byUid(root);
  const keepers = known === undefined ? world.targetCaches.flatMap((cache) => cache.ownedBy(root)) : [known];
  const { uid, namespace } = targetOf(action);
  const isNear = (one: string | undefined): boolean => one === undefined || one === namespace;
  return keepers.filter(({ metadata }) => metadata.uid !== uid && isNear(metadata.namespace));
}

function sceneOf(
  seeing: Seeing,
  watched: Watched,
  { target, keepers }: { readonly target: KubeObject | undefined; readonly keepers: readonly KubeObject[] },
): Scene {
  const { action, kind } = watched;
  const now = seeing.clock.now();
  const workload = workloadOf(seeing, action);
  const pods =
    kind.successor?.(targetOf(action).kind) === 'a new pod'
      ? keepers.flatMap((keeper) => seeing.world.podsOf(keeper)).filter((pod) => isReplacement(action, pod, now))
      : [];
  return {
    ...given({ target: target === undefined ? undefined : observed(seeing, watched, target) }),
    ...given({ workload, workloadPods: workload && seeing.world.podsOf(workload) }),
    keepers,
    replacements: pods.map((pod) => observed(seeing, watched, pod)),
    ...given({ said: seeing.world.events.unread === undefined ? saidOf(seeing, target ?? keepers[0]) : undefined }),
  };
}

const saidOf = ({ world }: Seeing, object: KubeObject | undefined): readonly EventSeen[] =>
  object === undefined ? [] : world.eventsAbout(object, []);

/** Of one object; kubelets and schedulers write a handful about each. */
const MAX_SAID = 100;

/** No action is judged by these words: where Events cannot be read, the log says so, and verification goes on. */
export async function readSaid(
  { client, logger }: Pick<LiveReads, 'client'> & { readonly logger: Pick<Logger, 'warn'> },
  { target, keepers }: Scene,
): Promise<readonly EventSeen[]> {
  const object = target?.target ?? keepers[0];
  if (object === undefined) return [];
  const { namespace = 'default', uid = '' } = object.metadata;
  try {
    const options = { namespace, fieldSelector: `involvedObject.uid=${uid}`, limit: MAX_SAID };
    const { items } = await client.listPage<EventObject>(EVENTS, options);
    return items.filter((event) => isAbout(event, object)).map((event) => eventSeen(event));
  } catch (error) {
    if (!isKubeError(error)) throw error;
    const about = describeObject(object);
    logger.warn({ target: about, error: error.message }, 'Events could not be read: nothing tells why it is not well');
    return [];
  }
}

/** Without a policy there are no triggers that would see more than the object. */
function observed(seeing: Seeing, { action, policy }: Watched, object: KubeObject): Observation {
  if (policy === undefined) return { target: object, pods: [], events: [] };
  return observe(seeing, { policy, object, effectAt: effectAt(action, seeing.clock.now()) });
}
