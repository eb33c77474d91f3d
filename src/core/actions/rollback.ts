/**
 * `rollback`: the pod template of an earlier revision again, as `kubectl rollout undo`. The revision that is left is
 * marked on the workload as failed, so that no later rollback returns to it. An ordered StatefulSet waits for its
 * broken pods for ever, whatever its template says
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback): a second stage evicts them.
 */
import { MAX_BODY, MAX_REQUESTS } from '../../api/action-status.ts';
import { rollbackActionSchema } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Workload } from '../../shapes/workloads.ts';
import { podHealth } from '../health.ts';
import { describeTarget, targetRef } from '../observation.ts';
import type { PlanReason } from '../reasons/index.ts';
import { type ActionKind, actionOf, type Outcome, type PlanInput, type PlanResult, refused } from './action-kind.ts';
import { EVICTION_RULE, evictionOf } from './eviction.ts';
import { changesOf, differencesOf, forwards, heldTo, inverseOf } from './field-changes.ts';
import {
  podsOfRevisions,
  type PodTemplate,
  type Revision,
  revisionNeeds,
  revisionsOf,
  sameRelease,
} from './revisions.ts';

/** More than the ten revisions that a workload keeps by default need no mark: they are gone. */
const MAX_MARKS = 10;
const GRACE_SECONDS = 30;

export const rollback: ActionKind = {
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet'],
  proof: 'healed',
  wayBack: 'yes: the release that was left, and its mark as failed is taken away',
  rbac: [
    EVICTION_RULE,
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['patch'] },
  ],
  needs: ({ target }) => revisionNeeds(target),
  plan: (input) => (input.stage === 1 ? planTemplate(input) : planStuckPods(input)),
  classify: ({ target, uid, marker }): Outcome => {
    if (target === undefined || target.metadata.uid !== uid) return 'superseded';
    return actionOf(target.metadata.annotations?.[ANNOTATIONS.attempt]) === actionOf(marker) ? 'done' : 'not done';
  },
};

interface WorkloadSpec {
  readonly template?: PodTemplate;
  readonly paused?: boolean;
  readonly podManagementPolicy?: string;
  readonly updateStrategy?: { readonly type?: string };
}
const specOf = (target: KubeObject): WorkloadSpec => target['spec'] ?? {};

function planTemplate(input: PlanInput): PlanResult {
  const { target, answers, template } = input;
  const what = describeTarget(targetRef(target));
  const spec = specOf(target);
  if (spec.paused === true)
    return refused(
      'Paused',
      `${what} is paused: a rollback would not roll out. Resume it with kubectl rollout resume.`,
    );
  if (spec.updateStrategy?.type === 'OnDelete')
    return refused(
      'OnDelete',
      `${what} has updateStrategy OnDelete: a template rolls out only when pods are deleted. Roll it back by hand.`,
    );
  const revisions = revisionsOf(target, answers);
  if (typeof revisions === 'string')
    return refused('RevisionsUnknown', `the revisions of ${what} cannot be read: ${revisions}`);
  const present = spec.template ?? {};
  const { toRevision } = rollbackActionSchema.parse(template.rollbackAction ?? {});
  const chosen = toRevision === undefined ? previousHealthy(target, revisions) : byNumber(what, revisions, toRevision);
  if ('kind' in chosen) return chosen;
  if (sameRelease(chosen.template, present))
    return refused('NothingToDo', `${what} has the template of revision ${chosen.number} already`);
  return templateRequest(input, { chosen, left: revisions.filter((one) => sameRelease(one.template, present)) });
}

type Refusal = Extract<PlanResult, { readonly kind: 'refused' }>;
const refusal = (reason: PlanReason, message: string): Refusal => ({ kind: 'refused', reason, message });

function byNumber(what: string, revisions: readonly Revision[], number: number): Revision | Refusal {
  const found = revisions.find((one) => one.number === number);
  if (found !== undefined) return found;
  const there = revisions.map((one) => one.number).toReversed();
  return refusal(
    'RevisionUnknown',
    `${what} has no revision ${number}; it keeps ${there.length === 0 ? 'none' : there.join(', ')}`,
  );
}

