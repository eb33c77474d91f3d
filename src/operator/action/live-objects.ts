/**
 * Objects as the API server has them at this moment. Nothing here comes from a cache, and every answer is compared with
 * what was asked for: kind, apiVersion, namespace and name by the client, the UID here.
 */
import type { Address } from '../../core/authority/request-path.ts';
import type { TargetRef } from '../../core/observation.ts';
import { rootUid } from '../../core/gates/proposal.ts';
import { KubeError } from '../../kube/errors.ts';
import type { ObjectKey, ResourceRef } from '../../kube/resource.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { LiveReads } from '../roles.ts';
import { given } from '../../std/given.ts';

/** `LiveReads`, as far as single objects go. */
export interface ObjectReads extends Pick<LiveReads, 'resolve'> {
  readonly client: {
    find(
      type: ResourceRef & { readonly kind?: string },
      key: ObjectKey,
      options?: { readonly subresource?: string },
    ): Promise<KubeObject | undefined>;
  };
}

type Ref = Pick<TargetRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>;

/** By its name. Undefined when it is gone, or when the server does not serve its kind. */
export async function readNamed(
  live: ObjectReads,
  { apiVersion, kind, namespace, name }: Ref,
): Promise<KubeObject | undefined> {
  const type = await live.resolve(apiVersion, kind);
  if (type === undefined) return undefined;
  return live.client.find(type, { name, ...given({ namespace }) });
}

/** That very object: another one that has its name by now is not it. */
export async function readSame(live: ObjectReads, ref: TargetRef): Promise<KubeObject | undefined> {
  const found = await readNamed(live, ref);
  return found?.metadata.uid === ref.uid ? found : undefined;
}

/** What a path addresses. @throws KubeError when the server does not say whether it is there. */
export async function readAt(
  { client }: Pick<ObjectReads, 'client'>,
  { group, version, resource, namespace, name = '', subresource }: Address,
): Promise<KubeObject | undefined> {
  const type = { group, version, resource, namespaced: namespace !== undefined };
  return client.find(type, { name, ...given({ namespace }) }, given({ subresource }));
}

/** Pod → ReplicaSet → Deployment and one custom controller above it. Longer chains are cycles or mistakes. */
const MAX_CHAIN = 4;

/**
 * Controllers, nearest first. A reference to an object that is not there, or that has another UID, is worth nothing:
 * its writer may have made it up, and the chain ends. A controller that may not be read, or is of a kind that is not
 * served at this moment, is known by its reference alone.
 */
export async function readChain(live: ObjectReads, object: KubeObject): Promise<readonly KubeObject[]> {
  const chain: KubeObject[] = [];
  const { namespace } = object.metadata;
  for (let one = object; chain.length < MAX_CHAIN; ) {
    const owner = one.metadata.ownerReferences?.find(({ controller }) => controller);
    const found = owner === undefined ? undefined : await readOwner(live, { ...owner, ...given({ namespace }) });
    if (found === undefined) break;
    chain.push(found);
    one = found;
  }
  return chain;
}

async function readOwner(live: ObjectReads, owner: TargetRef): Promise<KubeObject | undefined> {
  const { apiVersion, kind, name, uid, namespace } = owner;
  const byReference = { apiVersion, kind, metadata: { name, uid, ...given({ namespace }) } };
  if ((await live.resolve(apiVersion, kind)) === undefined) return byReference;
  try {
    return await readSame(live, owner);
  } catch (error) {
    if (error instanceof KubeError && error.code === 'Forbidden') return byReference;
    throw error;
  }
}

/**
 * What the target belongs to, so that others on the same workload are known to be in each other's way. Undefined when
 * the target is gone.
 */
export async function readRoot(live: ObjectReads, target: TargetRef): Promise<string | undefined> {
  const object = await readSame(live, target);
  return object === undefined ? undefined : rootUid(target, await readChain(live, object));
}
