/**
 * What an action type must know. It never executes: from live data it plans the requests of the next stage, and says
 * whether an attempt whose answer was lost was carried out. Everything here is a function of its input; the shell
 * reads, sends and records.
 *
 * Most types have one stage. One that must wait in between (scale to zero, then back; evict a few pods, then the next)
 * plans stage after stage, each from what is there by then, so that a crash between two of them loses nothing.
 */
import type { Pod } from '../../shapes/workloads.ts';
import type { Inverse, PlannedRequest, ResourceChange } from '../../api/action-status.ts';
import type { ActionTemplate } from '../../api/action-template.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { PolicyRule } from '../../api/rbac.ts';
import type { KubeObject, ObjectMeta } from '../../shapes/kube.ts';
import type { Instant } from '../../std/clock.ts';
import { matchesGlob } from '../../std/glob.ts';
import { type Result, whyNot } from '../../std/result.ts';
import type { Reach } from '../authority/reach.ts';
import type { OperatorLimits } from '../gates/proposal.ts';
import type { ForeignReason, PlanReason } from '../reasons/index.ts';

/** Something that has to be read live before a plan can be made. */
export type Need =
  | {
      readonly list: { readonly apiVersion: string; readonly kind: string };
      readonly namespace?: string;
      readonly labelSelector?: string;
      readonly fieldSelector?: string;
    }
  | {
      readonly get: {
        readonly apiVersion: string;
        readonly kind: string;
        readonly namespace?: string;
        readonly name: string;
      };
    }
  /** A subresource of the target. */
  | { readonly subresource: string }
  /** Sent with `dryRun=All`: what the server would make of it. */
  | { readonly probe: PlannedRequest };

/** By the name under which the answer is found. */
export type Needs = Readonly<Record<string, Need>>;

export type Answer =
  | { readonly found: 'yes'; readonly objects: readonly KubeObject[] }
  /** `NotFound`, `UnknownKind` (the server has no such type), or the code of the refusal. */
  | { readonly found: 'no'; readonly reason: string; readonly message: string };

export type Answers = Readonly<Record<string, Answer>>;

/** All objects of an answer. */
export function objectsIn(answer: Answer | undefined): Result<readonly KubeObject[]> {
  if (answer === undefined) return whyNot('nobody asked');
  return answer.found === 'yes' ? { value: answer.objects } : whyNot(answer.message);
}

/** The same of a kind that not every cluster has: where it is not served, there are none. */
export const servedIn = (answer: Answer | undefined): Result<readonly KubeObject[]> =>
  answer?.found === 'no' && answer.reason === 'UnknownKind' ? { value: [] } : objectsIn(answer);

/** The object of an answer that has one, or none. */
export const objectIn = (answer: Answer | undefined): KubeObject | undefined =>
  answer?.found === 'yes' ? answer.objects[0] : undefined;

/** The operator's configuration, as far as plans depend on it. */
export interface ActionSettings {
  /** JSON pointers (`*` for one segment, `**` at the end for all below) that `patch` may change beside its own list. */
  readonly patchFields: readonly string[];
  /** `apps/v1/StatefulSet`: kinds that `delete` may delete although it refuses them by default. */
  readonly deletableKinds: readonly string[];
  readonly endpoints: readonly string[];
  readonly channels: readonly string[];
  /** By endpoint and channel: patterns of the namespaces that may use it. Those without an entry: all. */
  readonly grants: Readonly<Record<string, readonly string[]>>;
  /** Endpoints and channels that the namespace in question may not use. */
  readonly withheld: readonly string[];
}

export const mayUse = ({ grants }: Pick<ActionSettings, 'grants'>, name: string, namespace: string): boolean =>
  grants[name]?.some((glob) => matchesGlob(glob, namespace)) ?? true;

/** For an action of a policy of this namespace, or one that a person made there. */
export function grantedTo(namespace: string, settings: ActionSettings): ActionSettings {
  const { endpoints, channels } = settings;
  const may = (name: string): boolean => mayUse(settings, name, namespace);
  return {
    ...settings,
    endpoints: endpoints.filter(may),
    channels: channels.filter(may),
    withheld: [...endpoints, ...channels].filter((name) => !may(name)),
  };
}

export const DEFAULT_ACTION_SETTINGS: ActionSettings = {
  patchFields: [],
  deletableKinds: [],
  endpoints: [],
  channels: [],
  grants: {},
  withheld: [],
};

/** Who asks, and why: for names, Jobs and messages. */
export interface Origin {
  /** The HealingAction. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly policy?: { readonly namespace: string; readonly name: string };
  readonly trigger?: string;
  /** What was seen, in a sentence. */
  readonly evidence: string;
  /** What each trigger saw that fires. */
  readonly seen: readonly { readonly source: string; readonly message: string }[];
}

