/**
 * What proves an action: the target, or what came in its place, is well, and the trigger does not hold any more; or the
 * effect itself is there. It is judged twice: again and again on the caches, and once more on live reads before success
 * is committed (I6, I11). There is one judgement; the shell gathers the scene in two ways.
 */
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod } from '../../shapes/workloads.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import type { ActionKind } from '../actions/action-kind.ts';
import { type Health, healthOf } from '../health.ts';
import { describeTarget, type EventSeen, type Observation } from '../observation.ts';
import { evaluateTrigger } from '../triggers/index.ts';
import { outcomeOf } from './classification.ts';
import { baselineOf, harmOf } from './harm.ts';
import { obstacleOf } from './obstacle.ts';
import { rootOf } from './past-action.ts';
import { targetOf } from './refs.ts';

/** One moment, as far as the proof of an action needs it. */
export interface Scene {
  /** The object with the target's UID, as triggers see it; absent when it is gone. */
  readonly target?: Observation;
  /** The workload whose ready pods are counted; absent when it is not known. */
  readonly workload?: KubeObject;
  readonly workloadPods?: readonly Pod[];
  /** The objects that bring back a target that was taken away. */
  readonly keepers: readonly KubeObject[];
  /** Pods that came in the target's place, each as triggers see it. */
  readonly replacements: readonly Observation[];
  /** Events about the target, or about what brings it back. Absent: they were not looked for. */
  readonly said?: readonly EventSeen[];
}

export interface Watched {
  readonly action: HealingAction;
  readonly kind: Pick<ActionKind, 'proof' | 'classify' | 'successor'>;
  readonly policy: HealingPolicy | undefined;
}

export interface Sight {
  readonly health: Health;
  /** How the workload is worse off than before, when it is. */
  readonly harm?: string;
}

export function sightOf(watched: Watched, scene: Scene, now: Instant): Sight {
  const { status } = watched.action;
  const { workload, workloadPods = [] } = scene;
  const harm = harmOf(status.baseline, workload && baselineOf(workload, workloadPods, now));
  const health = explained(proofOf(watched, scene, now), watched, scene);
  if (harm === undefined) return { health };
  // What made things worse is no success, not even where the policy does not ask for health (I7).
  return { health: health.state === 'healthy' ? unhealthy(harm) : health, harm };
}

/** With the words of the component that stands in the way, where it has said any. */
function explained(health: Health, { action }: Watched, { target, keepers, replacements, said = [] }: Scene): Health {
  const seen = target ?? (keepers[0] && { target: keepers[0], pods: replacements.flatMap(({ pods }) => pods) });
  if (health.state !== 'unhealthy' || seen === undefined) return health;
  const since = fromTimestamp(action.status.lastAttemptTime) ?? 0;
  const why = obstacleOf(seen.target, { pods: seen.pods, events: said, since });
  return why === undefined || health.message.includes(why) ? health : unhealthy(`${health.message}; ${why}`);
}

/** Whether the action takes its target away, so that something else has to be well in its place. */
export function takesAway(action: HealingAction): boolean {
  const { status } = action;
  const { uid } = targetOf(action);
  return (
    (status.result?.changes ?? []).some(({ changeType, oldValue }) => changeType === 'delete' && oldValue === uid) ||
    // A request that was refused changed nothing, and the target may have gone after it.
    (status.plan?.requests ?? []).some(
      ({ method, path, precondition }) =>
        (method === 'DELETE' || path.endsWith('/eviction')) && precondition?.uid === uid,
    )
  );
}

/** Since when things count as the action's doing; before the effect is noted, that is now. */
export const effectAt = ({ status }: HealingAction, now: Instant): Instant => fromTimestamp(status.effectTime) ?? now;

/**
 * Whether a pod can have come in the target's place. After a crash the effect is noted long after it happened, but
 * never before the claim. Timestamps of the API server have whole seconds.
 */
export function isReplacement(action: HealingAction, pod: KubeObject, now: Instant): boolean {
  const claimedAt = fromTimestamp(action.status.lastAttemptTime) ?? effectAt(action, now);
  return (fromTimestamp(pod.metadata.creationTimestamp) ?? 0) >= claimedAt - 1000;
}

const healthy: Health = { state: 'healthy' };
const unhealthy = (message: string): Health => ({ state: 'unhealthy', message });
const unknown = (message: string): Health => ({ state: 'unknown', message });

function proofOf(watched: Watched, scene: Scene, now: Instant): Health {
  const { action, kind, policy } = watched;
  const what = describeTarget(targetOf(action));
  const target = scene.target?.target;
  if (kind.proof === 'effect')
    return outcomeOf(kind, action, { target }) === 'done' ? healthy : unhealthy(`${what} does not show what was done`);
  if (takesAway(action)) {
    if (target === undefined) return successorHealth(watched, scene, now);
    return unhealthy(
      `${what} ${target.metadata.deletionTimestamp === undefined ? 'has not gone yet' : 'is terminating'}`,
    );
  }
  if (scene.target === undefined) return unknown(`${what} is gone`);
  const health = wellEnough(policy, scene.target.target);
  return health.state === 'healthy' ? triggerHealth(watched, scene.target, now) : health;
}

/** Without `requireHealthCheck` a workload may be ill of something else: that its trigger holds no more is enough. */
const wellEnough = (policy: HealingPolicy | undefined, object: KubeObject): Health =>
  policy === undefined || policy.safety.requireHealthCheck ? healthOf(object) : healthy;

/** Of what comes in the place of a target that is gone. */
function successorHealth(watched: Watched, { keepers, replacements }: Scene, now: Instant): Health {
  const { action, kind, policy } = watched;
  const target = targetOf(action);
  const successor = kind.successor?.(target.kind) ?? 'its controller';
  // Nothing brings it back, and nothing is meant to.
  if (successor === 'nothing' || rootOf(action) === target.uid) return healthy;
  const [keeper] = keepers;
  if (keeper === undefined) return unknown(`the controller of ${describeTarget(target)} is gone`);
  const ill = keepers.map((one) => wellEnough(policy, one)).find(({ state }) => state !== 'healthy');
  if (ill !== undefined) return ill;
  if (successor === 'its controller') return healthy;
  if (replacements.length === 0)
    return unhealthy(`${keeper.kind} ${keeper.metadata.name} has not replaced the pod yet`);
  return (
    replacements.map((pod) => triggerHealth(watched, pod, now)).find(({ state }) => state !== 'healthy') ?? healthy
  );
}

/** Whether the trigger that the action answers holds still. */
function triggerHealth({ action, policy }: Watched, observed: Observation, now: Instant): Health {
  const trigger = policy?.triggers.find(({ name }) => name === action.spec.trigger);
  if (trigger === undefined) return healthy;
  const { firing } = evaluateTrigger(trigger, observed, now);
  if (firing.holds === 'true') return unhealthy(`trigger ${trigger.name} still holds: ${firing.detail}`);
  if (firing.holds === 'unknown' && firing.notApplicable !== true)
    return unknown(`trigger ${trigger.name}: ${firing.detail}`);
  return healthy;
}
