/**
 * The HealingAction that a proposal becomes. Its name is its idempotency key: creating it twice is a conflict, not a
 * second action (law 1).
 */
import { createHash } from 'node:crypto';
import type { HealingActionObject } from '../../api/healing-action.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { API_VERSION, FINALIZER, HEALING_ACTION, LABELS, labelValue } from '../../api/names.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import { derivedSpec } from '../../core/action/derived-spec.ts';
import type { Decision } from '../../core/target/evaluate-target.ts';
import type { TargetRef } from '../../core/observation.ts';
import { toMicroTime } from '../../std/clock.ts';
import { given } from '../../std/given.ts';

type Proposed = Extract<Decision, { readonly kind: 'propose' }>;

export function actionName(
  policyUid: string,
  target: TargetRef,
  proposed: Pick<Proposed, 'episodeStart' | 'step'>,
): string {
  const identity = [policyUid, target.uid, proposed.episodeStart, proposed.step].join('/');
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 10);
  // 253 is the limit of a name; the target's name is for people, the hash is the key.
  return `${target.name.slice(0, 200)}-${hash}`.toLowerCase();
}

export function actionObject(input: {
  readonly policy: HealingPolicy;
  readonly target: TargetRef;
  readonly rootUid: string;
  readonly proposed: Proposed;
  readonly dryRun: 'All' | 'none';
}): HealingActionObject & KubeObject {
  const { policy, target, rootUid, proposed } = input;
  const { action } = proposed;
  const namespace = target.namespace ?? policy.namespace;
  const dryRun = policy.mode === 'dryrun' || input.dryRun === 'All';
  return {
    apiVersion: API_VERSION,
    kind: HEALING_ACTION.kind as 'HealingAction',
    metadata: {
      name: actionName(policy.uid, target, proposed),
      namespace,
      labels: {
        [LABELS.policy]: labelValue(policy.name),
        [LABELS.policyNamespace]: labelValue(policy.namespace),
        [LABELS.actionType]: action.type,
        [LABELS.targetKind]: labelValue(target.kind),
        [LABELS.targetName]: labelValue(target.name),
        [LABELS.rootUid]: labelValue(rootUid),
      },
      // No owner: with that of the policy would go what has begun, and what limits need.
      ...given({ finalizers: dryRun ? undefined : [FINALIZER] }),
    },
    spec: {
      policyRef: { name: policy.name, namespace: policy.namespace, uid: policy.uid },
      targetResource: target,
      ...derivedSpec(policy, action),
      dryRun,
      trigger: proposed.triggers[0] ?? '',
      evidence: [...proposed.evidence],
      policyGeneration: policy.generation,
      episode: { startedAt: toMicroTime(proposed.episodeStart), step: proposed.step },
    },
  };
}