export interface NeedInput {
  readonly template: ActionTemplate;
  /** Read live, just now. */
  readonly target: KubeObject;
  /** Path of the target in the API, without a query. */
  readonly path: string;
  /** What the server serves below that path: `scale`, `resize`, … */
  readonly subresources: readonly string[];
  /** `<HealingAction UID>/<attempt>`: marks what this attempt did. */
  readonly marker: string;
  readonly origin: Origin;
  readonly settings: ActionSettings;
  /** Namespaces in which nothing is touched: the operator's own, and those that are protected. */
  readonly limits: Pick<OperatorLimits, 'namespace' | 'protectedNamespaces' | 'deniedKinds'>;
}

export interface PlanInput extends NeedInput {
  /** Stage to be planned, from 1. */
  readonly stage: number;
  /** When the first attempt was claimed: pods created later were made because of this action. */
  readonly startedAt: Instant;
  readonly now: Instant;
  /** When the last stage was answered; absent before the first. */
  readonly stagedAt?: Instant;
  /** When the time of the action is over. */
  readonly until: Instant;
  /** The answers to `needs`, by its names. */
  readonly answers: Answers;
  /** Endpoints and channels that have taken a call of an earlier attempt: they are not called again. */
  readonly delivered: readonly string[];
  /** What earlier stages recorded to take themselves back, newest first. */
  readonly inverses: readonly Inverse[];
}

/**
 * What is to be done at this stage. An example: `scale` is to bring Deployment `shop/web` from 3 to 5 replicas. The
 * request names the UID and the version that were read, so that it changes that object as it was, or nothing; the count
 * is absolute, so that sending it twice changes nothing more; and `inverse` takes it back only while `guard` holds.
 *
 *     {
 *       "kind": "requests",
 *       "summary": "scale Deployment shop/web from 3 to 5 replicas",
 *       "requests": [
 *         {
 *           "method": "PATCH",
 *           "path": "/apis/apps/v1/namespaces/shop/deployments/web/scale",
 *           "contentType": "application/merge-patch+json",
 *           "body": "{\"metadata\":{\"uid\":\"web-uid\",\"resourceVersion\":\"9\"},\"spec\":{\"replicas\":5}}",
 *           "description": "scale Deployment shop/web from 3 to 5 replicas",
 *           "precondition": { "uid": "web-uid", "resourceVersion": "9" },
 *           "inverse": {
 *             "method": "PATCH",
 *             "path": "/apis/apps/v1/namespaces/shop/deployments/web/scale",
 *             "contentType": "application/merge-patch+json",
 *             "body": "{\"spec\":{\"replicas\":3}}",
 *             "description": "scale Deployment shop/web back from 5 to 3 replicas",
 *             "guard": { "/spec/replicas": "5" },
 *             "restores": { "/spec/replicas": "3" }
 *           }
 *         }
 *       ],
 *       "changes": [
 *         {
 *           "resourceRef": "Deployment/shop/web",
 *           "changeType": "scale",
 *           "field": "spec.replicas",
 *           "oldValue": "3",
 *           "newValue": "5"
 *         }
 *       ],
 *       "fields": [["spec", "replicas"]],
 *       "next": "verify"
 *     }
 *
 * `R`: a plugin refuses in words of its own, everything else by the catalogue.
 */
export type PlanResult<R extends string = OurReason, Q extends PlannedRequest = PlannedRequest> =
  | {
      readonly kind: 'requests';
      readonly requests: readonly Q[];
      readonly changes: readonly ResourceChange[];
      readonly summary: string;
      /** Whether another stage follows. */
      readonly next: 'verify' | 'plan again';
      /** Fields of the target that are written, as path segments: somebody else may own them. */
      readonly fields?: readonly (readonly string[])[];
    }
  /**
   * The last stage has been sent, and not everything it set off has happened yet. Asked again when something changes,
   * and every few seconds.
   */
  | { readonly kind: 'wait'; readonly message: string }
  /** Every stage is done. */
  | { readonly kind: 'complete'; readonly summary: string }
  | Refusal<R>;

/** It cannot be done to this target, or went wrong for good; trying again would not help. */
export type Refusal<R extends string = OurReason> = {
  readonly kind: 'refused';
  readonly reason: R;
  readonly message: string;
};

type OurReason = PlanReason | ForeignReason;

export const refused = (reason: OurReason, message: string): Refusal => ({ kind: 'refused', reason, message });

declare const made: unique symbol;
/**
 * A request that requests.ts made. A plan of ours takes no others, so that a literal, which may have forgotten what
 * holds it to the object that was read, does not compile.
 */
export type MadeRequest = PlannedRequest & { readonly [made]: true };

export type BuiltInPlan = PlanResult<OurReason, MadeRequest>;

/**
 * What became of an attempt whose answer was not seen, judged from a live read (I3). `unknown`: that cannot be told,
 * and nothing is repeated.
 */
export type Outcome = 'done' | 'not done' | 'superseded' | 'unknown';

