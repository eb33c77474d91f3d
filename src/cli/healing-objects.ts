/** The objects of our own kinds, for verbs that only read. What cannot be read is one clear line. */
import { API_VERSION, COMPONENT, GROUP, type KindNames, VERSION } from '../api/names.ts';
import { KubeClient } from '../kube/client.ts';
import { isKubeError } from '../kube/errors.ts';
import type { ResourceRef } from '../kube/resource.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { CliError } from './cli-error.ts';
import { checkServer, connect, type Connected, type ConnectOptions } from './connect.ts';
import type { CliEnvironment } from './environment.ts';

export interface ReadingClient extends Pick<Connected, 'podNamespace'> {
  readonly client: KubeClient;
  readonly signal: AbortSignal;
}

/** Rejects with a CliError when the server does not answer or refuses the credentials. */
export async function readingClient(options: ConnectOptions, environment: CliEnvironment): Promise<ReadingClient> {
  const { clock, signal } = environment;
  const { transport, server, podNamespace } = await connect(options, environment);
  const client = new KubeClient({ transport, clock, fieldManager: COMPONENT, userAgent: COMPONENT });
  await checkServer(client, { server, signal });
  return { client, podNamespace, signal };
}

const resourceOf = ({ plural }: KindNames): ResourceRef => ({
  group: GROUP,
  version: VERSION,
  resource: plural,
  namespaced: true,
});

/** Of all namespaces where none is named. Rejects with a CliError that says what is missing. */
export async function listOf(
  { client, signal }: ReadingClient,
  kind: KindNames,
  namespace?: string,
): Promise<readonly KubeObject[]> {
  try {
    return (await client.list(resourceOf(kind), { namespace, signal })).items;
  } catch (error) {
    if (!isKubeError(error)) throw error;
    const what =
      error.status === 404
        ? `this cluster has no ${kind.plural} of ${API_VERSION}; run kubeskippy install`
        : `the ${kind.plural} cannot be read: ${error.message}`;
    throw new CliError(what, { cause: error });
  }
}
