/**
 * The revisions of a workload, as `kubectl rollout undo` finds them: the ReplicaSets of a Deployment, the
 * ControllerRevisions of a StatefulSet or DaemonSet.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-back-a-deployment
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Pod, Workload } from '../../shapes/workloads.ts';
import { canonicalJson } from '../../std/json.ts';
import { given } from '../../std/given.ts';
import { podHealth } from '../health.ts';
import { type Result, whyNot } from '../../std/result.ts';
import type { Answer, Answers, Need, Needs } from './action-kind.ts';
import { controls } from '../relations.ts';
import { selectedBy } from './owned-pods.ts';

export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: object;
}

export interface Revision {
  /** Of the object that keeps it: stays the same when a rollback gives the revision a new number. */
  readonly name: string;
  readonly number: number;
  readonly template: PodTemplate;
  readonly readyPods: number;
  /** Somebody has said that no rollback may go back across it. */
  readonly barrier?: true;
}

const REVISION = 'deployment.kubernetes.io/revision';
/** Set by the Deployment controller on the template of each ReplicaSet; not part of the Deployment's own. */
const TEMPLATE_HASH = 'pod-template-hash';
const REVISION_HASH = 'controller-revision-hash';

export function revisionNeeds(target: KubeObject): Needs {
  const list = (apiVersion: string, kind: string): Need => ({ list: { apiVersion, kind }, ...selectedBy(target) });
  if (target.kind === 'Deployment') return { revisions: list('apps/v1', 'ReplicaSet') };
  return { revisions: list('apps/v1', 'ControllerRevision'), pods: list('v1', 'Pod') };
}

const ownedBy = (target: KubeObject, answer: Answer | undefined): readonly KubeObject[] =>
  answer?.found === 'yes' ? answer.objects.filter((object) => controls(target, object)) : [];

/** Newest first. */
export function revisionsOf(target: KubeObject, answers: Answers): Result<readonly Revision[]> {
  for (const name of ['revisions', 'pods']) {
    const answer = answers[name];
    if (answer?.found === 'no') return whyNot(answer.message);
  }
  const kept = ownedBy(target, answers['revisions']);
  const pods = ownedBy(target, answers['pods']);
  const revisions =
    target.kind === 'Deployment' ? kept.map(ofReplicaSet) : kept.map((one) => ofControllerRevision(one, pods));
  return { value: revisions.toSorted((a, b) => b.number - a.number) };
}

/** Pods of a workload that are there, with the revision that they were made of. */
export const podsOfRevisions = (target: KubeObject, answers: Answers) =>
  ownedBy(target, answers['pods']).map((pod: Pod) => ({ pod, revision: pod.metadata.labels?.[REVISION_HASH] ?? '' }));

function ofReplicaSet(set: KubeObject): Revision {
  const { template = {} } = set['spec'] as { readonly template?: PodTemplate };
  const { [TEMPLATE_HASH]: _hash, ...labels } = template.metadata?.labels ?? {};
  return {
    name: set.metadata.name,
    number: Number(set.metadata.annotations?.[REVISION] ?? 0),
    template: { ...template, metadata: { ...template.metadata, labels } },
    readyPods: (set as Workload).status?.readyReplicas ?? 0,
    ...given({ barrier: isBarrier(set, template) }),
  };
}

function ofControllerRevision(kept: KubeObject, pods: readonly KubeObject[]): Revision {
  const { spec } = (kept['data'] ?? {}) as {
    readonly spec?: { readonly template?: PodTemplate & { readonly $patch?: string } };
  };
  const { $patch: _directive, ...template } = spec?.template ?? {};
  // Pods of a StatefulSet carry the name of the revision, those of a DaemonSet its hash.
  const names = new Set([kept.metadata.name, kept.metadata.labels?.[REVISION_HASH] ?? kept.metadata.name]);
  const own = pods.filter(({ metadata }) => names.has(metadata.labels?.[REVISION_HASH] ?? ''));
  return {
    name: kept.metadata.name,
    number: Number(kept['revision'] ?? 0),
    template,
    readyPods: own.filter((pod) => podHealth(pod).state === 'healthy').length,
    ...given({ barrier: isBarrier(kept, template) }),
  };
}

/** On the template, or on the object that keeps it: the Deployment controller copies annotations of its own there. */
function isBarrier({ metadata }: KubeObject, template: PodTemplate): true | undefined {
  const marks = [metadata.annotations, template.metadata?.annotations].map((map) => map?.[ANNOTATIONS.rollbackBarrier]);
  return marks.some((mark) => mark !== undefined && mark !== 'false') ? true : undefined;
}

/**
 * The newest release that a rollback from one revision to an older one would undo, and that must not be undone: what it
 * has changed would meet a release that does not know it.
 */
export const barrierBetween = (
  revisions: readonly Revision[],
  { from, to }: { readonly from: number; readonly to: number },
): Revision | undefined => revisions.find(({ number, barrier }) => barrier === true && number > to && number <= from);

/**
 * Whether the release is known never to have been healthy: an older one still serves, whose pods would have gone once
 * this one was. Of a release without a trace nothing is known.
 */
export const neverTookOver = (revisions: readonly Revision[], { number, readyPods }: Revision): boolean =>
  readyPods === 0 && revisions.some((older) => older.number < number && older.readyPods > 0);

/** A restart makes a revision of its own, which is the same release all over again. */
export function sameRelease(a: PodTemplate, b: PodTemplate): boolean {
  return canonicalJson(released(a)) === canonicalJson(released(b));
}

function released({ metadata = {}, spec }: PodTemplate): unknown {
  const { [ANNOTATIONS.restartedAt]: _at, [ANNOTATIONS.attempt]: _by, ...annotations } = metadata.annotations ?? {};
  return { annotations, labels: metadata.labels ?? {}, spec };
}
