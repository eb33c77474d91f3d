/**
 * `scale`: through the scale subresource of any kind that has one, to an absolute count. What an autoscaler owns is
 * left to it, or its bounds are moved.
 */
import type { Inverse, PlannedRequest } from '../../api/action-status.ts';
import type { scaleActionSchema } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { describeTarget, targetRef } from '../observation.ts';
import { inverseFields } from '../action/undo.ts';
import { type ActionKind, type Answer, type Outcome, type PlanInput, type PlanResult, refused } from './action-kind.ts';
import { autoscalerNeed, autoscalersOf } from './autoscaler.ts';
import type { z } from 'zod';

const MERGE = 'application/merge-patch+json';
type ScaleSpec = z.output<typeof scaleActionSchema>;

export const scale: ActionKind = {
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
  needs: ({ target, subresources }) => ({
    ...(subresources.includes('scale') && { scale: { subresource: 'scale' } }),
    autoscalers: autoscalerNeed(target),
  }),
  plan: planScale,
  classify: ({ target, uid, requests }): Outcome => {
    if (target === undefined || target.metadata.uid !== uid) return 'superseded';
    const wanted = replicasIn(requests[0]?.body);
    const before = requests[0]?.inverse?.restores['/spec/replicas'];
    const now = (target['spec'] as { readonly replicas?: number } | undefined)?.replicas;
    // The count of a kind that keeps it elsewhere than in spec.replicas, or of an autoscaler's bounds, cannot be read
    // off the target.
    if (now === undefined || wanted === undefined) return 'unknown';
    return now === wanted ? 'done' : String(now) === before ? 'not done' : 'superseded';
  },
};

function planScale(input: PlanInput): PlanResult {
  const { target, template, answers } = input;
  const what = describeTarget(targetRef(target));
  const spec = template.scaleAction;
  if (spec === undefined) return refused('InvalidAction', 'scaleAction is missing');
  const current = scaleOf(answers['scale']);
  if (typeof current === 'string') return refused('NoScale', `${what} cannot be scaled: ${current}`);
  const { from, object } = current;
  const to = wantedReplicas(spec, from);
  const scalers = autoscalersOf(answers['autoscalers'], target);
  if (typeof scalers === 'string')
    return refused('AutoscalersUnknown', `whether an autoscaler owns the count of ${what} cannot be told: ${scalers}`);
  const [autoscaler] = scalers;
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
    : boundsRequest(input, { autoscaler, from, to, direction: spec.direction });
}

/** Absolute, inside the bounds of the action (law 2). A count outside them is not pulled in against the direction. */
function wantedReplicas({ direction, replicas, minReplicas, maxReplicas }: ScaleSpec, from: number): number {
  const raw = direction === 'up' ? from + replicas : direction === 'down' ? from - replicas : replicas;
  const bounded = Math.min(Math.max(raw, minReplicas), maxReplicas);
  if (direction === 'up') return Math.max(from, bounded);
  return direction === 'down' ? Math.min(from, bounded) : bounded;
}

function scaleOf(answer: Answer | undefined): { readonly from: number; readonly object: KubeObject } | string {
  if (answer === undefined) return 'its kind has no scale subresource';
  if (answer.found === 'no') return answer.message;
  const [object] = answer.objects;
  const spec = object?.['spec'] as { readonly replicas?: number } | undefined;
  return object === undefined ? 'the scale subresource is empty' : { from: spec?.replicas ?? 0, object };
}

function scaleRequest(
  { target, path }: PlanInput,
  { from, to, object }: { readonly from: number; readonly to: number; readonly object: KubeObject },
): PlanResult {
  const what = describeTarget(targetRef(target));
  const { uid = '', resourceVersion = '' } = object.metadata;
  const at = `${path}/scale`;
  const inverse: Inverse = {
    method: 'PATCH',
    path: at,
    contentType: MERGE,
    body: JSON.stringify({ spec: { replicas: from } }),
    description: `scale ${what} back from ${to} to ${from} replicas`,
    ...inverseFields([{ pointer: '/spec/replicas', before: from, after: to }]),
  };
  const description = `scale ${what} from ${from} to ${to} replicas`;
  const request: PlannedRequest = {
    method: 'PATCH',
    path: at,
    contentType: MERGE,
    body: JSON.stringify({ metadata: { uid, resourceVersion }, spec: { replicas: to } }),
    description,
    precondition: { uid, resourceVersion },
    inverse,
  };
  const { name, namespace = '' } = target.metadata;
  const change = {
    resourceRef: `${target.kind}/${namespace}/${name}`,
    changeType: 'scale' as const,
    field: 'spec.replicas',
  };
  return {
    kind: 'requests',
    summary: description,
    requests: [request],
    changes: [{ ...change, oldValue: String(from), newValue: String(to) }],
    fields: [['spec', 'replicas']],
    next: 'verify',
  };
}

/** The autoscaler keeps the count; its bounds make room for what is wanted. */
function boundsRequest(
  { target }: PlanInput,
  wish: {
    readonly autoscaler: KubeObject;
    readonly from: number;
    readonly to: number;
    readonly direction: ScaleSpec['direction'];
  },
): PlanResult {
  const { autoscaler, to, direction } = wish;
  const spec = autoscaler['spec'] as { readonly minReplicas?: number; readonly maxReplicas?: number } | undefined;
  const before = { minReplicas: spec?.minReplicas ?? 1, maxReplicas: spec?.maxReplicas ?? 1 };
  const minReplicas = Math.max(
    1,
    direction === 'up'
      ? Math.max(before.minReplicas, to)
      : direction === 'down'
        ? Math.min(before.minReplicas, to)
        : to,
  );
  const after = { minReplicas, maxReplicas: Math.max(before.maxReplicas, minReplicas) };
  const { name, namespace = '', uid = '', resourceVersion = '' } = autoscaler.metadata;
  const what = `HorizontalPodAutoscaler ${namespace}/${name}`;
  const names = (['minReplicas', 'maxReplicas'] as const).filter((field) => before[field] !== after[field]);
  if (names.length === 0)
    return refused(
      'NothingToDo',
      `${what} of ${target.metadata.name} allows ${to} replicas already (${before.minReplicas} to ${before.maxReplicas})`,
    );
  const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/${name}`;
  const description = `let ${what} run ${after.minReplicas} to ${after.maxReplicas} replicas of ${target.metadata.name} instead of ${before.minReplicas} to ${before.maxReplicas}`;
  return {
    kind: 'requests',
    summary: description,
    requests: [
      {
        method: 'PATCH',
        path,
        contentType: MERGE,
        body: JSON.stringify({ metadata: { uid, resourceVersion }, spec: after }),
        description,
        precondition: { uid, resourceVersion },
        inverse: {
          method: 'PATCH',
          path,
          contentType: MERGE,
          body: JSON.stringify({ spec: before }),
          description: `set the bounds of ${what} back to ${before.minReplicas} to ${before.maxReplicas}`,
          ...inverseFields(
            names.map((field) => ({ pointer: `/spec/${field}`, before: before[field], after: after[field] })),
          ),
        },
      },
    ],
    changes: names.map((field) => ({
      resourceRef: `HorizontalPodAutoscaler/${namespace}/${name}`,
      changeType: 'patch' as const,
      field: `spec.${field}`,
      oldValue: String(before[field]),
      newValue: String(after[field]),
    })),
    next: 'verify',
  };
}

function replicasIn(body: string | undefined): number | undefined {
  if (body === undefined) return undefined;
  const { spec } = JSON.parse(body) as { readonly spec?: { readonly replicas?: number } };
  return spec?.replicas;
}
