/** Holds a plan that takes pods away against the pods that would come next. */
import type { ActionType } from '../../api/action-template.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import { type PlanResult, refused } from '../../core/actions/action-kind.ts';
import { ownedPodNeeds, ownedPods } from '../../core/actions/owned-pods.ts';
import type { PodObject, WorkloadObject } from '../../core/analysis/objects.ts';
import { endingOf } from '../../core/ended.ts';
import { describeObject } from '../../core/observation.ts';
import { controllerOf } from '../../core/actions/eviction.ts';
import { requestsOf, roomForAll } from '../../core/replacement/room.ts';
import { makerFor } from '../../core/replacement/next-pod.ts';
import { replacementOf } from '../../core/replacement/replacement.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { mapped, type Result } from '../../std/result.ts';
import type { LiveReads } from '../roles.ts';
import type { SharedSight } from './shared-sight.ts';
import { answersTo } from './answers.ts';
import { readNamed } from './live-objects.ts';
import { lookAhead, lookForRoom } from './successor-look.ts';

interface Reads extends LiveReads {
  readonly shared: SharedSight;
}

/** A plan whose pods would not come back is refused; one of which that cannot be told wholly says so. */
export async function replaceable(
  live: Reads,
  { type, target, result }: { readonly type: ActionType; readonly target: KubeObject; readonly result: PlanResult },
): Promise<PlanResult> {
  if (result.kind !== 'requests') return result;
  const maker = await readMaker(live, type, target);
  if (maker === undefined) return result;
  const going = await goingPods(live, target);
  // Without the pods that go, neither the room nor the quota that they leave is known.
  if ('whyNot' in going) return { ...result, summary: notInFull(result.summary, [`its pods (${going.whyNot})`]) };
  const sight = await lookAhead(live.shared, { maker, going: going.value });
  if (sight === undefined) return result;
  const { impossible, unchecked } = replacementOf(sight);
  const [first] = impossible;
  if (first !== undefined)
    return refused(
      'ReplacementImpossible',
      `the next pod of ${describeObject(maker)} would not start: ${impossible.join('; ')}`.slice(0, MAX_MESSAGE),
    );
  return unchecked.length === 0 ? result : { ...result, summary: notInFull(result.summary, unchecked) };
}

/** More workloads on one node are looked at in part: of those that are left out the scheduler will tell. */
const MAX_MAKERS = 10;

/** A drain whose pods would not start elsewhere, each by itself and all together, is refused. */
export async function drainable(
  live: Reads,
  {
    node,
    pods,
    result,
  }: { readonly node: KubeObject; readonly pods: readonly PodObject[]; readonly result: PlanResult },
): Promise<PlanResult> {
  if (result.kind !== 'requests' || pods.length === 0) return result;
  const { name } = node.metadata;
  const groups = byMaker(pods);
  const unchecked = groups.length > MAX_MAKERS ? [`pods of ${groups.length - MAX_MAKERS} more workloads`] : [];
  for (const going of groups.slice(0, MAX_MAKERS)) {
    const [first] = going;
    const maker = first && (await readMaker(live, 'drain', first));
    const sight = maker && (await lookAhead(live.shared, { maker, going, withoutNode: name }));
    if (maker === undefined || sight === undefined) continue;
    const found = replacementOf(sight);
    unchecked.push(...found.unchecked);
    if (found.impossible.length > 0)
      return notElsewhere(
        node,
        `the next pod of ${describeObject(maker)} would not start: ${found.impossible.join('; ')}`,
      );
  }
  const [largest] = pods.toSorted((a, b) => requestsOf(b).size - requestsOf(a).size);
  const room = largest && (await lookForRoom(live.shared, largest, name));
  const all = room === undefined || 'whyNot' in room ? undefined : roomForAll(pods, room.value);
  if (all?.room === 'no') return notElsewhere(node, all.why);
  const missing = [...new Set(unchecked)];
  return missing.length === 0 ? result : { ...result, summary: notInFull(result.summary, missing) };
}

const notElsewhere = (node: KubeObject, why: string): PlanResult =>
  refused('ReplacementImpossible', `${describeObject(node)} was not drained: ${why}`.slice(0, MAX_MESSAGE));

function byMaker(pods: readonly PodObject[]): readonly (readonly PodObject[])[] {
  const groups = new Map<string, PodObject[]>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) continue;
    const known = groups.get(owner.uid);
    if (known === undefined) groups.set(owner.uid, [pod]);
    else known.push(pod);
  }
  return [...groups.values()];
}

const notInFull = (summary: string, unchecked: readonly string[]): string =>
  `${summary}; whether the next pod would start was not looked at in full: ${unchecked.join(', ')}`.slice(
    0,
    MAX_MESSAGE,
  );

async function readMaker(live: LiveReads, type: ActionType, target: KubeObject): Promise<WorkloadObject | undefined> {
  const maker = makerFor(type, target);
  if (maker === undefined || maker === 'the target') return maker === undefined ? undefined : target;
  const { namespace } = target.metadata;
  const found = await readNamed(live, { ...maker, ...given({ namespace }) });
  return found?.metadata.uid === maker.uid ? found : undefined;
}

/** Pods that run, and go with the action. */
async function goingPods(live: LiveReads, target: KubeObject): Promise<Result<readonly PodObject[]>> {
  if (target.kind === 'Pod') return { value: [target] };
  const owned = ownedPods(target, await answersTo(live, ownedPodNeeds(target)));
  return mapped(owned, (pods) => pods.filter((pod) => endingOf(pod) === undefined));
}
