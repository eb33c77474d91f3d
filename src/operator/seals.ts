/** The keys with which this process seals and verifies. They change when somebody rotates them. */
import type { Keyring } from '../core/authority/seal.ts';

export class Seals {
  #keyring: Keyring;

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  /** Another object whenever the keys are others. */
  get keyring(): Keyring {
    return this.#keyring;
  }

  replace(keyring: Keyring): void {
    this.#keyring = keyring;
  }
}
