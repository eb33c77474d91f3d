/**
 * `restart`. A workload is restarted as `kubectl rollout restart` does it: an annotation on the pod template, so that
 * its own rollout rules hold; or, if its strategy says so, by evicting its pods few at a time, or by scaling it to 0
 * and back. A pod with a controller is evicted, so that PodDisruptionBudgets hold (I17); a bare pod is refused, since
 * nothing brings it back.
 */
import { type ActionTemplate, type RestartAction, restartActionSchema } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Workload } from '../../shapes/workloads.ts';
import { toTimestamp } from '../../std/clock.ts';
import { describeTarget, targetRef } from '../observation.ts';
import { type ActionKind, actionOf, type Outcome, type PlanInput, type PlanResult, refused } from './action-kind.ts';
import {
  EVICTION_RULE,
  evictionOf,
  evictionOutcome,
  evictionRefusal,
  evictionTraces,
  toleratesEviction,
} from './eviction.ts';
import { planGraceful } from './graceful-restart.ts';
import { ownedPodNeeds } from './owned-pods.ts';
import { planRecreation, recreationOutcome } from './recreation.ts';

export const restart: ActionKind = {
  kinds: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  proof: 'healed',
  wayBack: 'no: a pod that is gone does not come back; `recreate` sets the count back if it fails in the middle',
  rbac: [
    EVICTION_RULE,
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['patch'] },
  ],
  needs: ({ target, template }) =>
    target.kind === 'Pod' || blockOf(template).strategy === 'rolling' ? {} : ownedPodNeeds(target),
  plan: (input) => (input.target.kind === 'Pod' ? planEviction(input) : planWorkload(input)),
  tolerates: toleratesEviction,
  traces: evictionTraces,
  classify: (seen): Outcome => {
    const { target, kind, uid, marker } = seen;
    const gone = target === undefined || target.metadata.uid !== uid;
    if (kind === 'Pod') return gone || target.metadata.deletionTimestamp !== undefined ? 'done' : 'not done';
    // Whether it was restarted before it went cannot be told.
    if (gone) return 'superseded';
    const staged = evictionOutcome(seen) ?? recreationOutcome(seen);
    if (staged !== undefined) return staged;
    // Any attempt of the same action counts: a late request of an earlier one must not be followed by another.
    return actionOf(templateAnnotations(target)[ANNOTATIONS.attempt]) === actionOf(marker) ? 'done' : 'not done';
  },
};

const blockOf = ({ restartAction }: ActionTemplate): RestartAction => restartActionSchema.parse(restartAction ?? {});

function planEviction({ template, target }: PlanInput): PlanResult {
  const refusal = evictionRefusal(target);
  if (refusal !== undefined) return refusal;
  const { request, change } = evictionOf(target, blockOf(template).gracePeriodSeconds);
  return { kind: 'requests', summary: request.description, requests: [request], changes: [change], next: 'verify' };
}

function planWorkload(input: PlanInput): PlanResult {
  const block = blockOf(input.template);
  const what = describeTarget(targetRef(input.target));
  const { spec }: Workload = input.target;
  // What began is finished: half of it may be worse than all of it.
  if (spec?.paused === true && input.stage === 1)
    return refused(
      'Paused',
      `${what} is paused: somebody is in the middle of a release, and a restart would not roll out. Resume it with kubectl rollout resume.`,
    );
  switch (block.strategy) {
    case 'recreate':
      return planRecreation(input);
    case 'graceful':
      return planGraceful(input, block);
    case 'rolling':
      return spec?.updateStrategy?.type === 'OnDelete'
        ? refused(
            'OnDelete',
            `${what} has updateStrategy OnDelete: a new template restarts nothing. Restart it with strategy graceful.`,
          )
        : planRollout(input);
  }
}

function planRollout({ target, path, marker, now }: PlanInput): PlanResult {
  const { name, namespace = '', uid = '', resourceVersion = '' } = target.metadata;
  const what = describeTarget(targetRef(target));
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
