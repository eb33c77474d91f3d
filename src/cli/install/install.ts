/** `kubeskippy install`: CRDs, RBAC and the admission policies by server-side apply, or printed. */
import { stringify } from 'yaml';
import type { KubeObject } from '../../shapes/kube.ts';
import { actionTypes } from '../../api/action-template.ts';
import { FIELD_MANAGER, SEAL_SECRET } from '../../api/names.ts';
import type { OperatorSettings } from '../../api/operator-config.ts';
import type { OptIn, Tenancy } from '../../api/rbac.ts';
import { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { parseApiVersion, type ResourceRef } from '../../kube/resource.ts';
import { SECRETS } from '../../kube/well-known.ts';
import { sealSecret } from '../../operator/seal-keys.ts';
import { actionSetup } from '../action-setup.ts';
import { CliError } from '../cli-error.ts';
import { checkServer, connect, type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { loadConfig } from '../load-config.ts';
import { installObjects } from './manifests.ts';

export interface InstallOptions extends ConnectOptions {
  readonly namespace: string;
  readonly output: 'apply' | 'yaml';
  /** The operator's configuration: what is switched off there gets no permissions. */
  readonly config?: string | undefined;
  readonly tenancy: Tenancy;
  readonly allow: readonly OptIn[];
  /** Plugins that get their permissions too. */
  readonly plugin?: readonly string[] | undefined;
}

const RESOURCES: Readonly<Record<string, { readonly resource: string; readonly namespaced: boolean }>> = {
  Namespace: { resource: 'namespaces', namespaced: false },
  CustomResourceDefinition: { resource: 'customresourcedefinitions', namespaced: false },
  ServiceAccount: { resource: 'serviceaccounts', namespaced: true },
  ClusterRole: { resource: 'clusterroles', namespaced: false },
  ClusterRoleBinding: { resource: 'clusterrolebindings', namespaced: false },
  Role: { resource: 'roles', namespaced: true },
  RoleBinding: { resource: 'rolebindings', namespaced: true },
  ValidatingAdmissionPolicy: { resource: 'validatingadmissionpolicies', namespaced: false },
  ValidatingAdmissionPolicyBinding: { resource: 'validatingadmissionpolicybindings', namespaced: false },
};

export async function install(options: InstallOptions, environment: CliEnvironment): Promise<void> {
  const settings = await loadConfig(options.config, {});
  const { registry } = await actionSetup(settings, options.plugin);
  const objects = installObjects({
    ...options,
    actionRules: registry.rules,
    protectedNamespaces: settings.protectedNamespaces,
    templates: await templatesOf(settings, options.plugin),
  });
  if (options.output === 'yaml') {
    for (const object of objects)
      environment.stdout.write(`---\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })}`);
    return;
  }
  const { clock, signal } = environment;
  const { transport, server } = await connect(options, environment);
  const client = new KubeClient({ transport, clock, fieldManager: FIELD_MANAGER });
  await checkServer(client, { server, signal });
  for (const object of objects) {
    environment.stdout.write(`${nameOf(object)} ${await apply(client, object, signal)}\n`);
  }
  environment.stdout.write(`secret/${SEAL_SECRET} ${await makeKey(client, options.namespace, environment)}\n`);
}

/** The key of the seal is made once, and is in no manifest: it would be no secret there. */
async function makeKey(
  client: KubeClient,
  namespace: string,
  { random, signal }: Pick<CliEnvironment, 'random' | 'signal'>,
): Promise<string> {
  const secret = sealSecret({ namespace, secureRandom: random, at: client.clock.now() });
  try {
    await client.create(SECRETS, secret, { signal });
    return 'created';
  } catch (error) {
    if (!isKubeError(error)) throw error;
    if (error.code === 'AlreadyExists') return 'kept';
    throw new CliError(`${nameOf(secret)}: ${oneLine(error)}`, { cause: error });
  }
}

const TEMPLATED = new Set(['pods', 'deployments', 'statefulsets', 'daemonsets', 'replicasets', 'cronjobs', 'jobs']);

/** Whether `patchFields`, or a plugin by the permissions that it declares, may change what pods run. */
async function templatesOf(
  settings: OperatorSettings,
  plugin: readonly string[] | undefined,
): Promise<'kept' | 'changed'> {
  if (settings.actions.patchFields.length > 0) return 'changed';
  const disabled = actionTypes.filter((type) => type !== 'custom' || settings.actions.disabled.includes('custom'));
  const { registry } = await actionSetup({ ...settings, actions: { ...settings.actions, disabled } }, plugin);
  const changes = registry.rules.some(
    ({ resources, verbs }) =>
      resources.some((resource) => TEMPLATED.has(resource)) && verbs.some((verb) => ['patch', 'update'].includes(verb)),
  );
  return changes ? 'changed' : 'kept';
}

const nameOf = (object: KubeObject): string => `${object.kind.toLowerCase()}/${object.metadata.name}`;

async function apply(client: KubeClient, object: KubeObject, signal: AbortSignal): Promise<string> {
  const known = RESOURCES[object.kind];
  if (known === undefined) throw new CliError(`${nameOf(object)}: no resource is known for this kind`);
  const type: ResourceRef = { ...parseApiVersion(object.apiVersion), ...known };
  const { name, namespace } = object.metadata;
  const key = known.namespaced && namespace !== undefined ? { name, namespace } : { name };
  try {
    await client.patch(type, key, { type: 'apply', body: object, force: 'TakeOwnership', signal });
    return 'applied';
  } catch (error) {
    if (!isKubeError(error)) throw error;
    // Before Kubernetes 1.30 there is no such kind; everything else works without it.
    if (object.kind.startsWith('ValidatingAdmissionPolicy') && error.status === 404) {
      return 'skipped: this cluster has no ValidatingAdmissionPolicy, so that nothing proves who approves';
    }
    throw new CliError(`${nameOf(object)}: ${oneLine(error)}`, { cause: error });
  }
}
