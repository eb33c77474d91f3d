/** Status of PodDisruptionBudgets. https://kubernetes.io/docs/tasks/run-application/configure-pdb/ */
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';
import { equalJson } from '../machinery/json.ts';
import { scaled } from '../runtime/amounts.ts';
import { type Context, controllerOf, keyOf, parseKey } from '../runtime/context.ts';
import { isPodFinished, isPodReady, isTerminating } from '../runtime/pods.ts';
import {
  BUDGETS,
  DEPLOYMENTS,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type Resource,
  STATEFUL_SETS,
} from '../runtime/resources.ts';
import { Membership } from '../runtime/selectors.ts';
import type { Pod, PodDisruptionBudget } from '../runtime/shapes.ts';

/** An eviction that was granted counts as a disruption this long even when the pod does not go. (DeletionTimeout) */
const DISRUPTED_MS = 120_000;

interface Scaled extends KubeObject {
  readonly spec: { readonly replicas: number };
}

export function startBudgets(context: Context): void {
  const events = context.recorder('controllermanager');
  const members = new Membership();
  const queue = context.queue((key) => sync(key));

  context.watch(BUDGETS, ({ type, object, old }) => {
    const key = keyOf(object);
    const namespace = object.metadata.namespace ?? '';
    if (type === 'DELETED') {
      members.deleteSelector(key);
      return;
    }
    if (old === undefined || !equalJson(old.spec.selector, object.spec.selector))
      members.setSelector(
        key,
        { namespace, selector: object.spec.selector ?? { matchExpressions: NOTHING } },
        context.list(PODS, namespace),
      );
    queue.add(key);
  });
  context.watch(PODS, ({ type, object }) => {
    for (const key of members.update(object, type === 'DELETED' ? 'deleted' : 'present')) queue.add(key);
  });
  // The number of pods that should be there comes from the controllers.
  const followScale = <T extends Scaled>(kind: Resource<T>): void =>
    context.watch(kind, ({ type, object, old }) => {
      if (type !== 'MODIFIED' || old === undefined || old.spec.replicas === object.spec.replicas) return;
      for (const budget of context.list(BUDGETS, object.metadata.namespace)) queue.add(keyOf(budget));
    });
  followScale(DEPLOYMENTS);
  followScale(REPLICA_SETS);
  followScale(REPLICATION_CONTROLLERS);
  followScale(STATEFUL_SETS);

  function sync(key: string): void {
    const budget = context.get(BUDGETS, parseKey(key));
    if (budget === undefined) return;
    const pods: Pod[] = [];
    for (const member of members.members(key)) {
      const pod = context.get(PODS, parseKey(member));
      if (pod !== undefined && !isPodFinished(pod)) pods.push(pod);
    }
    if (pods.length === 0) events.normal(budget, 'NoPods', 'No matching pods found');
    const { expected, desired } = expectation(context, budget, pods);
    const disrupted = stillDisrupted(budget, pods, context.now());
    const healthy = pods.filter(
      (pod) => isPodReady(pod) && !isTerminating(pod) && disrupted.get(pod.metadata.name) === undefined,
    ).length;
    const allowed = expected > 0 && healthy > desired ? healthy - desired : 0;
    write(context, budget, { expected, desired, healthy, allowed, disrupted });
    const next = Math.min(...[...disrupted.values()].map((at) => at + DISRUPTED_MS));
    if (Number.isFinite(next)) queue.addAt(key, next);
  }
}

/** A budget without a selector covers nothing. */
const NOTHING = [{ key: 'kubernetes.io/none', operator: 'In', values: [] }] as const;

function expectation(
  context: Context,
  { spec }: PodDisruptionBudget,
  pods: readonly Pod[],
): { readonly expected: number; readonly desired: number } {
  if (spec.maxUnavailable !== undefined) {
    const expected = expectedScale(context, pods);
    return { expected, desired: Math.max(0, expected - scaled(spec.maxUnavailable, expected, 'up')) };
  }
  if (typeof spec.minAvailable === 'number') return { expected: pods.length, desired: spec.minAvailable };
  if (spec.minAvailable === undefined) return { expected: pods.length, desired: 1 };
  const expected = expectedScale(context, pods);
  return { expected, desired: scaled(spec.minAvailable, expected, 'up') };
}

/** What the pods' controllers are asked to run, each counted once. */
function expectedScale(context: Context, pods: readonly Pod[]): number {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    const namespace = pod.metadata.namespace ?? '';
    if (owner === undefined || scales.has(owner.uid)) continue;
    if (owner.kind === 'StatefulSet') {
      scales.set(owner.uid, context.get(STATEFUL_SETS, { namespace, name: owner.name })?.spec.replicas ?? 0);
      continue;
    }
    if (owner.kind === 'ReplicationController') {
      scales.set(owner.uid, context.get(REPLICATION_CONTROLLERS, { namespace, name: owner.name })?.spec.replicas ?? 0);
      continue;
    }
    if (owner.kind !== 'ReplicaSet') continue;
    const set = context.get(REPLICA_SETS, { namespace, name: owner.name });
    const parent = set === undefined ? undefined : controllerOf(set);
    if (set === undefined) continue;
    if (parent?.kind === 'Deployment')
      scales.set(
        parent.uid,
        context.get(DEPLOYMENTS, { namespace, name: parent.name })?.spec.replicas ?? set.spec.replicas,
      );
    else scales.set(owner.uid, set.spec.replicas);
  }
  return [...scales.values()].reduce((sum, scale) => sum + scale, 0);
}

/** Pods whose eviction was granted and that have not begun to go. */
function stillDisrupted({ status }: PodDisruptionBudget, pods: readonly Pod[], now: number): Map<string, number> {
  const disrupted = new Map<string, number>();
  for (const [name, stamp] of Object.entries(status?.disruptedPods ?? {})) {
    const at = fromTimestamp(stamp) ?? 0;
    const pod = pods.find((candidate) => candidate.metadata.name === name);
    if (pod !== undefined && !isTerminating(pod) && at + DISRUPTED_MS > now) disrupted.set(name, at);
  }
  return disrupted;
}

interface Figures {
  readonly expected: number;
  readonly desired: number;
  readonly healthy: number;
  readonly allowed: number;
  readonly disrupted: ReadonlyMap<string, number>;
}

function write(context: Context, budget: PodDisruptionBudget, figures: Figures): void {
  const { expected, desired, healthy, allowed, disrupted } = figures;
  const generation = budget.metadata.generation ?? 0;
  const before = budget.status?.conditions?.find((condition) => condition.type === 'DisruptionAllowed');
  const status = allowed > 0 ? 'True' : 'False';
  const lastTransitionTime =
    before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : toTimestamp(context.now());
  const next = {
    observedGeneration: generation,
    ...(disrupted.size > 0
      ? { disruptedPods: Object.fromEntries([...disrupted].map(([name, at]) => [name, toTimestamp(at)])) }
      : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: [
      {
        type: 'DisruptionAllowed',
        status,
        observedGeneration: generation,
        lastTransitionTime,
        reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        message: '',
      },
    ],
  };
  if (equalJson(next, budget.status)) return;
  context.modifyStatus(BUDGETS, budget, (draft) => ({ ...draft, status: next }));
}
