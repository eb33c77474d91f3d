/**
 * `restart`. A workload is restarted as `kubectl rollout restart` does it: an annotation on the pod template, so that its own rollout rules
 * hold. A pod with a controller is evicted, so that PodDisruptionBudgets hold (I17); a bare pod is refused, since nothing brings it back.
 */
import { restartActionSchema } from '../../api/action-template.ts';
import type { KubeObject } from '../../api/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { toTimestamp } from '../../std/clock.ts';
import { describeTarget, targetRef } from '../observation.ts';
import { type ActionKind, actionOf, type Outcome, type PlanInput, type PlanResult, refused } from './action-kind.ts';
import { EVICTION_RULE, evictionOf, evictionRefusal } from './eviction.ts';

export const restart: ActionKind = {
  kinds: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  proof: 'healed',
  wayBack: 'no: a pod that is gone does not come back',
  rbac: [EVICTION_RULE, { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['patch'] }],
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

function planEviction({ template, target }: PlanInput): PlanResult {
  const refusal = evictionRefusal(target);
  if (refusal !== undefined) return refusal;
  const { request, change } = evictionOf(target, template.restartAction?.gracePeriodSeconds ?? 30);
  return { kind: 'requests', summary: request.description, requests: [request], changes: [change], next: 'verify' };
}

function planRollout({ template, target, path, marker, now }: PlanInput): PlanResult {
  const { name, namespace = '', uid = '', resourceVersion = '' } = target.metadata;
  const strategy = restartActionSchema.parse(template.restartAction ?? {}).strategy;
  const what = describeTarget(targetRef(target));
  if (strategy === 'recreate') {
    return refused('UnsupportedStrategy', `restart strategy recreate is not supported for ${target.kind} by this version; use rolling`);
  }
  const spec = target['spec'] as { readonly paused?: boolean; readonly updateStrategy?: { readonly type?: string } } | undefined;
  if (spec?.paused === true)
    return refused('Paused', `${what} is paused: a restart would not roll out. Resume it with kubectl rollout resume.`);
  if (spec?.updateStrategy?.type === 'OnDelete')
    return refused('OnDelete', `${what} has updateStrategy OnDelete: a new template restarts nothing. Restart its pods instead.`);
  const before = templateAnnotations(target);
  const restartedAt = toTimestamp(now);
  const annotations = { [ANNOTATIONS.restartedAt]: restartedAt, [ANNOTATIONS.attempt]: marker };
  const body = { metadata: { uid, resourceVersion }, spec: { template: { metadata: { annotations } } } };
  const description = `restart ${what} by a rolling update`;
  return {
    kind: 'requests',
    summary: description,
    requests: [
      {
        method: 'PATCH',
        path,
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
    fields: [['spec', 'template', 'metadata', 'annotations', ANNOTATIONS.restartedAt]],
    next: 'verify',
  };
}

function templateAnnotations(target: KubeObject): Readonly<Record<string, string>> {
  const spec = target['spec'] as
    | { readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } } }
    | undefined;
  return spec?.template?.metadata?.annotations ?? {};
}
