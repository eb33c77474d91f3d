/**
 * `scale`: through the scale subresource of any kind that has one, to an absolute count. A count that an autoscaler
 * owns is left to it, or the autoscaler's bounds are moved.
 */
import type { scaleActionSchema } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { type Result, whyNot } from '../../std/result.ts';
import { patchOfTarget } from '../authority/reach.ts';
import { describeObject } from '../observation.ts';
import {
  type Answer,
  type BuiltInKind,
  type BuiltInPlan,
  type Outcome,
  type PlanInput,
  refused,
  sameTarget,
} from './action-kind.ts';
import { autoscalerNeed, autoscalersOf } from './autoscaler.ts';
import { mergeInverse, mergePatch, oneRequest, refOf, replicasChange } from './requests.ts';
import type * as z from 'zod';

type ScaleSpec = z.output<typeof scaleActionSchema>;

const BOUNDS = {
  to: 'its autoscaler',
  method: 'PATCH',
  fields: ['/spec/minReplicas', '/spec/maxReplicas'],
} as const;

export const scale: BuiltInKind = {
  kinds: 'any',
  proof: 'healed',
  wayBack: 'yes: the count that was there before',
  rbac: [
    {
      apiGroups: ['apps'],
      resources: ['deployments/scale', 'statefulsets/scale', 'replicasets/scale'],
      verbs: ['get', 'patch'],
    },
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['patch'] },
  ],
  reach: ({ template: { scaleAction } }) => [
    patchOfTarget(['/spec/replicas'], 'scale'),
    ...(scaleAction?.autoscaler === 'adjust' ? [BOUNDS] : []),
  ],
  needs: ({ target, subresources }) => ({
    ...given({ scale: subresources.includes('scale') ? { subresource: 'scale' } : undefined }),
    autoscalers: autoscalerNeed(target),
  }),
  plan: planScale,
  classify: (seen): Outcome => {
    const target = sameTarget(seen);
    if (target === undefined) return 'superseded';
    const { requests } = seen;
    const wanted = replicasIn(requests[0]?.body);
    const before = requests[0]?.inverse?.restores['/spec/replicas'];
    const now = (target['spec'] as { readonly replicas?: number } | undefined)?.replicas;
    // The count of a kind that keeps it elsewhere than in spec.replicas, or of an autoscaler's bounds, cannot be read
    // off the target.
    if (now === undefined || wanted === undefined) return 'unknown';
    return now === wanted ? 'done' : String(now) === before ? 'not done' : 'superseded';
  },
};

function planScale(input: PlanInput): BuiltInPlan {
  const { target, template, answers } = input;
  const what = describeObject(target);
  const spec = template.scaleAction;
  if (spec === undefined) return refused('InvalidAction', 'scaleAction is missing');
  const current = scaleOf(answers['scale']);
  if ('whyNot' in current) return refused('NoScale', `${what} cannot be scaled: ${current.whyNot}`);
  const { from, object } = current.value;
  const to = wantedReplicas(spec, from);
  const scalers = autoscalersOf(answers['autoscalers'], target);
  if ('whyNot' in scalers)
    return refused(
      'AutoscalersUnknown',
      `whether an autoscaler owns the count of ${what} cannot be told: ${scalers.whyNot}`,
    );
  const [autoscaler] = scalers.value;
  if (autoscaler !== undefined && spec.autoscaler === 'refuse') {
    const { name } = autoscaler.metadata;
    return refused(
      'Autoscaled',
      `HorizontalPodAutoscaler ${name} sets the count of ${what} and would set it back; let the action adjust its bounds (autoscaler: adjust), or change them by hand`,
    );
  }
  if (to === from) {
    const bound =
      from >= spec.maxReplicas
        ? `maxReplicas ${spec.maxReplicas}`
        : from <= spec.minReplicas
          ? `minReplicas ${spec.minReplicas}`
          : `${to}`;
    return refused('NothingToDo', `${what} has ${from} replicas already (${bound})`);
  }
  return autoscaler === undefined
    ? scaleRequest(input, { from, to, object })
    : boundsRequest(input, { autoscaler, to, direction: spec.direction });
}

