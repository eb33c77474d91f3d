/**
 * What proves an action: the target, or what replaced it, is well and no longer fires; or the effect itself is there.
 */
import type { KubeObject } from '../shapes/kube.ts';
import type { HealingAction } from '../api/parse-action.ts';
import type { HealingPolicy } from '../api/policy.ts';
import { marker } from '../core/action/claim.ts';
import type { ActionKind, Answer, Outcome } from '../core/actions/action-kind.ts';
import { type Baseline, baselineOf, harmOf } from '../core/action/harm.ts';
import { type Health, healthOf } from '../core/health.ts';
import { describeTarget, targetRef } from '../core/observation.ts';
import { rootOf } from '../core/action/past-action.ts';
import { evaluateTrigger } from '../core/triggers/index.ts';
import type { Sight } from '../core/action/proof.ts';
import { fromTimestamp } from '../std/clock.ts';
import { readLive, targetOf } from './live-facts.ts';
import { observe } from './observation.ts';
import type { Operation } from './operation.ts';
import { answersTo } from './planning.ts';

interface Watched {
  readonly action: HealingAction;
  readonly kind: ActionKind;
  readonly policy: HealingPolicy | undefined;
}

/** As the caches have it. */
export function sightOf(op: Operation, watched: Watched): Sight {
  const { action } = watched;
  const harm = harmOf(action.status.baseline, baseline(op, action));
  const health = healthOfAction(op, watched);
  if (harm === undefined) return { health };
  // What made things worse is no success, not even where nobody asked for health (I7).
  return { health: health.state === 'healthy' ? { state: 'unhealthy', message: harm } : health, harm };
}

/** Readiness of the workload that the target belongs to. */
export function baseline({ world }: Operation, action: HealingAction): Baseline | undefined {
  const workload = world.byUid(rootOf(action)) ?? world.byUid(action.spec.targetResource.uid ?? '');
  return workload === undefined ? undefined : baselineOf(workload);
}

/** The cache may lag behind what was done: success is committed on a live read only (I6, I11). */
export async function provenLive(op: Operation, watched: Watched): Promise<boolean> {
  const { action, kind, policy } = watched;
  const ref = targetOf(action);
  if (kind.proof === 'effect') return outcomeOf(kind, action, { target: await readLive(op, ref) }) === 'done';
  const keepers = removes(action)
    ? keepersOf(op, rootOf(action)).filter(({ metadata }) => metadata.uid !== ref.uid)
    : [];
  if (keepers.length > 0) {
    const lives = await Promise.all(keepers.map((keeper) => readLive(op, targetRef(keeper))));
    return lives.every((live) => live !== undefined && wellEnough(policy, live).state === 'healthy');
  }
  const live = await readLive(op, ref);
  if (removes(action)) return live?.metadata.uid !== ref.uid;
  if (live?.metadata.uid !== ref.uid || wellEnough(policy, live).state !== 'healthy') return false;
  const effectAt = fromTimestamp(action.status.effectTime) ?? op.clock.now();
  return stillFiring(op, watched, { object: live, effectAt }).state === 'healthy';
}

/** The same, with what else the kind has to see, read live. */
export async function outcomeLive(
  op: Operation,
  kind: ActionKind,
  seen: { action: HealingAction; target: KubeObject | undefined },
): Promise<Outcome> {
  const { action, target } = seen;
  const wanted = kind.traces?.({ template: action.spec.action, requests: action.status.plan?.requests ?? [] }) ?? {};
  return outcomeOf(kind, action, { target, answers: await answersTo(op, wanted) });
}

/** What became of the attempts so far, by the live object. */
export function outcomeOf(
  kind: ActionKind,
  action: HealingAction,
  {
    target,
    answers = {},
  }: { readonly target: KubeObject | undefined; readonly answers?: Readonly<Record<string, Answer>> },
): Outcome {
  const ref = targetOf(action);
  return kind.classify({
    answers,
    target,
    kind: ref.kind,
    uid: ref.uid,
    marker: marker(action, action.status.attempts ?? 0),
    template: action.spec.action,
    requests: action.status.plan?.requests ?? [],
  });
}

