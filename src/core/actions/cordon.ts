/**
 * `cordon`: no new pods on a node. Refused where too few nodes would be left for them; uncordoned when it is taken
 * back.
 */
import { cordonActionSchema } from '../../api/action-template.ts';
import { milliseconds } from '../../api/compile-trigger.ts';
import type { Inverse } from '../../api/action-status.ts';
import type { Condition, KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { canonicalJson } from '../../std/json.ts';
import { describeTarget, targetRef } from '../observation.ts';
import { inverseFields } from '../action/undo.ts';
import {
  type ActionKind,
  actionOf,
  type Answer,
  type Need,
  type Outcome,
  type PlanInput,
  type PlanResult,
  refused,
  type Seen,
} from './action-kind.ts';
import { refOf } from './field-changes.ts';

const MERGE = 'application/merge-patch+json';
export const NODE_RULE = { apiGroups: [''], resources: ['nodes'], verbs: ['patch'] } as const;

export const cordon: ActionKind = {
  kinds: ['Node'],
  // A node that is broken stays so: that nothing new comes to it is all that is asked for.
  proof: 'effect',
  wayBack: 'yes: the node is uncordoned',
  rbac: [NODE_RULE],
  needs: () => nodeNeeds,
  plan: (input) => {
    const { target, startedAt, now, template } = input;
    const what = describeTarget(targetRef(target));
    if (isCordoned(target)) return refused('NothingToDo', `${what} is cordoned already`);
    const { timeout } = cordonActionSchema.parse(template.cordonAction ?? {});
    const timeoutMs = milliseconds(timeout);
    if (now - startedAt >= timeoutMs) return refused('TimedOut', `${what} was not cordoned within ${timeout}`);
    return tooFewNodes(input) ?? cordonRequest(input, 'verify');
  },
  classify: cordonOutcome,
};

export const nodeNeeds: Readonly<Record<string, Need>> = { nodes: { list: { apiVersion: 'v1', kind: 'Node' } } };

interface NodeSpec {
  readonly unschedulable?: boolean;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
}
const specOf = (node: KubeObject): NodeSpec => node['spec'] ?? {};

export const isCordoned = (node: KubeObject): boolean => specOf(node).unschedulable === true;

export function isReady(node: KubeObject): boolean {
  const { conditions } = (node['status'] ?? {}) as { readonly conditions?: readonly Condition[] };
  return conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** What keeps pods of one pool out of another. Taints that follow from a node's state say nothing of its pool. */
const poolOf = (node: KubeObject): string =>
  canonicalJson(
    (specOf(node).taints ?? [])
      .filter(({ key }) => !key.startsWith('node.kubernetes.io/'))
      .map(({ key, value = '', effect }) => `${key}=${value}:${effect}`)
      .toSorted(),
  );

/**
 * Of the nodes with the same taints at least half, and one, must be left that are ready and take pods: what runs on the
 * others has to find room there. With less than half left, it is not the nodes that are broken.
 */
export function tooFewNodes({ target, answers }: PlanInput): PlanResult | undefined {
  const what = describeTarget(targetRef(target));
  const answer: Answer | undefined = answers['nodes'];
  if (answer?.found !== 'yes')
    return refused('NodesUnknown', `how many nodes would be left cannot be told: ${answer?.message ?? 'nobody asked'}`);
  const pool = answer.objects.filter((node) => poolOf(node) === poolOf(target));
  const left = pool.filter(
    (node) =>
      node.metadata.uid !== target.metadata.uid &&
      node.metadata.deletionTimestamp === undefined &&
      isReady(node) &&
      !isCordoned(node),
  );
  if (left.length > 0 && left.length * 2 >= pool.length) return undefined;
  const names = left.map(({ metadata }) => metadata.name).join(', ');
  return refused(
    'TooFewNodes',
    `without ${what} only ${left.length} of ${pool.length} nodes of its kind would be ready and take pods${names === '' ? '' : ` (${names})`}; at least half of them must, and one`,
  );
}

export function cordonRequest({ target, path, marker }: PlanInput, next: 'verify' | 'plan again'): PlanResult {
  const what = describeTarget(targetRef(target));
  const { uid = '', resourceVersion = '' } = target.metadata;
  const { unschedulable } = specOf(target);
  const inverse: Inverse = {
    method: 'PATCH',
    path,
    contentType: MERGE,
    body: JSON.stringify({ spec: { unschedulable: unschedulable ?? null } }),
    description: `uncordon ${what}`,
    ...inverseFields([{ pointer: '/spec/unschedulable', before: unschedulable, after: true }]),
  };
  const body = {
    metadata: { uid, resourceVersion, annotations: { [ANNOTATIONS.attempt]: marker } },
    spec: { unschedulable: true },
  };
  const description = `cordon ${what}: no new pods come to it`;
  return {
    kind: 'requests',
    summary: description,
    requests: [
      {
        method: 'PATCH',
        path,
        contentType: MERGE,
        body: JSON.stringify(body),
        description,
        precondition: { uid, resourceVersion },
        inverse,
      },
    ],
    changes: [
      {
        resourceRef: refOf(target),
        changeType: 'patch',
        field: 'spec.unschedulable',
        oldValue: String(unschedulable ?? false),
        newValue: 'true',
      },
    ],
    fields: [['spec', 'unschedulable']],
    next,
  };
}

/** One that somebody else cordoned meanwhile is theirs to uncordon. */
export function cordonOutcome({ target, uid, marker }: Pick<Seen, 'target' | 'uid' | 'marker'>): Outcome {
  if (target === undefined || target.metadata.uid !== uid) return 'superseded';
  if (!isCordoned(target)) return 'not done';
  return actionOf(target.metadata.annotations?.[ANNOTATIONS.attempt]) === actionOf(marker) ? 'done' : 'superseded';
}
