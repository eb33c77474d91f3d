/** What an action type must know. It never executes: it plans requests, and says from live data whether they were done. */
import type { PlannedRequest, ResourceChange } from '../../api/action-status.ts';
import type { ActionTemplate } from '../../api/action-template.ts';
import type { KubeObject } from '../../api/kube.ts';
import type { Instant } from '../../std/clock.ts';

/** One rule of a ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export interface PlanInput {
  readonly template: ActionTemplate;
  /** Read live, just now. */
  readonly target: KubeObject;
  /** `<HealingAction UID>/<attempt>`: marks what this attempt did. */
  readonly marker: string;
  readonly now: Instant;
}

export type PlanResult =
  | { readonly requests: readonly PlannedRequest[]; readonly changes: readonly ResourceChange[]; readonly summary: string }
  /** It cannot be done to this target, and trying again would not help. */
  | { readonly refused: string; readonly message: string };

/** What became of an attempt whose answer was not seen, judged from a live read (I3). */
export type Outcome = 'done' | 'not done' | 'superseded';

export interface ActionKind {
  readonly kinds: readonly string[];
  readonly rbac: readonly PolicyRule[];
  readonly plan: (input: PlanInput) => PlanResult;
  readonly classify: (seen: {
    readonly target: KubeObject | undefined;
    /** Kind and UID of the target that was decided on. */
    readonly kind: string;
    readonly uid: string;
    readonly marker: string;
  }) => Outcome;
}
