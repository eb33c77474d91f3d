/**
 * The keys of the seal: a Secret in the operator's namespace, each entry of its data one key of 32 bytes or more under
 * its id. A rotation adds a key whose id sorts after the others; an old one may go when nothing is in flight that it
 * has sealed. The Secret is watched; one that is deleted while the operator runs is put back with the same keys.
 *
 * Without a key nothing of the operator's own writing can be believed, so that it waits.
 */
import { SEAL_SECRET } from '../api/names.ts';
import { KEY_BYTES, type Keyring, keyringOf } from '../core/authority/seal.ts';
import type { CacheSet } from '../kube/cache-set.ts';
import type { KubeClient } from '../kube/client.ts';
import { sleepUntil } from '../kube/deadline.ts';
import { isKubeError } from '../kube/errors.ts';
import { EVERYTHING } from '../kube/projection.ts';
import { SECRETS } from '../kube/well-known.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { toTimestamp } from '../std/clock.ts';
import type { Logger } from './ports.ts';
import { Seals } from './seals.ts';

export interface SealKeys {
  readonly client: KubeClient;
  /** Of the operator. */
  readonly namespace: string;
  /** In [0, 1), from a source that nobody can foretell. */
  readonly secureRandom: () => number;
  readonly logger: Logger;
  readonly onReadiness: (waitingFor: readonly string[]) => void;
}

/** A person repairs it within minutes of being told; two seconds later the operator goes on. */
const RETRY_MS = 2000;

/** Undefined when the signal aborted first. */
export async function openSeals(keys: SealKeys, signal: AbortSignal): Promise<Seals | undefined> {
  const { client, namespace, logger, onReadiness } = keys;
  for (let told = ''; !signal.aborted; ) {
    const found = await readOrMake(keys);
    if (typeof found !== 'string') return new Seals(found);
    onReadiness([`Secret ${namespace}/${SEAL_SECRET} (${found})`]);
    if (found !== told)
      logger.warn(
        { object: `Secret ${namespace}/${SEAL_SECRET}`, problem: found },
        'waiting for the key that seals; run `kubeskippy install`',
      );
    told = found;
    if (!(await sleepUntil(client.clock, client.clock.now() + RETRY_MS, signal))) return undefined;
  }
  return undefined;
}

/** The keys, or why there are none. */
async function readOrMake(keys: SealKeys): Promise<Keyring | string> {
  const { client, namespace, secureRandom, logger } = keys;
  try {
    const found = await client.find(SECRETS, { namespace, name: SEAL_SECRET });
    if (found !== undefined) return keysIn(found) ?? 'it has no key of 32 bytes or more';
    const made = await client.create(SECRETS, sealSecret({ namespace, secureRandom, at: client.clock.now() }));
    logger.info({ object: `Secret ${namespace}/${SEAL_SECRET}` }, 'made the key that seals what the operator writes');
    return keysIn(made) ?? 'it came back without its key';
  } catch (error) {
    // Another process has just made it.
    if (isKubeError(error, 'AlreadyExists')) return readOrMake(keys);
    if (!isKubeError(error)) throw error;
    return error.message;
  }
}

/** A Secret with one new key, whose id is the time. */
export function sealSecret({
  namespace,
  secureRandom,
  at,
}: Pick<SealKeys, 'namespace' | 'secureRandom'> & { readonly at: number }): KubeObject {
  const key = Buffer.from(Array.from({ length: KEY_BYTES }, () => Math.floor(secureRandom() * 256)));
  const id = toTimestamp(at).replaceAll(/\D/g, '');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SEAL_SECRET, namespace, labels: { 'app.kubernetes.io/name': 'kubeskippy' } },
    type: 'Opaque',
    data: { [id]: key.toString('base64') },
  };
}

function keysIn(secret: KubeObject): Keyring | undefined {
  const data = (secret['data'] ?? {}) as Readonly<Record<string, string>>;
  return keyringOf(Object.entries(data).map(([id, text]) => ({ id, secret: Buffer.from(text, 'base64') })));
}

/** Leaves the keys as they are when there are no others. */
export async function rereadKeys(
  { client, namespace }: Pick<SealKeys, 'client' | 'namespace'>,
  seals: Seals,
): Promise<void> {
  const found = await client.find(SECRETS, { namespace, name: SEAL_SECRET });
  const keyring = found === undefined ? undefined : keysIn(found);
  if (keyring !== undefined) seals.replace(keyring);
}

/** From now on the seals have the keys that the Secret has. */
export function followKeys(
  keys: Pick<SealKeys, 'client' | 'namespace' | 'logger'>,
  caches: CacheSet,
  seals: Seals,
): void {
  const { namespace, logger } = keys;
  const about = `Secret ${namespace}/${SEAL_SECRET}`;
  const { cache } = caches.acquire({
    type: SECRETS,
    projection: EVERYTHING,
    namespace,
    fieldSelector: `metadata.name=${SEAL_SECRET}`,
  });
  cache.subscribe(({ new: object, old }) => {
    if (object === undefined) return old === undefined ? undefined : void putBack(keys, old);
    const keyring = keysIn(object);
    if (keyring === undefined)
      logger.error({ object: about }, 'the Secret has no usable key; the keys that were read before stay in use');
    else seals.replace(keyring);
  });
}

async function putBack({ client, logger }: Pick<SealKeys, 'client' | 'logger'>, secret: KubeObject): Promise<void> {
  const { name, namespace = '', labels = {} } = secret.metadata;
  try {
    await client.create(SECRETS, { ...secret, metadata: { name, namespace, labels } });
    logger.warn({ object: `Secret ${namespace}/${name}` }, 'somebody deleted the key that seals; it was put back');
  } catch (error) {
    if (isKubeError(error, 'AlreadyExists')) return;
    const why = String(error);
    logger.error(
      { object: `Secret ${namespace}/${name}`, error: why },
      'the key that seals was deleted and cannot be put back',
    );
  }
}
