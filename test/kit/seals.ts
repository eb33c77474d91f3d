/** The key that an operator of the tests seals with, where it is not read from the cluster. */
import { keyringOf } from '../../src/core/authority/seal.ts';
import { withSeal } from '../../src/core/authority/status-seal.ts';
import { Seals } from '../../src/operator/seals.ts';
import { DEFAULT_NAMESPACE, SEAL_SECRET } from '../../src/api/names.ts';
import type { Gvr, Sandbox } from '../../src/sandbox/index.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { NAMESPACES } from './resources.ts';

/** Smaller than those that are made of a date. */
const KEY_ID = '00000101';
const SECRET = new Uint8Array(32).fill(7);
const KEYRING = keyringOf([{ id: KEY_ID, secret: SECRET }]);
const SECRETS: Gvr = { group: '', version: 'v1', resource: 'secrets' };

export function testSeals(): Seals {
  if (KEYRING === undefined) throw new Error('the key of the tests is not usable');
  return new Seals(KEYRING);
}

/** The object with the status, sealed as the operator of the tests would. */
export const sealedStatus = (object: KubeObject, status: object, turn = 1): KubeObject => ({
  ...object,
  status: withSeal(testSeals().keyring, { object, status, turn }),
});

/**
 * The namespace of the operator with its key, as `kubeskippy install` leaves them, where there is none yet. It is the
 * key of the tests, so that these can write what an operator believes.
 */
export function giveTestKey({ cluster }: { readonly cluster: Sandbox['cluster'] }): void {
  const namespace = { name: DEFAULT_NAMESPACE };
  if (cluster.get(NAMESPACES, namespace) === undefined)
    cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: namespace });
  if (cluster.get(SECRETS, { namespace: DEFAULT_NAMESPACE, name: SEAL_SECRET }) !== undefined) return;
  cluster.create(SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SEAL_SECRET, namespace: DEFAULT_NAMESPACE },
    data: { [KEY_ID]: Buffer.from(SECRET).toString('base64') },
  });
}
