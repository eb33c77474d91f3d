/** What the configuration makes of the action types; the operator, `plan` and `install` start from the same. */
import type { OperatorSettings } from '../api/operator-config.ts';
import type { ActionSettings } from '../core/actions/action-kind.ts';
import { type ActionRegistry, actionRegistry } from '../core/actions/index.ts';

export interface ActionSetup {
  readonly registry: ActionRegistry;
  readonly settings: ActionSettings;
}

export function actionSetup({ actions, endpoints, channels }: OperatorSettings): ActionSetup {
  const { disabled, patchFields, deletableKinds } = actions;
  return {
    registry: actionRegistry({ disabled }),
    settings: {
      patchFields,
      deletableKinds,
      endpoints: endpoints.map(({ name }) => name),
      channels: channels.map(({ name }) => name),
    },
  };
}
