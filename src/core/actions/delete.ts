/**
 * `delete`: the object that was read, and no other. What holds data or gives rights is not deleted unless the
 * operator's configuration names its kind; a pod goes by eviction only, so that PodDisruptionBudgets hold, and a
 * refused eviction is never followed by anything else (I17).
 */
import { deleteActionSchema } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { GROUP } from '../../api/names.ts';
import { given } from '../../std/given.ts';
import { evictionOf } from '../authority/reach.ts';
import { describeObject } from '../observation.ts';
import {
  type BuiltInKind,
  type BuiltInPlan,
  type PlanInput,
  type Refusal,
  refused,
  successorOf,
} from './action-kind.ts';
import { controllerOf, EVICTION_RULE, goneOutcome, planEviction } from './eviction.ts';
import { localDataOf } from './local-data.ts';
import { oneRequest, removal, removalOf } from './requests.ts';

export const deletion: BuiltInKind = {
  kinds: 'any',
  proof: 'healed',
  takesPods: true,
  successor: successorOf,
  wayBack: 'no',
  // Objects that come back by themselves, or hold nothing. A kind that the configuration adds, and custom resources,
  // need a rule in the aggregated role.
  rbac: [
    EVICTION_RULE,
    { apiGroups: [''], resources: ['services', 'replicationcontrollers'], verbs: ['delete'] },
    { apiGroups: ['apps'], resources: ['deployments', 'daemonsets', 'replicasets'], verbs: ['delete'] },
    { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: ['delete'] },
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['delete'] },
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['delete'] },
  ],
  reach: ({ targetKind }) =>
    targetKind === 'Pod' ? [evictionOf('the target')] : [{ to: 'the target', method: 'DELETE' }],
  plan: (input) =>
    refusalOf(input) ?? (isPod(input.target) ? planEviction(input.target, graceOf(input)) : planDelete(input)),
  classify: goneOutcome,
};

/** Groups all of whose kinds are kept, and single kinds beside them. */
const KEPT_GROUPS = ['rbac.authorization.k8s.io', GROUP];
const KEPT_KINDS = [
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  '/PersistentVolumeClaim',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apps/StatefulSet',
];

const isPod = ({ apiVersion, kind }: KubeObject): boolean => apiVersion === 'v1' && kind === 'Pod';
const blockOf = ({ template }: PlanInput) => deleteActionSchema.parse(template.deleteAction ?? {});
const graceOf = (input: PlanInput): number => (blockOf(input).force ? 0 : blockOf(input).gracePeriodSeconds);

function refusalOf(input: PlanInput): Refusal | undefined {
  const { target, settings } = input;
  const { apiVersion, kind, metadata } = target;
  const what = describeObject(target);
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const kept = KEPT_GROUPS.includes(group) || KEPT_KINDS.includes(`${group}/${kind}`);
  if (kept && !settings.deletableKinds.includes(`${apiVersion}/${kind}`)) {
    const advice = `delete it by hand, or name ${apiVersion}/${kind} in deletableKinds of the operator configuration`;
    return refused(
      'KindNotDeletable',
      `${what} is not deleted: its kind holds data or rights that do not come back; ${advice}`,
    );
  }
  const finalizers = metadata.finalizers ?? [];
  if (finalizers.length > 0 && !blockOf(input).force) {
    const list = finalizers.join(', ');
    return refused(
      'Finalizers',
      `${what} has finalizers (${list}) and would stay, half deleted, until they are done; set force to delete it all the same`,
    );
  }
  const lost = isPod(target) && !blockOf(input).deleteEmptyDirData ? localDataOf(target) : undefined;
  if (lost !== undefined)
    return refused('LocalData', `${what} is not deleted: ${lost}; set deleteEmptyDirData to delete it all the same`);
  return undefined;
}

function planDelete(input: PlanInput): BuiltInPlan {
  const { target, path } = input;
  const { propagationPolicy } = blockOf(input);
  const owner = controllerOf(target);
  const comesBack = owner === undefined ? '' : `; ${owner.kind} ${owner.name} may bring it back`;
  const request = removal(target, {
    path,
    description: `delete ${describeObject(target)}${comesBack}`,
    gracePeriodSeconds: graceOf(input),
    ...given({ propagationPolicy }),
  });
  return oneRequest(request, { changes: [removalOf(target)] });
}
