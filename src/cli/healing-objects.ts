/** The objects of our own kinds, for verbs that only read. What cannot be read is one clear line. */
import { API_VERSION, GROUP, type KindNames, VERSION } from '../api/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { isKubeError } from '../kube/errors.ts';
import type { ResourceRef } from '../kube/resource.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { CliError } from './cli-error.ts';

export const resourceOf = ({ plural }: KindNames): ResourceRef => ({
  group: GROUP,
  version: VERSION,
  resource: plural,
  namespaced: true,
});

export const notInstalled = ({ plural }: KindNames): string =>
  `this cluster has no ${plural} of ${API_VERSION}; run kubeskippy install`;

/** Of all namespaces where none is named. Rejects with a CliError that says what is missing. */
export async function listOf(
  { client, signal }: { readonly client: KubeClient; readonly signal: AbortSignal },
  kind: KindNames,
  namespace?: string,
): Promise<readonly KubeObject[]> {
  try {
    return (await client.list(resourceOf(kind), { namespace, signal })).items;
  } catch (error) {
    if (!isKubeError(error)) throw error;
    const what = error.status === 404 ? notInstalled(kind) : `the ${kind.plural} cannot be read: ${error.message}`;
    throw new CliError(what, { cause: error });
  }
}
