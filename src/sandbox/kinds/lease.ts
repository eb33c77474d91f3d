/** Leases. */
import { at, childOf } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { aboveZero, atLeastZero } from './field-checks.ts';

export const LEASE: Strategy = {
  applyDefaults: (draft) => void childOf(draft, 'spec'),
  validate: (object) => [
    ...aboveZero(at(object, 'spec', 'leaseDurationSeconds'), 'spec.leaseDurationSeconds'),
    ...atLeastZero(at(object, 'spec', 'leaseTransitions'), 'spec.leaseTransitions'),
  ],
};
