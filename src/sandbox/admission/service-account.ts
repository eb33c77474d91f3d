/**
 * ServiceAccount: a pod runs as an account of its namespace, has its token where it can read it, and pulls images with
 * its secrets. After k8s.io/kubernetes/plugin/pkg/admission/serviceaccount.
 */
import { pathSegmentProblems } from '../../std/names.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { notAdmitted } from '../machinery/admission-errors.ts';
import { asText, at, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import type { AdmissionAttributes, AdmissionPlugin, Machinery } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import { keyText } from '../machinery/store.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const ENFORCED = 'kubernetes.io/enforce-mountable-secrets';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_NAME = 'kube-api-access-';
/** An hour and seven seconds: clients see by it that the server gave out the token on its own. */
const TOKEN_SECONDS = 3607;
const FILE_MODE = 0o644;

const CONTAINERS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

const tokenVolume = (name: string): Draft => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: FILE_MODE,
  },
});

function mountToken(spec: Draft, account: KubeObject, machinery: Machinery): void {
  const mounts = spec['automountServiceAccountToken'] ?? account['automountServiceAccountToken'] ?? true;
  if (mounts !== true) return;
  const volumes = objectsOf(spec['volumes']);
  const present = volumes.map((volume) => asText(volume['name'])).find((name) => name.startsWith(VOLUME_NAME));
  const name = present ?? VOLUME_NAME + machinery.prng.suffix(5);
  let needed = false;
  for (const list of ['initContainers', 'containers'])
    for (const container of objectsOf(spec[list])) {
      const own = objectsOf(container['volumeMounts']);
      if (own.some((mount) => mount['mountPath'] === MOUNT_PATH)) continue;
      container['volumeMounts'] = own.concat({ name, readOnly: true, mountPath: MOUNT_PATH });
      needed = true;
    }
  if (needed && present === undefined) spec['volumes'] = volumes.concat(tokenVolume(name));
}

/** Secrets that the pod's containers, volumes and pulls name. */
function secretProblem(spec: Draft, account: KubeObject): string | undefined {
  const mountable = new Set(objectsOf(account['secrets']).map((secret) => asText(secret['name'])));
  const pullable = new Set(objectsOf(account['imagePullSecrets']).map((secret) => asText(secret['name'])));
  const { name } = account.metadata;
  for (const volume of objectsOf(spec['volumes'])) {
    const secret = asText(at(volume, 'secret', 'secretName'));
    if (secret !== '' && !mountable.has(secret))
      return `volume with secret.secretName="${secret}" is not allowed because service account ${name} does not reference that secret`;
  }
  for (const list of CONTAINERS) {
    const problem = containerSecretProblem(objectsOf(spec[list]), { list, mountable, name });
    if (problem !== undefined) return problem;
  }
  for (const [index, pull] of objectsOf(spec['imagePullSecrets']).entries())
    if (!pullable.has(asText(pull['name'])))
      return `imagePullSecrets[${index}].name="${asText(pull['name'])}" is not allowed because service account ${name} does not reference that imagePullSecret`;
  return undefined;
}

const TITLES = {
  initContainers: 'init container',
  containers: 'container',
  ephemeralContainers: 'ephemeral container',
};

function containerSecretProblem(
  containers: readonly Draft[],
  {
    list,
    mountable,
    name,
  }: { readonly list: keyof typeof TITLES; readonly mountable: ReadonlySet<string>; readonly name: string },
): string | undefined {
  for (const container of containers) {
    const title = `${TITLES[list]} ${asText(container['name'])}`;
    for (const variable of objectsOf(container['env'])) {
      const secret = asText(at(variable, 'valueFrom', 'secretKeyRef', 'name'));
      if (at(variable, 'valueFrom', 'secretKeyRef') !== undefined && !mountable.has(secret))
        return `${title} with envVar ${asText(variable['name'])} referencing secret.secretName="${secret}" is not allowed because service account ${name} does not reference that secret`;
    }
    for (const source of objectsOf(container['envFrom'])) {
      const secret = asText(at(source, 'secretRef', 'name'));
      if (source['secretRef'] !== undefined && !mountable.has(secret))
        return `${title} with envFrom referencing secret.secretName="${secret}" is not allowed because service account ${name} does not reference that secret`;
    }
  }
  return undefined;
}

/** Pods that a kubelet mirrors from its own files know nothing of accounts. */
function mirrorProblem(spec: Draft): string | undefined {
  if (asText(spec['serviceAccountName']) !== '') return 'a mirror pod may not reference service accounts';
  const projections = objectsOf(spec['volumes']).flatMap((volume) => objectsOf(at(volume, 'projected', 'sources')));
  return projections.some((source) => source['serviceAccountToken'] !== undefined)
    ? 'a mirror pod may not use ServiceAccountToken volume projections'
    : undefined;
}

/** Undefined only where none is needed. */
function accountOf(
  attributes: AdmissionAttributes,
  { name, needs, machinery }: { readonly name: string; readonly needs: AccountNeed; readonly machinery: Machinery },
): KubeObject | undefined {
  const { namespace } = attributes;
  const problems = pathSegmentProblems(name);
  const looked = `error looking up service account ${namespace}/${name}: `;
  // A name that no object could have is not asked for.
  if (problems.length > 0 && needs === 'account needed')
    throw notAdmitted(attributes, `${looked}invalid resource name ${JSON.stringify(name)}: [${problems.join(' ')}]`);
  const account = machinery.store.collection('serviceaccounts').get(keyText(namespace, name));
  if (!account && needs === 'account needed')
    throw notAdmitted(attributes, `${looked}serviceaccount "${name}" not found`);
  return account;
}

/**
 * An API server alone, with access off, is what tests of single requests ask for: pods there need no account, as in
 * envtest, which leaves this plugin out.
 */
export type AccountNeed = 'account needed' | 'account optional';

export const serviceAccount = (needs: AccountNeed): AdmissionPlugin => ({
  admit: (attributes, machinery) => {
    const { operation, type, subresource, object } = attributes;
    if (!object || type.group !== '' || type.resource !== 'pods' || operation !== 'CREATE' || subresource !== '')
      return;
    const spec = childOf(object, 'spec');
    if (at(metaOf(object), 'annotations', MIRROR) !== undefined) {
      const problem = mirrorProblem(spec);
      if (problem !== undefined) throw notAdmitted(attributes, problem);
      return;
    }
    const name = asText(spec['serviceAccountName']) || 'default';
    Object.assign(spec, { serviceAccountName: name, serviceAccount: name });
    const account = accountOf(attributes, { name, needs, machinery });
    if (!account) return;
    mountToken(spec, account, machinery);
    const pulls = objectsOf(account['imagePullSecrets']);
    if (objectsOf(spec['imagePullSecrets']).length === 0 && pulls.length > 0)
      spec['imagePullSecrets'] = pulls.map((pull) => ({ ...pull }));
    if (!/^(1|t|T|true|TRUE|True)$/.test(asText(at(account, 'metadata', 'annotations', ENFORCED)))) return;
    const problem = secretProblem(spec, account);
    if (problem !== undefined) throw notAdmitted(attributes, problem);
  },
});
