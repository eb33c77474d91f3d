/** The key that an operator of the tests seals with, where it is not read from the cluster. */
import { withCreationSeal } from '../../src/core/authority/creation-seal.ts';
import { keyringOf } from '../../src/core/authority/seal.ts';
import { withSeal } from '../../src/core/authority/status-seal.ts';
import { Seals } from '../../src/operator/seals.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';

const KEYRING = keyringOf([{ id: 'test', secret: new Uint8Array(32).fill(7) }]);

export function testSeals(): Seals {
  if (KEYRING === undefined) throw new Error('the key of the tests is not usable');
  return new Seals(KEYRING);
}

/** The object with the status, sealed as the operator of the tests would. */
export const sealedStatus = (object: KubeObject, status: object, turn = 1): KubeObject => ({
  ...object,
  status: withSeal(testSeals().keyring, { object, status, turn }),
});

/** The action as the operator of the tests would have made it. */
export const sealedAction = (object: KubeObject, now: number): KubeObject =>
  withCreationSeal(testSeals().keyring, object, now);