/** The newest older release that still has ready pods; else the newest that was not left as failed. */
function previousHealthy(target: KubeObject, revisions: readonly Revision[]): Revision | Refusal {
  const what = describeTarget(targetRef(target));
  const present = specOf(target).template ?? {};
  const newest = revisions.find((one) => sameRelease(one.template, present))?.number ?? Number.POSITIVE_INFINITY;
  const older = revisions.filter((one) => one.number < newest && !sameRelease(one.template, present));
  const marked = marksOf(target);
  const candidates = older.filter(({ name }) => !marked.includes(name));
  const chosen = candidates.find(({ readyPods }) => readyPods > 0) ?? candidates[0];
  if (chosen !== undefined) return chosen;
  if (older.length > 0)
    return refusal(
      'NoRevision',
      `${what}: every older revision (${older.map(({ number }) => number).join(', ')}) has failed before; roll out a release that works`,
    );
  return refusal('NoRevision', `${what} keeps no older revision to go back to; roll out a release that works`);
}

const marksOf = ({ metadata }: KubeObject): readonly string[] =>
  (metadata.annotations?.[ANNOTATIONS.failedRevisions] ?? '').split(',').filter((name) => name !== '');

function templateRequest(
  input: PlanInput,
  { chosen, left }: { readonly chosen: Revision; readonly left: readonly Revision[] },
): PlanResult {
  const { target, path, marker } = input;
  const what = describeTarget(targetRef(target));
  const { uid = '', resourceVersion = '', annotations = {} } = target.metadata;
  const names = left.map(({ name }) => name);
  const marks = [...names, ...marksOf(target).filter((name) => !names.includes(name) && name !== chosen.name)].slice(
    0,
    MAX_MARKS,
  );
  const after: KubeObject = {
    ...target,
    metadata: {
      ...target.metadata,
      annotations: { ...annotations, [ANNOTATIONS.attempt]: marker, [ANNOTATIONS.failedRevisions]: marks.join(',') },
    },
    spec: { ...specOf(target), template: chosen.template },
  };
  const all = differencesOf(target, after);
  const undone = all.filter(({ path: field }) => field.at(-1) !== ANNOTATIONS.attempt);
  const description = `roll ${what} back${from(left)} to revision ${chosen.number} (${chosen.name})`;
  const back = `roll ${what} forward again from revision ${chosen.number}${from(left).replace('from', 'to')}`;
  // Field by field, so that others stay out of it; the whole template where the fields are too many to be kept apart.
  const where = { path, description: back };
  const template = { path: ['spec', 'template'], before: specOf(target).template, after: chosen.template };
  const single = inverseOf(after, undone, where);
  const inverse =
    typeof single === 'string'
      ? inverseOf(after, [...undone.filter(({ path: [first] }) => first !== 'spec'), template], where)
      : single;
  const body = JSON.stringify([...heldTo(target), ...forwards(target, all)]);
  if (typeof inverse === 'string')
    return refused('TooLarge', `${what} cannot be rolled back by an action: ${inverse}; use kubectl rollout undo`);
  if (body.length > MAX_BODY)
    return refused(
      'TooLarge',
      `the template of revision ${chosen.number} of ${what} has ${body.length} characters; at most ${MAX_BODY} can be kept in the action's status; use kubectl rollout undo`,
    );
  const templates = all.filter(({ path: [first] }) => first === 'spec');
  const ordered = target.kind === 'StatefulSet' && specOf(target).podManagementPolicy !== 'Parallel';
  return {
    kind: 'requests',
    summary: description,
    requests: [
      {
        method: 'PATCH',
        path,
        contentType: 'application/json-patch+json',
        body,
        description,
        precondition: { uid, resourceVersion },
        inverse,
      },
    ],
    changes: changesOf(target, templates),
    fields: templates.map((one) => one.path),
    next: ordered ? 'plan again' : 'verify',
  };
}

const from = ([newest]: readonly Revision[]): string => (newest === undefined ? '' : ` from revision ${newest.number}`);

/** Pods of other revisions that are not ready keep an ordered StatefulSet from going on. */
function planStuckPods({ target, answers }: PlanInput): PlanResult {
  const what = describeTarget(targetRef(target));
  const { status, metadata }: Workload = target;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return { kind: 'wait', message: `${what}: its controller has not seen the earlier template yet` };
  const stuck = podsOfRevisions(target, answers)
    .filter(({ pod, revision }) => revision !== status?.updateRevision && podHealth(pod).state !== 'healthy')
    .filter(({ pod }) => pod.metadata.deletionTimestamp === undefined)
    .slice(0, MAX_REQUESTS);
  if (stuck.length === 0) return { kind: 'complete', summary: `${what} was rolled back` };
  const evictions = stuck.map(({ pod }) => evictionOf(pod, GRACE_SECONDS));
  return {
    kind: 'requests',
    summary: `evict ${stuck.length} pods of the failed revision, which ${what} would wait for`,
    requests: evictions.map(({ request }) => request),
    changes: evictions.map(({ change }) => change),
    next: 'plan again',
  };
}
