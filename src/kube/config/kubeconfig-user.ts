/**
 * What a user of a kubeconfig means to client-go and not to the library that reads it: files with tokens, what a plugin
 * for credentials is told, and providers that are gone. Pure.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
import { given } from '../../std/given.ts';
import { KubeconfigError, type Parts, text } from './kubeconfig-files.ts';

export interface PreparedUser {
  /** As the library is given it. */
  readonly user: Parts;
  /** Read before each use, since it rotates; it wins over a token that is written out. */
  readonly tokenFile?: string;
  readonly plugin?: { readonly command: string; readonly installHint: string };
}

const PLUGIN_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
/** They went with Kubernetes 1.26. https://github.com/kubernetes/client-go/tree/master/plugin/pkg/client/auth */
const REMOVED: Readonly<Record<string, string>> = { gcp: 'gke-gcloud-auth-plugin', azure: 'kubelogin' };
/** Where a cluster has settings for plugins. */
const PLUGIN_SETTINGS = 'client.authentication.k8s.io/exec';

/** @throws KubeconfigError in one line, for a user that client-go refuses too. */
export function preparedUser(
  user: Parts,
  { name, cluster }: { readonly name: string; readonly cluster: Parts },
): PreparedUser {
  const { 'token-file': tokenFile, ...rest } = user;
  const refuse = (message: string): never => {
    throw new KubeconfigError('Malformed', `user ${JSON.stringify(name)} of the kubeconfig: ${message}`);
  };
  const provider = text(partsOf(user['auth-provider'])['name']);
  if (REMOVED[provider] !== undefined)
    refuse(
      `the ${provider} auth plugin has been removed from Kubernetes; use the credential plugin ${REMOVED[provider]}`,
    );
  const file = given({ tokenFile: text(tokenFile) || undefined });
  if (typeof user['exec'] !== 'object' || user['exec'] === null) return { user: rest, ...file };
  const exec = user['exec'] as Parts;
  const command = text(exec['command']);
  if (command === '') refuse('exec has no command');
  const apiVersion = text(exec['apiVersion']);
  if (!PLUGIN_VERSIONS.includes(apiVersion))
    refuse(`exec.apiVersion ${JSON.stringify(apiVersion)} is none of ${PLUGIN_VERSIONS.join(', ')}`);
  if (exec['interactiveMode'] === 'Always')
    refuse(`exec.interactiveMode is Always, and ${command} would have no terminal here`);
  const info = { kind: 'ExecCredential', apiVersion, spec: specOf(exec, cluster) };
  const env = [
    ...(Array.isArray(exec['env']) ? (exec['env'] as readonly Parts[]) : []),
    { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) },
  ];
  return {
    user: { ...rest, exec: { ...exec, env } },
    ...file,
    plugin: { command, installHint: text(exec['installHint']).replaceAll(/\s+/g, ' ').trim() },
  };
}

function specOf(exec: Parts, cluster: Parts): Parts {
  if (exec['provideClusterInfo'] !== true) return { interactive: false };
  const settings = (Array.isArray(cluster['extensions']) ? (cluster['extensions'] as readonly Parts[]) : []).find(
    ({ name }) => name === PLUGIN_SETTINGS,
  );
  const told = [
    'server',
    'tls-server-name',
    'insecure-skip-tls-verify',
    'certificate-authority-data',
    'proxy-url',
    'disable-compression',
  ];
  return {
    cluster: {
      ...Object.fromEntries(told.flatMap((key) => (cluster[key] === undefined ? [] : [[key, cluster[key]]]))),
      ...given({ config: settings?.['extension'] }),
    },
    interactive: false,
  };
}

const partsOf = (value: unknown): Parts => (typeof value === 'object' && value !== null ? (value as Parts) : {});
