/**
 * `kubeskippy install`: CRDs, RBAC, the admission policies and, if wanted, the operator itself by server-side apply, or
 * printed.
 */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { KubeObject } from '../../shapes/kube.ts';
import { actionTypes } from '../../api/action-template.ts';
import { FIELD_MANAGER, SEAL_SECRET } from '../../api/names.ts';
import type { OperatorSettings } from '../../api/operator-config.ts';
import type { OptIn, PolicyRule, Tenancy } from '../../api/rbac.ts';
import { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { SECRETS } from '../../kube/well-known.ts';
import { sealSecret } from '../../operator/seal-keys.ts';
import { given } from '../../std/given.ts';
import { actionSetup } from '../action-setup.ts';
import { CliError } from '../cli-error.ts';
import { checkServer, connect, type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { loadConfig } from '../load-config.ts';
import { installObjects } from './manifests.ts';
import { FILES_FOLDER, operatorObjects } from './operator-objects.ts';
import { nameOf, placeOf } from './places.ts';
import { manifestYaml } from '../manifest-yaml.ts';

export interface InstallOptions extends ConnectOptions {
  readonly namespace: string;
  readonly output: 'apply' | 'yaml' | 'json';
  /** The operator's configuration: what is switched off there gets no permissions. */
  readonly config?: string | undefined;
  readonly tenancy: Tenancy;
  readonly allow: readonly OptIn[];
  /** Plugins that get their permissions too. */
  readonly plugin?: readonly string[] | undefined;
  /** The operator's pods too, of this image. */
  readonly withOperator?: boolean | undefined;
  readonly image?: string | undefined;
  readonly replicas?: number | undefined;
  /** The PersistentVolumeClaim for files that the pods keep. */
  readonly filesClaim?: string | undefined;
}

export async function install(options: InstallOptions, environment: CliEnvironment): Promise<void> {
  const settings = await loadConfig(options.config, {});
  const { registry } = await actionSetup(settings, options.plugin);
  const objects = installObjects({
    ...options,
    actionRules: registry.rules,
    protectedNamespaces: settings.protectedNamespaces,
    templates: await templatesOf(settings, options.plugin),
    ...given({ pods: registry.rules.some(makesPods) ? ('made' as const) : undefined }),
  });
  const all = [...objects, ...(await ownPods(options, settings))];
  if (options.output === 'yaml') {
    for (const object of all) environment.stdout.write(`---\n${manifestYaml(object)}`);
    return;
  }
  if (options.output === 'json') {
    environment.stdout.write(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: all }, undefined, 2)}\n`);
    return;
  }
  const { clock, signal } = environment;
  const { transport, server } = await connect(options, environment);
  const client = new KubeClient({ transport, clock, fieldManager: FIELD_MANAGER });
  await checkServer(client, { server, signal });
  for (const object of all) {
    environment.stdout.write(`${nameOf(object)} ${await apply(client, object, signal)}\n`);
  }
  environment.stdout.write(`secret/${SEAL_SECRET} ${await makeKey(client, options.namespace, environment)}\n`);
}

async function ownPods(
  options: InstallOptions,
  { auditFile, recordDecisions }: OperatorSettings,
): Promise<readonly KubeObject[]> {
  const { namespace, withOperator, image, replicas, config, filesClaim: claim } = options;
  if (withOperator !== true) {
    if (image === undefined && replicas === undefined && claim === undefined) return [];
    throw new CliError('--image, --replicas and --files-claim are of the operator: add --with-operator', {
      exitCode: 2,
    });
  }
  for (const [key, path] of Object.entries({ auditFile, recordDecisions }))
    if (path !== undefined && !posix.normalize(path).startsWith(`${FILES_FOLDER}/`))
      throw new CliError(
        `${config}: ${key} is ${path}, where the pods cannot write: choose a path below ${FILES_FOLDER}/`,
        { exitCode: 2 },
      );
  if (image === undefined)
    throw new CliError(
      'no image of the operator is published: build one with the Dockerfile, and name it with --image REGISTRY/kubeskippy@sha256:DIGEST',
      { exitCode: 2 },
    );
  if ((options.plugin ?? []).length > 0)
    throw new CliError(
      '--plugin names files of this machine, which the pods do not have: build them into the image, and name them in the configuration',
      { exitCode: 2 },
    );
  const text = config === undefined ? undefined : await readFile(config, 'utf8');
  return operatorObjects({ namespace, image, ...given({ replicas, config: text, claim }) });
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

/** No action of ours does. */
const makesPods = ({ apiGroups, resources, verbs }: PolicyRule): boolean =>
  ['', '*'].some((group) => apiGroups.includes(group)) &&
  ['pods', '*'].some((resource) => resources.includes(resource)) &&
  ['create', '*'].some((verb) => verbs.includes(verb));

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

async function apply(client: KubeClient, object: KubeObject, signal: AbortSignal): Promise<string> {
  const { type, key } = placeOf(object);
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
