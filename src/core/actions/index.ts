/** The action types. A new one is its schema block, one file here, and its line in this record; leaving it out does not compile. */
import type { ActionType } from '../../api/action-template.ts';
import type { ActionKind, PolicyRule } from './action-kind.ts';
import { restart } from './restart.ts';

export const actionKinds: Readonly<Record<ActionType, ActionKind | 'not supported'>> = {
  restart,
  scale: 'not supported',
  patch: 'not supported',
  delete: 'not supported',
  custom: 'not supported',
  rollback: 'not supported',
  resize: 'not supported',
  cordon: 'not supported',
  drain: 'not supported',
  job: 'not supported',
  webhook: 'not supported',
  notify: 'not supported',
};

/** What the action types ask of the cluster's RBAC: the ClusterRole is generated from it. */
export const actionRules = (): readonly PolicyRule[] =>
  Object.values(actionKinds).flatMap((kind) => (kind === 'not supported' ? [] : kind.rbac));
