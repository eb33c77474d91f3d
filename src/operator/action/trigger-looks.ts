/** What the trigger of an action is asked about, gathered in two ways: from the caches, and with pods read live. */
import { targetOf } from '../../core/action/refs.ts';
import type { Answer, Answers } from '../../core/actions/action-kind.ts';
import { controllerOf } from '../../core/actions/eviction.ts';
import { ownedPodNeeds, ownedPods, selectedBy } from '../../core/actions/owned-pods.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { TriggerLook } from '../../core/action/trigger-now.ts';
import { rememberedState } from '../target/remembered-state.ts';
import { given } from '../../std/given.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod } from '../../shapes/workloads.ts';
import { observe } from '../observation.ts';
import { answersTo } from './answers.ts';
import type { LiveReads, Seeing } from '../roles.ts';
import { targetKey } from '../target/target-key.ts';

type Sight = Pick<Seeing, 'world' | 'scope' | 'metrics' | 'history' | 'book' | 'clock'>;

interface Looking {
  readonly action: HealingAction;
  readonly policy: HealingPolicy | undefined;
  /** The target; undefined when it is gone. */
  readonly object: KubeObject | undefined;
}

export function cachedLook(seeing: Sight, { action, policy, object }: Looking): TriggerLook | undefined {
  if (policy === undefined || object === undefined || action.spec.trigger === undefined) return undefined;
  const { uid } = targetOf(action);
  const key = `${policy.namespace}/${policy.name}`;
  const entry = seeing.book.get(key);
  const view = entry?.targets.get(targetKey(key, object));
  const state = view?.ref.uid === uid ? view.state : rememberedState(seeing, entry, uid);
  const observation = observe(seeing, { policy, object, effectAt: seeing.history.lastEffectOn(uid) });
  return { observation, before: state.triggers };
}

/**
 * The target was read just now; the pods of a workload are read too where a trigger asks about them. Events and metrics
 * are those of the caches: their numbers only grow old, and a trigger of theirs says itself when they are too old.
 */
export async function liveLook(seeing: Sight, live: LiveReads, looking: Looking): Promise<TriggerLook | undefined> {
  const { policy, object } = looking;
  const look = cachedLook(seeing, looking);
  if (look === undefined || object === undefined || policy === undefined) return look;
  if (!policy.triggers.some(({ type }) => type === 'condition')) return look;
  const pods = await livePods(seeing, live, object);
  if (pods === undefined) return look;
  const own = pods.map((pod) => seeing.world.inOwnTime(pod));
  return { ...look, observation: { ...look.observation, pods: own } };
}

/**
 * Between pods and their Deployment stand its ReplicaSets, which keep their owner for as long as they live. Where the
 * cache has all that these pods name by UID, they are not read. Undefined: it lacks one.
 */
function ownersInCache(world: Sight['world'], pods: Answer | undefined): Answers | undefined {
  if (pods?.found !== 'yes') return undefined;
  const uids = new Set(pods.objects.flatMap((pod) => controllerOf(pod)?.uid ?? []));
  const objects = [...uids].map((uid) => world.byUid(uid));
  return objects.every((one) => one !== undefined) ? { replicaSets: { found: 'yes', objects } } : undefined;
}

/** Undefined for what selects no pods, or whose pods cannot be read: the caches know of them as much as there is. */
async function livePods(
  { world }: Pick<Sight, 'world'>,
  live: LiveReads,
  object: KubeObject,
): Promise<readonly Pod[] | undefined> {
  if (selectedBy(object).labelSelector === undefined) return undefined;
  const { pods: listed, ...owners } = ownedPodNeeds(object);
  const answers = await answersTo(live, given({ pods: listed }));
  const known = ownersInCache(world, answers['pods']);
  const pods = ownedPods(object, { ...answers, ...(known ?? (await answersTo(live, owners))) });
  // A pod that is going says nothing of its workload any more.
  return 'whyNot' in pods ? undefined : pods.value.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}
