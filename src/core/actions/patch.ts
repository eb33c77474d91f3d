/**
 * `patch`: what the policy says, on the object that was read. The very request is sent with `dryRun=All` first: what
 * does not apply, or what a quota or an admission rule refuses, is told before anything is claimed; and the fields that
 * it may change are judged by what the server would make of it, not by how the patch is written.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { type Result, whyNot } from '../../std/result.ts';
import { coversField } from '../authority/pointer-pattern.ts';
import { patchOfTarget } from '../authority/reach.ts';
import { describeObject } from '../observation.ts';
import {
  type Answer,
  type BuiltInKind,
  type BuiltInPlan,
  type MadeRequest,
  markedOutcome,
  type NeedInput,
  objectIn,
  type PlanInput,
  type Refusal,
  refused,
} from './action-kind.ts';
import { changesOf, type Difference, differencesOf, inverseOf, leavesOf } from './field-changes.ts';
import { listOf, ownMark, patchableFields } from './patch-fields.ts';
import { patchRequest } from './patch-request.ts';
import { touchesSecret } from './secret-fields.ts';
import { oneRequest } from './requests.ts';

export const patch: BuiltInKind = {
  kinds: 'any',
  proof: 'healed',
  wayBack: 'yes, field by field, each of them only where nobody else has changed it since',
  // The kinds that the operator reads. Custom resources come by the aggregated role.
  rbac: [
    {
      apiGroups: [''],
      resources: ['pods', 'services', 'nodes', 'persistentvolumeclaims', 'replicationcontrollers'],
      verbs: ['patch'],
    },
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['patch'] },
    { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['patch'] },
    { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: ['patch'] },
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['patch'] },
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['patch'] },
  ],
  reach: ({ targetKind, settings }) => [patchOfTarget(patchableFields(targetKind, settings.patchFields))],
  needs: (input) => {
    const request = requestOf(input);
    return 'whyNot' in request ? {} : { probe: { probe: request.value } };
  },
  plan: planPatch,
  classify: markedOutcome,
};

const requestOf = ({ template, target, path, marker }: NeedInput): Result<MadeRequest> =>
  template.patchAction === undefined
    ? whyNot('patchAction is missing')
    : patchRequest(template.patchAction, { target, path, marker });

function planPatch(input: PlanInput): BuiltInPlan {
  const { target, settings, answers } = input;
  const what = describeObject(target);
  const request = requestOf(input);
  if ('whyNot' in request) return refused('InvalidPatch', `the patch for ${what} cannot be sent: ${request.whyNot}`);
  const answer = answers['probe'];
  if (answer?.found !== 'yes') return withoutEffect(what, answer);
  const after = objectIn(answer);
  if (after?.metadata.annotations?.[ANNOTATIONS.attempt] !== input.marker)
    return refused(
      'InvalidPatch',
      `the patch takes the annotation ${ANNOTATIONS.attempt} away; name the annotations that are to change`,
    );
  const differences = differencesOf(target, after).filter(({ path }) => path.at(-1) !== ANNOTATIONS.attempt);
  if (differences.length === 0) return refused('NothingToDo', `${what} is already as the patch wants it`);
  const forbidden = forbiddenOf(differences, target, settings.patchFields);
  if (forbidden !== undefined) return forbidden;
  return planned(request.value, { target, after, differences });
}

/** What the server made of the dry run. */
function withoutEffect(what: string, answer: Answer | undefined): BuiltInPlan {
  const message = answer?.found === 'no' ? answer.message : 'nobody asked the server';
  const reason = answer?.found === 'no' ? answer.reason : 'Unknown';
  if (reason === 'Conflict')
    return { kind: 'wait', message: `${what} changed while the patch was tried out; it is tried again` };
  if (reason === 'UnsupportedMediaType')
    return refused(
      'PatchRefused',
      `${what} takes no patch of this type (custom resources take no strategic ones); use merge or json: ${message}`,
    );
  const advice =
    reason === 'Forbidden'
      ? 'a permission, a quota or an admission rule is in the way; change that, or the patch'
      : 'correct the patch in the policy';
  return refused(
    'PatchRefused',
    `the server refused the patch of ${what} when it was tried out: ${message}; ${advice}`,
  );
}

function forbiddenOf(
  differences: readonly Difference[],
  target: KubeObject,
  patchFields: readonly string[],
): Refusal | undefined {
  const marks = differences.filter(ownMark);
  if (marks.length > 0)
    return refused(
      'FieldNotAllowed',
      `the patch changes marks that only people set: ${listOf(marks)}; take them out of the patch`,
    );
  const allowed = patchableFields(target.kind, patchFields);
  const outside = differences.flatMap(leavesOf).filter(({ path }) => !coversField(allowed, path));
  if (outside.length === 0) return secretOf(differences, target);
  const more =
    target.kind === 'Secret'
      ? 'of a Secret only labels and annotations may change'
      : 'allow them in patchFields of the operator configuration, or take them out of the patch';
  return refused(
    'FieldNotAllowed',
    `the patch changes fields of ${describeObject(target)} that it may not: ${listOf(outside)}; ${more}`,
  );
}

/** Of a Secret no value may change at all. */
function secretOf(differences: readonly Difference[], target: KubeObject): Refusal | undefined {
  const secret = differences.flatMap(leavesOf).filter((one) => touchesSecret(target.kind, one));
  if (secret.length === 0) return undefined;
  return refused(
    'SecretField',
    `the patch changes fields of ${describeObject(target)} that may hold secrets: ${listOf(secret)}; what takes it back would keep their values in the action's status`,
  );
}

function planned(
  request: MadeRequest,
  {
    target,
    after,
    differences,
  }: { readonly target: KubeObject; readonly after: KubeObject; readonly differences: readonly Difference[] },
): BuiltInPlan {
  const what = describeObject(target);
  const leaves = differences.flatMap(leavesOf);
  const description = `patch ${what}: ${listOf(leaves)}`;
  const inverse = inverseOf(after, differences, {
    path: request.path,
    description: `set ${listOf(leaves)} of ${what} back`,
  });
  if ('whyNot' in inverse)
    return refused('TooManyChanges', `the patch of ${what} is too large: ${inverse.whyNot}; use several actions`);
  return oneRequest(
    { ...request, description, inverse: inverse.value },
    { changes: changesOf(target, differences), fields: leaves.map(({ path }) => path) },
  );
}
