/** Evicting pods: the only way in which a controlled pod is disrupted, so that PodDisruptionBudgets hold (I17). */
import { MAX_REQUESTS, MAX_STAGES, type PlannedRequest } from '../../api/action-status.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { formatDuration } from '../../std/duration.ts';
import { given } from '../../std/given.ts';
import { describeObject } from '../observation.ts';
import {
  type ActionKind,
  type Answers,
  type BuiltInPlan,
  type MadeRequest,
  type Outcome,
  type PlanInput,
  type Refusal,
  refused,
  sameTarget,
  type Seen,
} from './action-kind.ts';
import { eviction, oneRequest, removalOf } from './requests.ts';

/** https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
export const EVICTION_RULE = { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] } as const;

export const controllerOf = ({ metadata }: KubeObject) =>
  metadata.ownerReferences?.find(({ controller }) => controller);

/** Why the pod must not be evicted, or undefined when it may be. */
function evictionRefusal(pod: KubeObject): Refusal | undefined {
  const what = describeObject(pod);
  const owner = controllerOf(pod);
  if (owner === undefined)
    return refused(
      'BarePod',
      `${what} has no controller: nothing would bring it back. Manage it with a Deployment, or delete it by hand.`,
    );
  if (owner.kind === 'Node') return refused('MirrorPod', `${what} is a static pod of its node and cannot be evicted`);
  return undefined;
}

/** By its UID and version, so that a pod which took over the name, or has changed, is left alone (I8, I24). */
function evictionOf(
  pod: KubeObject,
  /** Absent: what the pod itself asks for. */
  gracePeriodSeconds?: number,
): MadeRequest {
  const owner = controllerOf(pod);
  const replaced = owner === undefined ? '' : `; ${owner.kind} ${owner.name} replaces it`;
  const { name, namespace = '' } = pod.metadata;
  const description = `evict Pod ${namespace}/${name}${replaced}`;
  return eviction(pod, { description, ...given({ gracePeriodSeconds }) });
}

/** A pod that is the target itself. */
export const planEviction = (pod: KubeObject, gracePeriodSeconds: number): BuiltInPlan =>
  evictionRefusal(pod) ?? oneRequest(evictionOf(pod, gracePeriodSeconds), { changes: [removalOf(pod)] });

/** `done`: the target has gone, is about to go, or another pod has its name. */
export const goneOutcome = (seen: Pick<Seen, 'target' | 'uid'>): Outcome => {
  const target = sameTarget(seen);
  return target === undefined || target.metadata.deletionTimestamp !== undefined ? 'done' : 'not done';
};

interface Eviction {
  readonly summary: (count: number) => string;
  /** Absent: what each pod itself asks for. */
  readonly gracePeriodSeconds?: number;
}

/** Pods that go at once, as many as a stage has room for; another stage follows. */
export function planEvictions(pods: readonly KubeObject[], how: Eviction): BuiltInPlan {
  const going = pods.slice(0, MAX_REQUESTS);
  return {
    kind: 'requests',
    summary: how.summary(going.length),
    requests: going.map((pod) => evictionOf(pod, how.gracePeriodSeconds)),
    changes: going.map(removalOf),
    next: 'plan again',
  };
}

const isEviction = ({ path }: PlannedRequest): boolean => path.endsWith('/eviction');

/**
 * For types that evict stage after stage: a budget that is used up, and a pod that went, was replaced or was protected
 * meanwhile, do not stop the others.
 */
export const toleratesEviction: NonNullable<ActionKind['tolerates']> = (request) =>
  isEviction(request) ? ['TooManyRequests', 'NotFound', 'Conflict', 'Protected'] : [];

/** `kubectl drain` asks again as often. */
const RETRY_MS = 5000;

/**
 * Some of the pods are evicted; what became of them, and the rest, is for the next stage. What a budget refused is
 * asked for again, not at once.
 */
export function evictionStage(
  { stage, startedAt, stagedAt, now, until }: PlanInput,
  what: Eviction & { readonly pods: readonly KubeObject[] },
): BuiltInPlan {
  if (stage > MAX_STAGES)
    return refused('TooManyStages', `it is not done after ${MAX_STAGES} stages: ${names(what.pods)}`);
  // Twice the time would do: no action runs out of stages before it runs out of time.
  const retryMs = Math.max(RETRY_MS, (2 * (until - startedAt)) / MAX_STAGES);
  if (stagedAt !== undefined && now - stagedAt < retryMs)
    return { kind: 'wait', message: `in ${formatDuration(retryMs)} steps: next to be evicted: ${names(what.pods)}` };
  return planEvictions(what.pods, what);
}

/** In a sentence, where the number tells more than all the names. */
export const names = (objects: readonly KubeObject[]): string => {
  const listed = objects.slice(0, 5).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  return [...listed, ...(objects.length > listed.length ? [`${objects.length - listed.length} more`] : [])].join(', ');
};

/** The pods of a stage whose answer was not seen. */
export const evictionTraces: NonNullable<ActionKind['traces']> = ({ requests }) =>
  Object.fromEntries(
    requests.filter(isEviction).map((request) => {
      const { metadata } = JSON.parse(request.body ?? '{}') as KubeObject;
      return [
        request.path,
        { get: { apiVersion: 'v1', kind: 'Pod', name: metadata.name, namespace: metadata.namespace ?? '' } },
      ];
    }),
  );

/**
 * `done` when some of the stage was carried out: the next one sees what is left. Undefined when no pod was asked for.
 */
export function evictionOutcome({ requests, answers = {} }: Pick<Seen, 'requests' | 'answers'>): Outcome | undefined {
  const outcomes = requests
    .filter((request) => answers[request.path] !== undefined)
    .map((request) => podOutcome(request, answers));
  if (outcomes.length === 0) return undefined;
  return ['done' as const, 'unknown' as const].find((one) => outcomes.includes(one)) ?? 'not done';
}

function podOutcome({ path, precondition }: PlannedRequest, answers: Answers): Outcome {
  const answer = answers[path];
  if (answer?.found !== 'yes') return answer?.reason === 'NotFound' ? 'done' : 'unknown';
  const [pod] = answer.objects;
  return pod?.metadata.uid === precondition?.uid && pod?.metadata.deletionTimestamp === undefined ? 'not done' : 'done';
}
