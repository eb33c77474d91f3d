/** The action types. A new one is its schema block, one file here, and its line in this record; leaving it out does not compile. */
import type { ActionTemplate, ActionType } from '../../api/action-template.ts';
import type { ActionKind, PolicyRule } from './action-kind.ts';
import { deletion } from './delete.ts';
import { job } from './job.ts';
import { notify } from './notify.ts';
import { patch } from './patch.ts';
import { resize } from './resize.ts';
import { restart } from './restart.ts';
import { rollback } from './rollback.ts';
import { scale } from './scale.ts';
import { webhook } from './webhook.ts';

const builtIn: Readonly<Record<ActionType, ActionKind | 'not supported'>> = {
  restart,
  scale,
  patch,
  delete: deletion,
  custom: 'not supported',
  rollback,
  resize,
  cordon: 'not supported',
  drain: 'not supported',
  job,
  webhook,
  notify,
};

/** The action types that this operator has switched on. */
export interface ActionRegistry {
  /** The kind of action, or why there is none. */
  readonly find: (template: ActionTemplate) => ActionKind | { readonly unavailable: string };
  /** What the enabled types ask of the cluster's RBAC: the ClusterRole is generated from it. */
  readonly rules: readonly PolicyRule[];
}

export interface RegistryConfig {
  /** Types that are switched off; they take their permissions with them. */
  readonly disabled: readonly ActionType[];
}

export function actionRegistry({ disabled }: RegistryConfig = { disabled: [] }): ActionRegistry {
  return {
    find: ({ type }) => {
      if (disabled.includes(type)) return { unavailable: `actions of type ${type} are switched off in the operator's configuration` };
      const kind = builtIn[type];
      return kind === 'not supported' ? { unavailable: `actions of type ${type} are not supported by this version` } : kind;
    },
    rules: Object.entries(builtIn).flatMap(([type, kind]) =>
      kind === 'not supported' || disabled.some((off) => off === type) ? [] : kind.rbac,
    ),
  };
}

export const isUnavailable = (found: ActionKind | { readonly unavailable: string }): found is { readonly unavailable: string } =>
  'unavailable' in found;
