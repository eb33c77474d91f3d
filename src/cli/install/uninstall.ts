/**
 * `kubeskippy uninstall`: everything that `install` applies is deleted, and the policies and actions with it. The
 * operator goes first, so that it heals nothing meanwhile. The finalizer of actions is taken off: once the operator is
 * gone nothing else would, and the deletion of their namespaces would wait for ever.
 */
import { FINALIZER, GROUP, HEALING_ACTION, HEALING_POLICY, SEAL_SECRET, VERSION } from '../../api/names.ts';
import { FIELD_MANAGER } from '../../api/names.ts';
import { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { SECRETS } from '../../kube/well-known.ts';
import { actionRegistry } from '../../core/actions/index.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { CliError } from '../cli-error.ts';
import { checkServer, connect, type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { installObjects } from './manifests.ts';
import { operatorObjects } from './operator-objects.ts';
import { nameOf, placeOf } from './places.ts';

export interface UninstallOptions extends ConnectOptions {
  readonly namespace: string;
  /** The kinds stay, and with them policies, actions and approvals. */
  readonly keepCrds?: boolean | undefined;
  /** Nobody is asked. */
  readonly yes?: boolean | undefined;
}

const own = (resource: string) => ({ group: GROUP, version: VERSION, resource, namespaced: true });

export async function uninstall(options: UninstallOptions, environment: CliEnvironment): Promise<void> {
  const { clock, signal } = environment;
  const { transport, server } = await connect(options, environment);
  const client = new KubeClient({ transport, clock, fieldManager: FIELD_MANAGER });
  await checkServer(client, { server, signal });
  await uninstallFrom(client, options, environment);
}

export async function uninstallFrom(
  client: KubeClient,
  options: UninstallOptions,
  environment: Pick<CliEnvironment, 'stdout' | 'ask' | 'signal'>,
): Promise<void> {
  const { stdout, signal } = environment;
  try {
    await agreed(client, options, environment);
    const gone = async (object: KubeObject): Promise<void> =>
      void stdout.write(`${nameOf(object)} ${await removed(client, object, signal)}\n`);
    // Its options change contents and not names.
    for (const object of operatorObjects({ namespace: options.namespace, image: '', config: '' })) await gone(object);
    const actions = await released(client, signal);
    if (actions > 0) stdout.write(`finalizer ${FINALIZER} taken off ${actions} HealingActions\n`);
    await removed(client, secretOf(options.namespace), signal);
    const objects = installObjects({ namespace: options.namespace, actionRules: actionRegistry().rules });
    for (const object of objects.toReversed())
      if (options.keepCrds !== true || object.kind !== 'CustomResourceDefinition') await gone(object);
  } catch (error) {
    if (isKubeError(error)) throw new CliError(oneLine(error), { cause: error });
    throw error;
  }
}

const secretOf = (namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: SEAL_SECRET, namespace },
});

async function agreed(
  client: KubeClient,
  { yes, keepCrds, namespace }: UninstallOptions,
  { ask, signal }: Pick<CliEnvironment, 'ask' | 'signal'>,
): Promise<void> {
  if (yes === true) return;
  if (ask === undefined)
    throw new CliError('nobody sits at this terminal to be asked; add -y to delete without a question', {
      exitCode: 2,
    });
  const policies = await countOf(client, HEALING_POLICY.plural, signal);
  const what =
    keepCrds === true
      ? `the operator in namespace ${namespace}; ${policies} HealingPolicies stay and heal nothing`
      : `the operator in namespace ${namespace}, that namespace, and all ${policies} HealingPolicies with their actions`;
  const answered = await ask(`Delete ${what}? Type yes: `);
  if (answered.trim() !== 'yes') throw new CliError('nothing was deleted: the answer was not yes');
}

async function countOf(client: KubeClient, resource: string, signal: AbortSignal): Promise<number> {
  return (await listed(client, resource, signal)).length;
}

/** None where the kind is not served. */
async function listed(client: KubeClient, resource: string, signal: AbortSignal): Promise<readonly KubeObject[]> {
  try {
    return (await client.list(own(resource), { signal })).items;
  } catch (error) {
    if (isKubeError(error) && error.status === 404) return [];
    throw error;
  }
}

async function released(client: KubeClient, signal: AbortSignal): Promise<number> {
  const held = (await listed(client, HEALING_ACTION.plural, signal)).filter(({ metadata }) =>
    metadata.finalizers?.includes(FINALIZER),
  );
  for (const { metadata } of held) {
    const { name, namespace = '', resourceVersion, finalizers = [] } = metadata;
    const rest = finalizers.filter((finalizer) => finalizer !== FINALIZER);
    try {
      await client.patch(
        own(HEALING_ACTION.plural),
        { name, namespace },
        {
          type: 'merge',
          body: { metadata: { resourceVersion, finalizers: rest } },
          signal,
        },
      );
    } catch (error) {
      if (!isKubeError(error) || error.status !== 404) throw error;
    }
  }
  return held.length;
}

async function removed(client: KubeClient, object: KubeObject, signal: AbortSignal): Promise<string> {
  const { type, key } = object.kind === 'Secret' ? { type: SECRETS, key: object.metadata } : placeOf(object);
  try {
    await client.delete(type, key, { propagationPolicy: 'Background', signal });
    return 'deleted';
  } catch (error) {
    if (isKubeError(error) && error.status === 404) return 'is not there';
    throw error;
  }
}
