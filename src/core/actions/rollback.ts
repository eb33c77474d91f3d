/**
 * `rollback`: the pod template of an earlier revision again, as `kubectl rollout undo`. The revision that is left is
 * marked on the workload as failed, so that no later rollback returns to it. An ordered StatefulSet waits for its
 * broken pods for ever, whatever its template says
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback): a second stage evicts them.
 */
import { given } from '../../std/given.ts';
import { type Inverse, MAX_BODY } from '../../api/action-status.ts';
import { rollbackActionSchema } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Workload } from '../../shapes/workloads.ts';
import { podHealth } from '../health.ts';
import { pointerOf } from '../../std/json.ts';
import type { Result } from '../../std/result.ts';
import { evictionOf, patchOfTarget } from '../authority/reach.ts';
import { describeObject } from '../observation.ts';
import {
  type BuiltInKind,
  type BuiltInPlan,
  markedOutcome,
  type PlanInput,
  type Refusal,
  refused,
} from './action-kind.ts';
import { EVICTION_RULE, planEvictions } from './eviction.ts';
import { changesOf, type Difference, differencesOf, forwards, inverseOf } from './field-changes.ts';
import { jsonPatch, oneRequest } from './requests.ts';
import { touchesSecret } from './secret-fields.ts';
import {
  barrierBetween,
  neverTookOver,
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

const TEMPLATE = pointerOf(['spec', 'template', '**']);
const FAILED_MARK = pointerOf(['metadata', 'annotations', ANNOTATIONS.failedRevisions]);

export const rollback: BuiltInKind = {
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet'],
  proof: 'healed',
  endsRollouts: true,
  wayBack: 'yes: the release that was left, and its mark as failed is taken away',
  rbac: [
    EVICTION_RULE,
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['patch'] },
  ],
  reach: () => [patchOfTarget([TEMPLATE, FAILED_MARK]), evictionOf('its pods')],
  needs: ({ target }) => revisionNeeds(target),
  plan: (input) => (input.stage === 1 ? planTemplate(input) : planStuckPods(input)),
  classify: markedOutcome,
};

interface WorkloadSpec {
  readonly template?: PodTemplate;
  readonly paused?: boolean;
  readonly podManagementPolicy?: string;
  readonly updateStrategy?: { readonly type?: string };
}
const specOf = (target: KubeObject): WorkloadSpec => target['spec'] ?? {};

function planTemplate(input: PlanInput): BuiltInPlan {
  const { target, answers, template } = input;
  const what = describeObject(target);
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
  const kept = revisionsOf(target, answers);
  if ('whyNot' in kept) return refused('RevisionsUnknown', `the revisions of ${what} cannot be read: ${kept.whyNot}`);
  const revisions = kept.value;
  const present = spec.template ?? {};
  const { toRevision } = rollbackActionSchema.parse(template.rollbackAction ?? {});
  const chosen = toRevision === undefined ? previousHealthy(target, revisions) : byNumber(what, revisions, toRevision);
  if ('kind' in chosen) return chosen;
  if (sameRelease(chosen.template, present))
    return refused('NothingToDo', `${what} has the template of revision ${chosen.number} already`);
  const held = heldBack(what, revisions, { chosen, present });
  if (held !== undefined) return held;
  return templateRequest(input, { chosen, left: revisions.filter((one) => sameRelease(one.template, present)) });
}

/** Why it must not go back that far, or to that release. */
function heldBack(
  what: string,
  revisions: readonly Revision[],
  { chosen, present }: { readonly chosen: Revision; readonly present: PodTemplate },
): Refusal | undefined {
  const from = revisions.find((one) => sameRelease(one.template, present))?.number ?? Number.POSITIVE_INFINITY;
  const barrier = barrierBetween(revisions, { from, to: chosen.number });
  if (barrier !== undefined)
    return refused(
      'RollbackBarrier',
      `${what} is not rolled back to revision ${chosen.number}: revision ${barrier.number} (${barrier.name}) is marked ${ANNOTATIONS.rollbackBarrier}; roll out a release that works`,
    );
  if (neverTookOver(revisions, chosen))
    return refused(
      'NeverHealthy',
      `${what} is not rolled back to revision ${chosen.number}: it never became healthy, since an older revision still serves`,
    );
  return undefined;
}

function byNumber(what: string, revisions: readonly Revision[], number: number): Revision | Refusal {
  const found = revisions.find((one) => one.number === number);
  if (found !== undefined) return found;
  const there = revisions.map((one) => one.number).toReversed();
  return refused(
    'RevisionUnknown',
    `${what} has no revision ${number}; it keeps ${there.length === 0 ? 'none' : there.join(', ')}`,
  );
}

/** The newest older release that still has ready pods; else the newest that was not left as failed. */
function previousHealthy(target: KubeObject, revisions: readonly Revision[]): Revision | Refusal {
  const what = describeObject(target);
  const present = specOf(target).template ?? {};
  const newest = revisions.find((one) => sameRelease(one.template, present))?.number ?? Number.POSITIVE_INFINITY;
  const older = revisions.filter((one) => one.number < newest && !sameRelease(one.template, present));
  const marked = marksOf(target);
  const candidates = older.filter(({ name }) => !marked.includes(name));
  const chosen = candidates.find(({ readyPods }) => readyPods > 0) ?? candidates[0];
  if (chosen !== undefined) return chosen;
  if (older.length > 0)
    return refused(
      'NoRevision',
      `${what}: every older revision (${older.map(({ number }) => number).join(', ')}) has failed before; roll out a release that works`,
    );
  return refused('NoRevision', `${what} keeps no older revision to go back to; roll out a release that works`);
}

