/** The action types. A new one is its schema block, one file here, and its line in this record; leaving it out does not compile. */
import type { ActionType } from '../../api/action-template.ts';
import type { ActionKind } from './action-kind.ts';
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
