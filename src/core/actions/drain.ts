/**
 * `drain`: the node is cordoned, then its pods are evicted, some at a time, as long as their budgets and the time-out
 * allow. Pods that come back to the same node (DaemonSets), cannot leave it (static pods) or are protected stay where
 * they are; pods that nothing brings back are refused unless forced.
 * https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
 */
import { type DrainAction, drainActionSchema } from '../../api/action-template.ts';
import { milliseconds } from '../../api/compile-trigger.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { evictionOf } from '../authority/reach.ts';
import type { Pod } from '../../shapes/workloads.ts';
import { describeObject } from '../observation.ts';
import {
  type BuiltInKind,
  type BuiltInPlan,
  type Outcome,
  type PlanInput,
  refused,
  sameTarget,
} from './action-kind.ts';
import {
  CORDONING,
  cordonOutcome,
  cordonRequest,
  isCordoned,
  isReady,
  LEASE_RULE,
  nodeNeeds,
  NODE_RULE,
  tooFewNodes,
} from './cordon.ts';
import { EVICTION_RULE, evictionOutcome, evictionStage, evictionTraces, names, toleratesEviction } from './eviction.ts';
import { signalNeeds, uncorroborated } from './node-signals.ts';
import { type NodePods, ownerNeeds, podNeeds, podsOfNode } from './node-pods.ts';

export const drain: BuiltInKind = {
  kinds: ['Node'],
  // A broken node stays broken: that it is cordoned, and was seen to be empty, is all that is asked for.
  proof: 'effect',
  takesNode: true,
  takesPods: true,
  sendsAway: drainedPods,
  timeout: ({ drainAction }) => drainAction?.timeout,
  wayBack: 'in part: the node is uncordoned; evicted pods run elsewhere by then',
  rbac: [NODE_RULE, LEASE_RULE, EVICTION_RULE],
  reach: () => [CORDONING, evictionOf('the pods of the node')],
  needs: (input) => ({ ...nodeNeeds, ...signalNeeds(input), ...podNeeds(input) }),
  more: ownerNeeds,
  plan: planDrain,
  tolerates: toleratesEviction,
  traces: evictionTraces,
  classify: (seen): Outcome => {
    const target = sameTarget(seen);
    if (target === undefined) return 'superseded';
    const evicted = evictionOutcome(seen);
    if (evicted !== undefined) return evicted;
    // This stage only evicted pods: the node has to be cordoned still, by any hand.
    if (seen.requests.every(({ method }) => method === 'POST')) return isCordoned(target) ? 'done' : 'not done';
    return cordonOutcome(seen);
  },
};

function planDrain(input: PlanInput): BuiltInPlan {
  const { target, stage, startedAt, now } = input;
  const what = describeObject(target);
  const block = drainActionSchema.parse(input.template.drainAction ?? {});
  const there = podsOfNode({ ...input, localData: block.deleteEmptyDirData ? 'goes' : 'stays' });
  if ('whyNot' in there) return refused('PodsUnknown', `which pods run on ${what} cannot be told: ${there.whyNot}`);
  const pods = there.value;
  if (pods.bare.length > 0 && !block.force)
    return refused(
      'BarePods',
      `${what} has pods without a controller, which nothing would bring back (${names(pods.bare)}); move them by hand, or set force`,
    );
  if (stage > 1 && !isCordoned(target))
    return refused('Superseded', `somebody has uncordoned ${what} in the middle of its drain`);
  if (stage === 1) {
    const few = tooFewNodes(input) ?? uncorroborated(input, block.signals);
    if (few !== undefined) return few;
  }
  if (!isCordoned(target)) return cordonRequest(input, 'plan again');
  // Nobody has asked it for anything yet.
  if (stage === 1 && now === startedAt && pods.leaving.length === 0)
    return refused('NothingToDo', `${what} is cordoned and has no pods to evict (${left(pods)})`);
  return planPods(input, pods, block);
}

/** The pods that it would evict; none where that cannot be told, of which the plan says why. */
function drainedPods(input: PlanInput): readonly Pod[] {
  const { deleteEmptyDirData } = drainActionSchema.parse(input.template.drainAction ?? {});
  const there = podsOfNode({ ...input, localData: deleteEmptyDirData ? 'goes' : 'stays' });
  return 'whyNot' in there ? [] : there.value.leaving;
}

function planPods(input: PlanInput, pods: NodePods, { timeout }: DrainAction): BuiltInPlan {
  const { target, startedAt, now } = input;
  const what = describeObject(target);
  const staying = pods.going.filter(
    (pod) => isReady(target) || (fromTimestamp(pod.metadata.deletionTimestamp) ?? now) > now,
  );
  const remaining = [...pods.leaving, ...staying];
  if (remaining.length === 0) return { kind: 'complete', summary: `${what} was drained${lost(pods)} (${left(pods)})` };
  const until = Math.min(startedAt + milliseconds(timeout), input.until);
  if (now >= until)
    return refused(
      'TimedOut',
      `${what} is not empty after ${timeout}: ${names(remaining)}; see their PodDisruptionBudgets`,
    );
  if (pods.leaving.length === 0)
    return { kind: 'wait', message: `${what}: evicted, and not gone yet: ${names(staying)}` };
  const summary = (count: number) => `evict ${count} of the ${pods.leaving.length} pods that are still on ${what}`;
  return evictionStage({ ...input, until }, { pods: pods.leaving, summary });
}

/**
 * On a node that is not ready the kubelet does not confirm that a pod has ended: past its grace period it counts as
 * evicted.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#condition
 */
const lost = ({ going }: NodePods): string =>
  going.length === 0 ? '' : `; it is not ready, so that nobody knows whether these have ended: ${names(going)}`;

/** A sentence of each fits into a message of 1,024 characters. */
const MAX_SHOWN = 4;

/** The pods that stay, for people. */
function left({ ofDaemonSets, kept }: NodePods): string {
  const shown = kept.slice(0, MAX_SHOWN).map(({ pod, why }) => `${names([pod])} (${why})`);
  const more = kept.length > shown.length ? [`${kept.length - shown.length} more`] : [];
  return [`left on it: ${ofDaemonSets} of DaemonSets or static`, ...shown, ...more].join('; ');
}