const marksOf = ({ metadata }: KubeObject): readonly string[] =>
  (metadata.annotations?.[ANNOTATIONS.failedRevisions] ?? '').split(',').filter((name) => name !== '');

function templateRequest(
  input: PlanInput,
  { chosen, left }: { readonly chosen: Revision; readonly left: readonly Revision[] },
): BuiltInPlan {
  const { target, path, marker } = input;
  const what = describeObject(target);
  const after: KubeObject = {
    ...target,
    metadata: {
      ...target.metadata,
      annotations: {
        ...target.metadata.annotations,
        [ANNOTATIONS.attempt]: marker,
        [ANNOTATIONS.failedRevisions]: marksAfter(target, { chosen, left }).join(','),
      },
    },
    spec: { ...specOf(target), template: chosen.template },
  };
  const all = differencesOf(target, after);
  const undone = all.filter(({ path: field }) => field.at(-1) !== ANNOTATIONS.attempt);
  const back = `roll ${what} forward again from revision ${chosen.number}${from(left).replace('from', 'to')}`;
  const inverse = wayBack(target, { after, undone, where: { path, description: back } });
  if ('whyNot' in inverse)
    return refused(
      'TooLarge',
      `${what} cannot be rolled back by an action: ${inverse.whyNot}; use kubectl rollout undo`,
    );
  const request = jsonPatch(target, {
    path,
    description: `roll ${what} back${from(left)} to revision ${chosen.number} (${chosen.name})`,
    operations: forwards(target, all),
    // The ReplicaSet or ControllerRevision that is left still has what was set: a person can roll forward to it.
    ...given({ inverse: keepsSecret(target.kind, undone, inverse.value) ? undefined : inverse.value }),
  });
  const { length } = request.body ?? '';
  if (length > MAX_BODY)
    return refused(
      'TooLarge',
      `the template of revision ${chosen.number} of ${what} has ${length} characters; at most ${MAX_BODY} can be kept in the action's status; use kubectl rollout undo`,
    );
  const templates = all.filter(inSpec);
  const ordered = target.kind === 'StatefulSet' && specOf(target).podManagementPolicy !== 'Parallel';
  return oneRequest(request, {
    changes: changesOf(target, templates),
    fields: templates.map((one) => one.path),
    next: ordered ? 'plan again' : 'verify',
  });
}

/** The revision that is left now is marked first; the revision that becomes current loses its mark. */
function marksAfter(
  target: KubeObject,
  { chosen, left }: { readonly chosen: Revision; readonly left: readonly Revision[] },
): readonly string[] {
  const names = left.map(({ name }) => name);
  const earlier = marksOf(target).filter((name) => !names.includes(name) && name !== chosen.name);
  return [...names, ...earlier].slice(0, MAX_MARKS);
}

const inSpec = ({ path: [first] }: Difference): boolean => first === 'spec';

/** Field by field, so that others stay out of it; the whole template where the fields are too many to be kept apart. */
function wayBack(
  target: KubeObject,
  {
    after,
    undone,
    where,
  }: {
    readonly after: KubeObject;
    readonly undone: readonly Difference[];
    readonly where: { readonly path: string; readonly description: string };
  },
): Result<Inverse> {
  const single = inverseOf(after, undone, where);
  if ('value' in single) return single;
  const template = { path: ['spec', 'template'], before: specOf(target).template, after: specOf(after).template };
  return inverseOf(after, [...undone.filter((one) => !inSpec(one)), template], where);
}

/** In the fields that differ; or in the whole template, where that is what would be set back. */
const keepsSecret = (kind: string, undone: readonly Difference[], inverse: Inverse): boolean =>
  undone.some((one) => touchesSecret(kind, one)) ||
  touchesSecret(kind, { path: [], before: JSON.parse(inverse.body ?? 'null') as unknown, after: undefined });

const from = ([newest]: readonly Revision[]): string => (newest === undefined ? '' : ` from revision ${newest.number}`);

/** Pods of other revisions that are not ready keep an ordered StatefulSet from going on. */
function planStuckPods({ target, answers }: PlanInput): BuiltInPlan {
  const what = describeObject(target);
  const { status, metadata }: Workload = target;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return { kind: 'wait', message: `${what}: its controller has not seen the earlier template yet` };
  const stuck = podsOfRevisions(target, answers)
    .filter(({ pod, revision }) => revision !== status?.updateRevision && podHealth(pod).state !== 'healthy')
    .map(({ pod }) => pod)
    .filter(({ metadata: { deletionTimestamp } }) => deletionTimestamp === undefined);
  if (stuck.length === 0) return { kind: 'complete', summary: `${what} was rolled back` };
  const summary = (count: number) => `evict ${count} pods of the failed revision, which ${what} would wait for`;
  return planEvictions(stuck, { summary, gracePeriodSeconds: GRACE_SECONDS });
}