/** Whether the action takes its target away, so that something else has to be well in its place. */
const removes = ({ status, spec: { targetResource } }: HealingAction): boolean =>
  (status.result?.changes ?? []).some(
    ({ changeType, oldValue }) => changeType === 'delete' && oldValue === targetResource.uid,
  );

function healthOfAction(op: Operation, watched: Watched): Health {
  const { action, kind, policy } = watched;
  const ref = targetOf(action);
  const object = op.world.byUid(ref.uid);
  const effectAt = fromTimestamp(action.status.effectTime) ?? op.clock.now();
  if (kind.proof === 'effect') {
    if (outcomeOf(kind, action, { target: object }) === 'done') return { state: 'healthy' };
    return { state: 'unhealthy', message: `${describeTarget(ref)} does not show what was done` };
  }
  if (removes(action)) {
    if (object !== undefined) {
      const how = object.metadata.deletionTimestamp === undefined ? 'has not gone yet' : 'is terminating';
      return { state: 'unhealthy', message: `${describeTarget(ref)} ${how}` };
    }
    return replacementHealth(op, watched, effectAt);
  }
  if (object === undefined) return { state: 'unknown', message: `${describeTarget(ref)} is gone` };
  const health = wellEnough(policy, object);
  return health.state === 'healthy' ? stillFiring(op, watched, { object, effectAt }) : health;
}

/** Without `requireHealthCheck` a workload may be ill of something else: that its trigger holds no more is enough. */
const wellEnough = (policy: HealingPolicy | undefined, object: KubeObject): Health =>
  policy === undefined || policy.safety.requireHealthCheck ? healthOf(object) : { state: 'healthy' };

/**
 * What brings back what was taken away: its outermost controller, or what that controls where it is of a kind that
 * nobody watches.
 */
function keepersOf({ world }: Operation, root: string): readonly KubeObject[] {
  const known = world.byUid(root);
  return known === undefined ? world.targetCaches.flatMap((cache) => cache.ownedBy(root)) : [known];
}

function replacementHealth(op: Operation, watched: Watched, effectAt: number): Health {
  const { action, policy } = watched;
  const root = rootOf(action);
  // Nobody brings it back, and nobody is meant to.
  if (root === action.spec.targetResource.uid) return { state: 'healthy' };
  // A CronJob makes the next Job when its time has come, not in place of this one.
  if (action.spec.targetResource.kind === 'Job') return { state: 'healthy' };
  const keepers = keepersOf(op, root);
  const [keeper] = keepers;
  if (keeper === undefined)
    return { state: 'unknown', message: `the controller of ${describeTarget(targetOf(action))} is gone` };
  const ill = keepers.map((one) => wellEnough(policy, one)).find(({ state }) => state !== 'healthy');
  if (ill !== undefined) return ill;
  if (action.spec.targetResource.kind !== 'Pod') return { state: 'healthy' };
  // After a crash the effect is noted long after it happened, but never before the claim. Timestamps of the API server
  // have whole seconds.
  const claimedAt = fromTimestamp(action.status.lastAttemptTime) ?? effectAt;
  const pods = keepers.flatMap((one) => op.world.podsOf(one));
  const fresh = pods.filter((pod) => (fromTimestamp(pod.metadata.creationTimestamp) ?? 0) >= claimedAt - 1000);
  if (fresh.length === 0)
    return { state: 'unhealthy', message: `${keeper.kind} ${keeper.metadata.name} has not replaced the pod yet` };
  for (const object of fresh) {
    const firing = stillFiring(op, watched, { object, effectAt });
    if (firing.state !== 'healthy') return firing;
  }
  return { state: 'healthy' };
}

function stillFiring(
  op: Operation,
  { action, policy }: Watched,
  seen: { readonly object: KubeObject; readonly effectAt: number },
): Health {
  const trigger = policy?.triggers.find(({ name }) => name === action.spec.trigger);
  if (policy === undefined || trigger === undefined) return { state: 'healthy' };
  const { firing } = evaluateTrigger(trigger, observe(op, { policy, ...seen }), op.clock.now());
  if (firing.holds === 'true')
    return { state: 'unhealthy', message: `trigger ${trigger.name} still holds: ${firing.detail}` };
  if (firing.holds === 'unknown' && firing.notApplicable !== true)
    return { state: 'unknown', message: `trigger ${trigger.name}: ${firing.detail}` };
  return { state: 'healthy' };
}
