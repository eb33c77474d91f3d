/** What the configuration makes of the action types; the operator, `plan` and `install` start from the same. */
import { interestOf } from '../api/endpoint-schema.ts';
import type { OperatorSettings } from '../api/operator-config.ts';
import type { ActionSettings } from '../core/actions/action-kind.ts';
import { type ActionRegistry, actionRegistry } from '../core/actions/index.ts';
import { loadPlugins } from './load-plugins.ts';

export interface ActionSetup {
  readonly registry: ActionRegistry;
  readonly settings: ActionSettings;
}

/**
 * `plugins`: files of `--plugin`, which come after those of the configuration. @throws CliError that names the one that
 * cannot be used.
 */
export async function actionSetup(
  { actions, endpoints, channels, plugins: configured }: OperatorSettings,
  plugins: readonly string[] = [],
): Promise<ActionSetup> {
  const { disabled, patchFields, deletableKinds } = actions;
  return {
    registry: actionRegistry({ disabled, plugins: await loadPlugins([...configured, ...plugins]) }),
    settings: {
      patchFields,
      deletableKinds,
      endpoints: endpoints.map(({ name }) => name),
      // Through the others no person is told.
      channels: channels.filter(({ type }) => interestOf(type) !== 'healing').map(({ name }) => name),
      grants: Object.fromEntries(
        [...endpoints, ...channels].flatMap(({ name, namespaces }) =>
          namespaces === undefined ? [] : [[name, namespaces]],
        ),
      ),
      withheld: [],
    },
  };
}
