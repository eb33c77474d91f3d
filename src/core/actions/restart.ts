/**
 * `restart`. A workload is restarted as `kubectl rollout restart` does it: an annotation on the pod template, so that its own rollout rules
 * hold. A pod with a controller is evicted, so that PodDisruptionBudgets hold (I17); a bare pod is refused, since nothing brings it back.
 */
import { restartActionSchema } from '../../api/action-template.ts';
import type { KubeObject } from '../../api/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { toTimestamp } from '../../std/clock.ts';
import { describeTarget, targetRef } from '../observation.ts';
import type { ActionKind, Outcome, PlanInput, PlanResult } from './action-kind.ts';

const PLURALS: Readonly<Record<string, string>> = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' };

export const restart: ActionKind = {
  kinds: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  rbac: [
    { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['patch'] },
  ],
  plan: (input) => (input.target.kind === 'Pod' ? planEviction(input) : planRollout(input)),
  classify: ({ target, kind, uid, marker }): Outcome => {
    const gone = target === undefined || target.metadata.uid !== uid;
    if (kind === 'Pod') return gone || target.metadata.deletionTimestamp !== undefined ? 'done' : 'not done';
    // Whether it was restarted before it went cannot be told.
    if (gone) return 'superseded';
    // Any attempt of the same action counts: a late request of an earlier one must not be followed by another.
    return actionOf(templateAnnotations(target)[ANNOTATIONS.attempt]) === actionOf(marker) ? 'done' : 'not done';
  },
};

const actionOf = (marker: string | undefined): string | undefined => marker?.split('/')[0];

function planEviction({ template, target }: PlanInput): PlanResult {
  const { name, namespace = '', uid = '', ownerReferences = [] } = target.metadata;
  const owner = ownerReferences.find((reference) => reference.controller);
  if (owner === undefined) {
    return {
      refused: 'BarePod',
      message: `${describeTarget(targetRef(target))} has no controller: nothing would bring it back. Manage it with a Deployment, or delete it by hand.`,
    };
  }
  if (owner.kind === 'Node')
    return { refused: 'MirrorPod', message: `${describeTarget(targetRef(target))} is a static pod of its node and cannot be evicted` };
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: { preconditions: { uid }, gracePeriodSeconds: template.restartAction?.gracePeriodSeconds ?? 30 },
  };
  const description = `evict Pod ${namespace}/${name}; ${owner.kind} ${owner.name} replaces it`;
  return {
    summary: description,
    requests: [
      {
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
        contentType: 'application/json',
        body: JSON.stringify(body),
        description,
        precondition: { uid },
      },
    ],
    changes: [{ resourceRef: `Pod/${namespace}/${name}`, changeType: 'delete', field: 'metadata.uid', oldValue: uid }],
  };
}

function planRollout({ template, target, marker, now }: PlanInput): PlanResult {
  const { name, namespace = '', uid = '', resourceVersion = '' } = target.metadata;
  const plural = PLURALS[target.kind];
  const strategy = restartActionSchema.parse(template.restartAction ?? {}).strategy;
  const what = describeTarget(targetRef(target));
  if (plural === undefined) return { refused: 'UnsupportedKind', message: `restart does not support kind ${target.kind}` };
  if (strategy === 'recreate') {
    return {
      refused: 'UnsupportedStrategy',
      message: `restart strategy recreate is not supported for ${target.kind} by this version; use rolling`,
    };
  }
  const spec = target['spec'] as { readonly paused?: boolean; readonly updateStrategy?: { readonly type?: string } } | undefined;
  if (spec?.paused === true)
    return { refused: 'Paused', message: `${what} is paused: a restart would not roll out. Resume it with kubectl rollout resume.` };
  if (spec?.updateStrategy?.type === 'OnDelete') {
    return {
      refused: 'OnDelete',
      message: `${what} has updateStrategy OnDelete: a new template restarts nothing. Restart its pods instead.`,
    };
  }
  const before = templateAnnotations(target);
  const restartedAt = toTimestamp(now);
  const annotations = { [ANNOTATIONS.restartedAt]: restartedAt, [ANNOTATIONS.attempt]: marker };
  const body = { metadata: { uid, resourceVersion }, spec: { template: { metadata: { annotations } } } };
  const description = `restart ${what} by a rolling update`;
  return {
    summary: description,
    requests: [
      {
        method: 'PATCH',
        path: `/apis/apps/v1/namespaces/${namespace}/${plural}/${name}`,
        contentType: 'application/merge-patch+json',
        body: JSON.stringify(body),
        description,
        precondition: { uid, resourceVersion },
      },
    ],
    changes: [
      {
        resourceRef: `${target.kind}/${namespace}/${name}`,
        changeType: 'patch',
        field: `spec.template.metadata.annotations[${ANNOTATIONS.restartedAt}]`,
        ...(before[ANNOTATIONS.restartedAt] !== undefined && { oldValue: before[ANNOTATIONS.restartedAt] }),
        newValue: restartedAt,
      },
    ],
  };
}

function templateAnnotations(target: KubeObject): Readonly<Record<string, string>> {
  const spec = target['spec'] as
    | { readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } } }
    | undefined;
  return spec?.template?.metadata?.annotations ?? {};
}
