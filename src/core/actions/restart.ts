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
import { given } from '../../std/given.ts';
import { pointerOf } from '../../std/json.ts';
import { evictionOf, patchOfTarget } from '../authority/reach.ts';
import { endingOf, sayEnding } from '../ended.ts';
import { describeObject } from '../observation.ts';
import {
  type BuiltInKind,
  type BuiltInPlan,
  isMarked,
  type Outcome,
  type PlanInput,
  type Refusal,
  refused,
  sameTarget,
  successorOf,
} from './action-kind.ts';
import {
  EVICTION_RULE,
  evictionOutcome,
  evictionTraces,
  goneOutcome,
  planEviction,
  toleratesEviction,
} from './eviction.ts';
import { planGraceful } from './graceful-restart.ts';
import { orderedNeeds, waitsForEver } from './ordered-rollout.ts';
import { ownedPodNeeds } from './owned-pods.ts';
import { planRecreation, recreationOutcome } from './recreation.ts';
import { mergePatch, oneRequest, refOf } from './requests.ts';

const TEMPLATE_MARKS = [ANNOTATIONS.restartedAt, ANNOTATIONS.attempt];
const ROLLOUT = patchOfTarget(
  TEMPLATE_MARKS.map((mark) => pointerOf(['spec', 'template', 'metadata', 'annotations', mark])),
);
const RECREATION = patchOfTarget(['/spec/replicas']);

export const restart: BuiltInKind = {
  kinds: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  proof: 'healed',
  takesPods: true,
  successor: successorOf,
  wayBack: 'no: a pod that is gone does not come back; `recreate` sets the count back if it fails in the middle',
  rbac: [
    EVICTION_RULE,
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['patch'] },
  ],
  reach: ({ template, targetKind }) => {
    if (targetKind === 'Pod') return [evictionOf('the target')];
    return { rolling: [ROLLOUT], recreate: [RECREATION], graceful: [evictionOf('its pods')] }[
      blockOf(template).strategy
    ];
  },
  needs: ({ target, template }) =>
    target.kind === 'Pod'
      ? {}
      : blockOf(template).strategy === 'rolling'
        ? orderedNeeds(target)
        : ownedPodNeeds(target),
  plan: (input) => {
    const { target, template } = input;
    if (target.kind !== 'Pod') return planWorkload(input);
    const ending = endingOf(target);
    if (ending !== undefined)
      return refused('NothingToDo', `${describeObject(target)} ${sayEnding(ending)}: it runs no more`);
    return planEviction(target, blockOf(template).gracePeriodSeconds);
  },
  tolerates: toleratesEviction,
  traces: evictionTraces,
  classify: (seen): Outcome => {
    if (seen.kind === 'Pod') return goneOutcome(seen);
    const target = sameTarget(seen);
    // Whether it was restarted before it went cannot be told.
    if (target === undefined) return 'superseded';
    const staged = evictionOutcome(seen) ?? recreationOutcome(seen);
    if (staged !== undefined) return staged;
    return isMarked({ annotations: templateAnnotations(target) }, seen.marker) ? 'done' : 'not done';
  },
};

const blockOf = ({ restartAction }: ActionTemplate): RestartAction => restartActionSchema.parse(restartAction ?? {});

function planWorkload(input: PlanInput): BuiltInPlan {
  const block = blockOf(input.template);
  const what = describeObject(input.target);
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
        : (whyNotRolled(input.target) ?? waitsForEver(input.target, input.answers) ?? planRollout(input));
  }
}

/** A StatefulSet replaces pods from its partition up alone: a rolling restart would pass by the others. */
function whyNotRolled(target: KubeObject): Refusal | undefined {
  const { spec }: Workload = target;
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  if (target.kind !== 'StatefulSet' || partition === 0) return undefined;
  const rolled = partition >= (spec?.replicas ?? 1) ? 'none of its pods' : `only its pods from ordinal ${partition} on`;
  return refused(
    'NotReached',
    `${describeObject(target)} has partition ${partition}: a rolling restart would replace ${rolled}. Restart it with strategy graceful, or restart its pods.`,
  );
}

function planRollout({ target, path, marker, now }: PlanInput): BuiltInPlan {
  const restartedAt = toTimestamp(now);
  const annotations = { [ANNOTATIONS.restartedAt]: restartedAt, [ANNOTATIONS.attempt]: marker };
  const request = mergePatch(target, {
    path,
    description: `restart ${describeObject(target)} by a rolling update`,
    fields: { spec: { template: { metadata: { annotations } } } },
  });
  return oneRequest(request, {
    changes: [
      {
        resourceRef: refOf(target),
        changeType: 'patch',
        field: `spec.template.metadata.annotations[${ANNOTATIONS.restartedAt}]`,
        ...given({ oldValue: templateAnnotations(target)[ANNOTATIONS.restartedAt] }),
        newValue: restartedAt,
      },
    ],
    fields: [['spec', 'template', 'metadata', 'annotations', ANNOTATIONS.restartedAt]],
  });
}

function templateAnnotations(target: KubeObject): Readonly<Record<string, string>> {
  const spec = target['spec'] as
    | { readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } } }
    | undefined;
  return spec?.template?.metadata?.annotations ?? {};
}
