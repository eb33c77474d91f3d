/**
 * `kubeskippy uninstall`: everything that `install` applies is deleted, and the policies and actions with it. The
 * operator and its rights go first, so that it heals nothing meanwhile. Then the finalizer of actions is taken off:
 * once the operator is gone nothing else would, and the deletion of their namespaces would wait for ever.
 */
import {
  FIELD_MANAGER,
  FINALIZER,
  GROUP,
  HEALING_ACTION,
  HEALING_POLICY,
  LEASE_NAMES,
  LEDGER_CONFIG_MAP,
  PAUSE_CONFIG_MAP,
  SEAL_SECRET,
  VERSION,
} from '../../api/names.ts';
import { optIns } from '../../api/rbac.ts';
import { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { NAMESPACES } from '../../kube/well-known.ts';
import { actionRegistry } from '../../core/actions/index.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { counted } from '../../std/counted.ts';
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
  readonly output: 'text' | 'json';
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
    const ended: { readonly object: string; readonly outcome: string }[] = [];
    const told = (object: string, outcome: string): void => {
      ended.push({ object, outcome });
      // Programs get one document, when all is done.
      if (options.output === 'text') stdout.write(`${object} ${outcome}\n`);
    };
    const gone = async (object: KubeObject): Promise<void> =>
      told(nameOf(object), await removed(client, object, signal));
    const { namespace } = options;
    // Options of an installation change contents, and add names: those of the widest one are looked for.
    for (const object of operatorObjects({ namespace, image: '', config: '' })) await gone(object);
    const installed = installObjects({
      namespace,
      actionRules: actionRegistry().rules,
      tenancy: 'shared',
      allow: optIns,
    });
    const kinds = installed.filter(({ kind }) => kind === 'CustomResourceDefinition');
    const rest = installed.filter(({ kind }) => kind !== 'CustomResourceDefinition' && kind !== 'Namespace');
    for (const object of rest.toReversed()) await gone(object);
    // Without its rights an operator that still runs puts no finalizer back.
    const actions = await released(client, signal);
    if (actions > 0) told(`finalizer ${FINALIZER}`, `taken off ${counted(actions, 'HealingAction')}`);
    if (options.keepCrds !== true) for (const object of kinds.toReversed()) await gone(object);
    for (const object of recordsIn(namespace)) await gone(object);
    // There are as many as the work was divided into: the others are not worth a line.
    for (const object of leasesIn(namespace))
      if ((await removed(client, object, signal)) === 'deleted') told(nameOf(object), 'deleted');
    told(`namespace/${namespace}`, await removedNamespace(client, namespace, signal));
    if (options.output === 'json') stdout.write(`${JSON.stringify(ended, undefined, 2)}\n`);
  } catch (error) {
    if (isKubeError(error)) throw new CliError(oneLine(error), { cause: error });
    throw error;
  }
}

/** What the operator itself has made there. */
const recordsIn = (namespace: string): readonly KubeObject[] => [
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: SEAL_SECRET, namespace } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: LEDGER_CONFIG_MAP, namespace } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: PAUSE_CONFIG_MAP, namespace } },
];

const leasesIn = (namespace: string): readonly KubeObject[] =>
  LEASE_NAMES.map((name) => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace } }));

interface Manager {
  readonly manager?: string;
  readonly subresource?: string;
}

/** A namespace that was there before, or that others have changed, may hold what is theirs. */
async function removedNamespace(client: KubeClient, name: string, signal: AbortSignal): Promise<string> {
  const found = await client.find(NAMESPACES, { name }, { signal });
  if (found === undefined) return 'is not there';
  const managers = (found.metadata.managedFields ?? []) as readonly Manager[];
  const others = managers.filter(({ manager, subresource }) => manager !== FIELD_MANAGER && subresource !== 'status');
  if (others.length > 0) return `is kept: ${others[0]?.manager ?? 'somebody else'} has made or changed it too`;
  return removed(client, found, signal);
}

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
      ? `the operator in namespace ${namespace}; ${counted(policies, 'HealingPolicy stays and heals', 'HealingPolicies stay and heal')} nothing`
      : `the operator in namespace ${namespace}, that namespace, and ${counted(policies, 'HealingPolicy with its', 'HealingPolicies with their')} actions`;
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
  const { type, key } = placeOf(object);
  try {
    await client.delete(type, key, { propagationPolicy: 'Background', signal });
    return 'deleted';
  } catch (error) {
    if (isKubeError(error) && error.status === 404) return 'is not there';
    throw error;
  }
}
