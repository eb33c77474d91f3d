/** Objects as the API server has them at this moment. Nothing here comes from a cache. */
import type { TargetRef } from '../../core/observation.ts';
import { rootUid } from '../../core/gates/proposal.ts';
import { errorOfAnswer } from '../../kube/errors.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { LiveReads } from '../roles.ts';
import { given } from '../../std/given.ts';

type Ref = Pick<TargetRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>;

/** By its name. Undefined when it is gone, or when the server does not serve its kind. */
export async function readNamed(
  live: LiveReads,
  { apiVersion, kind, namespace, name }: Ref,
): Promise<KubeObject | undefined> {
  const type = await live.resolve(apiVersion, kind);
  if (type === undefined) return undefined;
  return live.client.find(type, { name, ...given({ namespace }) });
}

/** That very object: another one that has its name by now is not it. */
export async function readSame(live: LiveReads, ref: TargetRef): Promise<KubeObject | undefined> {
  const found = await readNamed(live, ref);
  return found?.metadata.uid === ref.uid ? found : undefined;
}

/** @throws KubeError when the server does not say whether it is there. */
export async function readPath({ client }: LiveReads, path: string): Promise<KubeObject | undefined> {
  const answer = await client.request({ method: 'GET', path });
  if (answer.status === 404) return undefined;
  if (answer.status < 300) return answer.value as KubeObject;
  const retryAfter = answer.headers['retry-after'];
  throw errorOfAnswer({ status: answer.status, body: answer.value, retryAfter, what: `GET ${path}` });
}

/** Pod → ReplicaSet → Deployment and one custom controller above it. Longer chains are cycles or mistakes. */
const MAX_CHAIN = 4;

/** Controllers, nearest first. A controller that cannot be read is known by its reference. */
export async function readChain(live: LiveReads, object: KubeObject): Promise<readonly KubeObject[]> {
  const chain: KubeObject[] = [];
  const { namespace } = object.metadata;
  const where = namespace === undefined ? {} : { namespace };
  for (let one: KubeObject | undefined = object; one !== undefined && chain.length < MAX_CHAIN; ) {
    const owner: TargetRef | undefined = one.metadata.ownerReferences?.find(({ controller }) => controller);
    if (owner === undefined) break;
    const { apiVersion, kind, name, uid } = owner;
    const known: KubeObject | undefined = await readSame(live, { ...owner, ...where });
    chain.push(known ?? { apiVersion, kind, metadata: { name, uid, ...where } });
    one = known;
  }
  return chain;
}

/**
 * What the target belongs to, so that others on the same workload are known to be in each other's way. Undefined when
 * the target is gone.
 */
export async function readRoot(live: LiveReads, target: TargetRef): Promise<string | undefined> {
  const object = await readSame(live, target);
  return object === undefined ? undefined : rootUid(target, await readChain(live, object));
}
