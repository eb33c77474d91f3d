/**
 * From flags and environment to a transport: `--kubeconfig`, else the pod's service account, else the usual kubeconfig
 * files.
 */
import type { KubeClient } from '../kube/client.ts';
import type { Transport } from '../shapes/transport.ts';
import { CliError } from './cli-error.ts';
import type { CliEnvironment } from './environment.ts';

export interface ConnectOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

export interface Connected {
  readonly server: string;
  /**
   * Of the pod, when this runs in one. The namespace of a kubeconfig's context is where a person works, not where the
   * operator lives.
   */
  readonly podNamespace: string | undefined;
  readonly transport: Transport;
}

export async function connect(options: ConnectOptions, environment: CliEnvironment): Promise<Connected> {
  const { env, clock } = environment;
  const { createHttpTransport } = await import('../kube/transport/http.ts');
  const host = env['KUBERNETES_SERVICE_HOST'];
  const inCluster =
    host !== undefined &&
    options.kubeconfig === undefined &&
    options.context === undefined &&
    env['KUBECONFIG'] === undefined;
  try {
    const connection = inCluster
      ? await (await import('../kube/config/in-cluster.ts')).inClusterConnection({
          host,
          port: env['KUBERNETES_SERVICE_PORT'] ?? '443',
          clock,
        })
      : await (await import('../kube/config/kubeconfig.ts')).kubeconfigConnection({
          path: options.kubeconfig,
          context: options.context,
          env,
          clock,
        });
    return {
      server: connection.server,
      podNamespace: inCluster ? connection.namespace : undefined,
      transport: createHttpTransport({ connection, clock }),
    };
  } catch (error) {
    if (error instanceof Error && (error.name === 'KubeconfigError' || error.name === 'TransportError'))
      throw new CliError(oneLine(error), { cause: error });
    throw error;
  }
}

/** Rejects with one clear line when the server cannot be reached or refuses the credentials. */
export async function checkServer(
  client: KubeClient,
  options: { readonly server: string; readonly signal: AbortSignal },
): Promise<void> {
  const { isKubeError } = await import('../kube/errors.ts');
  try {
    const { status } = await client.request({ method: 'GET', path: '/version' }, { signal: options.signal });
    if (status === 401 && options.server.startsWith('http:'))
      throw new CliError(
        `${options.server} wants credentials (401), and none are sent over plain HTTP, where anybody on the way could read them; use https`,
      );
    if (status === 401) throw new CliError(`${options.server} refuses the credentials (401)`);
    if (status >= 500) throw new CliError(`${options.server} answers with status ${status}`);
  } catch (error) {
    if (isKubeError(error)) throw new CliError(`cannot use ${options.server}: ${oneLine(error)}`, { cause: error });
    throw error;
  }
}

export const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