/** Absolute, inside the bounds of the action (law 2). A count outside them is not pulled in against the direction. */
function wantedReplicas({ direction, replicas, minReplicas, maxReplicas }: ScaleSpec, from: number): number {
  const raw = direction === 'up' ? from + replicas : direction === 'down' ? from - replicas : replicas;
  const bounded = Math.min(Math.max(raw, minReplicas), maxReplicas);
  if (direction === 'up') return Math.max(from, bounded);
  return direction === 'down' ? Math.min(from, bounded) : bounded;
}

/** The count, and the object that carries it. */
function scaleOf(answer: Answer | undefined): Result<{ readonly from: number; readonly object: KubeObject }> {
  if (answer === undefined) return whyNot('its kind has no scale subresource');
  if (answer.found === 'no') return whyNot(answer.message);
  const [object] = answer.objects;
  const spec = object?.['spec'] as { readonly replicas?: number } | undefined;
  return object === undefined
    ? whyNot('the scale subresource is empty')
    : { value: { from: spec?.replicas ?? 0, object } };
}

function scaleRequest(
  { target, path }: PlanInput,
  { from, to, object }: { readonly from: number; readonly to: number; readonly object: KubeObject },
): BuiltInPlan {
  const what = describeObject(target);
  const at = `${path}/scale`;
  const request = mergePatch(object, {
    path: at,
    description: `scale ${what} from ${from} to ${to} replicas`,
    fields: { spec: { replicas: to } },
    inverse: mergeInverse({
      path: at,
      description: `scale ${what} back from ${to} to ${from} replicas`,
      fields: { spec: { replicas: from } },
      changed: [{ pointer: '/spec/replicas', before: from, after: to }],
    }),
  });
  return oneRequest(request, { changes: [replicasChange(target, { from, to })], fields: [['spec', 'replicas']] });
}

interface Bounds {
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** So much room that the autoscaler can come to the count that is wanted, and no more than it needs. */
function boundsAfter(before: Bounds, to: number, direction: ScaleSpec['direction']): Bounds {
  const wanted = {
    up: Math.max(before.minReplicas, to),
    down: Math.min(before.minReplicas, to),
    absolute: to,
  }[direction];
  const minReplicas = Math.max(1, wanted);
  return { minReplicas, maxReplicas: Math.max(before.maxReplicas, minReplicas) };
}

/** The autoscaler keeps the count; its bounds make room for what is wanted. */
function boundsRequest(
  { target }: PlanInput,
  wish: { readonly autoscaler: KubeObject; readonly to: number; readonly direction: ScaleSpec['direction'] },
): BuiltInPlan {
  const { autoscaler, to, direction } = wish;
  const spec = autoscaler['spec'] as Partial<Bounds> | undefined;
  const before = { minReplicas: spec?.minReplicas ?? 1, maxReplicas: spec?.maxReplicas ?? 1 };
  const after = boundsAfter(before, to, direction);
  const { name, namespace = '' } = autoscaler.metadata;
  const what = `HorizontalPodAutoscaler ${namespace}/${name}`;
  const names = (['minReplicas', 'maxReplicas'] as const).filter((field) => before[field] !== after[field]);
  if (names.length === 0)
    return refused(
      'NothingToDo',
      `${what} of ${target.metadata.name} allows ${to} replicas already (${shown(before)})`,
    );
  const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/${name}`;
  const request = mergePatch(autoscaler, {
    path,
    description: `let ${what} run ${shown(after)} replicas of ${target.metadata.name} instead of ${shown(before)}`,
    fields: { spec: after },
    inverse: mergeInverse({
      path,
      description: `set the bounds of ${what} back to ${shown(before)}`,
      fields: { spec: before },
      changed: names.map((field) => ({ pointer: `/spec/${field}`, before: before[field], after: after[field] })),
    }),
  });
  return oneRequest(request, {
    changes: names.map((field) => ({
      resourceRef: refOf(autoscaler),
      changeType: 'patch',
      field: `spec.${field}`,
      oldValue: String(before[field]),
      newValue: String(after[field]),
    })),
  });
}

const shown = ({ minReplicas, maxReplicas }: Bounds): string => `${minReplicas} to ${maxReplicas}`;

function replicasIn(body: string | undefined): number | undefined {
  if (body === undefined) return undefined;
  const { spec } = JSON.parse(body) as { readonly spec?: { readonly replicas?: number } };
  return spec?.replicas;
}