export interface Seen {
  readonly target: KubeObject | undefined;
  /** Kind and UID of the target that was decided on. */
  readonly kind: string;
  readonly uid: string;
  readonly marker: string;
  readonly template: ActionTemplate;
  /** The requests of the attempt. */
  readonly requests: readonly PlannedRequest[];
  /** The answers to `traces`, by its names; absent where nothing beside the target was read. */
  readonly answers?: Answers;
}

/** What the reach of an action depends on. */
export interface ReachOf {
  readonly template: ActionTemplate;
  readonly targetKind: string;
  readonly settings: ActionSettings;
}

export interface ActionKind {
  /** The kinds it can be done to; `any`: every kind that a policy selects. */
  readonly kinds: readonly string[] | 'any';
  readonly rbac: readonly PolicyRule[];
  /**
   * How far its requests reach, the way back included. A request outside of it is not sent, whoever wrote it into the
   * status of the action (I37).
   */
  readonly reach: (of: ReachOf) => readonly Reach[];
  /**
   * What shows that it worked. `healed`: the target, or what replaced it, is well and no longer fires. `effect`: what
   * was asked for is there (a cordoned node still is not ready). `answer`: the answer to the request is all that can be
   * known (somebody was told).
   */
  readonly proof: 'healed' | 'effect' | 'answer';
  /** It takes pods away that run. */
  readonly takesPods?: true;
  /** It takes a node from the pods: one at a time, since each has to see how many nodes the one before has left. */
  readonly takesNode?: true;
  /** The pods of the node that it takes away: those in their place have to find room on other nodes. */
  readonly sendsAway?: (input: PlanInput) => readonly Pod[];
  /** A person hears of the target by it. */
  readonly tellsPeople?: true;
  /** It is for ending a rollout that goes nowhere: a rollout that may be such a one does not keep it waiting. */
  readonly endsRollouts?: true;
  /** The time that its block asks for, as a duration; the whole action gets as much where that is more than usual. */
  readonly timeout?: (template: ActionTemplate) => string | undefined;
  /**
   * Of a type that can take its target away: what has to be well then, by the kind of the target. `a new pod`: the
   * controller and the pod that it made in its place.
   */
  readonly successor?: (targetKind: string) => 'nothing' | 'its controller' | 'a new pod';
  /** What taking it back comes to, for people: `yes`, `no` or `in part`, and how or why. `make matrix` plays it. */
  readonly wayBack: string;
  readonly needs?: (input: NeedInput) => Needs;
  /** What has to be read besides, as the answers to `needs` tell; asked again until it names nothing new. */
  readonly more?: (input: NeedInput, answers: Answers) => Needs;
  readonly plan: (input: PlanInput) => PlanResult;
  /** What has to be read live, beside the target, to say what became of an attempt. */
  readonly traces?: (attempt: Pick<Seen, 'requests' | 'template'>) => Needs;
  readonly classify: (seen: Seen) => Outcome;
  /**
   * `each by itself`: a request that is refused keeps none of the others of the stage from being sent. Omitted: `in
   * order`.
   */
  readonly sends?: 'in order' | 'each by itself';
  /**
   * Codes of a refusal after which the other requests of a stage are still sent, where another stage follows that sees
   * what is left.
   */
  readonly tolerates?: (request: PlannedRequest) => readonly string[];
}

/** One of ours, as opposed to a plugin's. */
export type BuiltInKind = ActionKind & { readonly plan: (input: PlanInput) => BuiltInPlan };

/** The UID of the HealingAction in a marker, whatever the attempt. */
export const actionOf = (marker: string | undefined): string | undefined => marker?.split('/')[0];

/**
 * Whether an object, or a template, bears the mark of this action. Any attempt of it counts: a late request of an
 * earlier one must not be followed by another.
 */
export const isMarked = (metadata: Pick<ObjectMeta, 'annotations'> | undefined, marker: string): boolean =>
  actionOf(metadata?.annotations?.[ANNOTATIONS.attempt]) === actionOf(marker);

/** The target, as long as it is the one that was decided on. */
export const sameTarget = ({ target, uid }: Pick<Seen, 'target' | 'uid'>): KubeObject | undefined =>
  target?.metadata.uid === uid ? target : undefined;

/** Of what writes its marker on the target itself. */
export const markedOutcome = (seen: Pick<Seen, 'target' | 'uid' | 'marker'>): Outcome => {
  const target = sameTarget(seen);
  if (target === undefined) return 'superseded';
  return isMarked(target.metadata, seen.marker) ? 'done' : 'not done';
};

/** For types that delete or evict. A CronJob makes its next Job when the time has come, not in place of another. */
export const successorOf: NonNullable<ActionKind['successor']> = (targetKind) =>
  targetKind === 'Job' ? 'nothing' : targetKind === 'Pod' ? 'a new pod' : 'its controller';
