/**
 * `cordon`: no new pods on a node. Refused where too few nodes would be left for them; uncordoned when it is taken
 * back.
 */
import { cordonActionSchema } from '../../api/action-template.ts';
import { milliseconds } from '../../api/compile-trigger.ts';
import type { Condition, KubeObject } from '../../shapes/kube.ts';
import { canonicalJson } from '../../std/json.ts';
import { patchOfTarget } from '../authority/reach.ts';
import { describeObject } from '../observation.ts';
import {
  type BuiltInKind,
  type BuiltInPlan,
  isMarked,
  type Needs,
  objectsIn,
  type Outcome,
  type PlanInput,
  type Refusal,
  refused,
  sameTarget,
  type Seen,
} from './action-kind.ts';
import { REMOVAL_TAINTS, signalNeeds, uncorroborated } from './node-signals.ts';
import { mergeInverse, mergePatch, oneRequest, refOf } from './requests.ts';

export const NODE_RULE = { apiGroups: [''], resources: ['nodes'], verbs: ['patch'] } as const;

/** Whether the heartbeat of the node goes on. */
export const LEASE_RULE = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get'] } as const;

export const CORDONING = patchOfTarget(['/spec/unschedulable']);

export const cordon: BuiltInKind = {
  kinds: ['Node'],
  // A node that is broken stays so: that nothing new comes to it is all that is asked for.
  proof: 'effect',
  takesNode: true,
  timeout: ({ cordonAction }) => cordonAction?.timeout,
  wayBack: 'yes: the node is uncordoned',
  rbac: [NODE_RULE, LEASE_RULE],
  reach: () => [CORDONING],
  needs: (input) => ({ ...nodeNeeds, ...signalNeeds(input) }),
  plan: (input) => {
    const { target, startedAt, now, template } = input;
    const what = describeObject(target);
    if (isCordoned(target)) return refused('NothingToDo', `${what} is cordoned already`);
    const { timeout, signals } = cordonActionSchema.parse(template.cordonAction ?? {});
    const timeoutMs = milliseconds(timeout);
    if (now - startedAt >= timeoutMs) return refused('TimedOut', `${what} was not cordoned within ${timeout}`);
    return tooFewNodes(input) ?? uncorroborated(input, signals) ?? cordonRequest(input, 'verify');
  },
  classify: cordonOutcome,
};

export const nodeNeeds: Needs = { nodes: { list: { apiVersion: 'v1', kind: 'Node' } } };

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

/** Nodes with equal taints are one pool. Taints that Kubernetes sets by a node's state say nothing of its pool. */
const poolOf = (node: KubeObject): string =>
  canonicalJson(
    (specOf(node).taints ?? [])
      .filter(({ key }) => !key.startsWith('node.kubernetes.io/') && !REMOVAL_TAINTS.includes(key))
      .map(({ key, value = '', effect }) => `${key}=${value}:${effect}`)
      .toSorted(),
  );

/**
 * Of the nodes with the same taints at least half, and one, must be left that are ready and take pods: what runs on the
 * others has to find room there. With less than half left, it is not the nodes that are broken.
 */
export function tooFewNodes({ target, answers }: PlanInput): Refusal | undefined {
  const what = describeObject(target);
  const nodes = objectsIn(answers['nodes']);
  if ('whyNot' in nodes) return refused('NodesUnknown', `how many nodes would be left cannot be told: ${nodes.whyNot}`);
  const pool = nodes.value.filter((node) => poolOf(node) === poolOf(target));
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

export function cordonRequest({ target, path, marker }: PlanInput, next: 'verify' | 'plan again'): BuiltInPlan {
  const what = describeObject(target);
  const { unschedulable } = specOf(target);
  const request = mergePatch(target, {
    path,
    description: `cordon ${what}: no new pods come to it`,
    fields: { spec: { unschedulable: true } },
    marker,
    inverse: mergeInverse({
      path,
      description: `uncordon ${what}`,
      fields: { spec: { unschedulable: unschedulable ?? null } },
      changed: [{ pointer: '/spec/unschedulable', before: unschedulable, after: true }],
    }),
  });
  return oneRequest(request, {
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
  });
}

/** One that somebody else cordoned meanwhile is theirs to uncordon. */
export function cordonOutcome(seen: Pick<Seen, 'target' | 'uid' | 'marker'>): Outcome {
  const target = sameTarget(seen);
  if (target === undefined) return 'superseded';
  if (!isCordoned(target)) return 'not done';
  return isMarked(target.metadata, seen.marker) ? 'done' : 'superseded';
}
