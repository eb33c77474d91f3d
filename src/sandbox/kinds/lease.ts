/** Leases. */
import { at, childOf, type Draft } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { aboveZero, atLeastZero } from './field-checks.ts';

/** Of a gate that is off by default. */
function dropCoordination(draft: Draft, old?: unknown): void {
  const spec = childOf(draft, 'spec');
  for (const field of ['strategy', 'preferredHolder']) if (at(old, 'spec', field) === undefined) delete spec[field];
}

export const LEASE: Strategy = {
  prepareForCreate: (draft) => dropCoordination(draft),
  prepareForUpdate: dropCoordination,
  applyDefaults: (draft) => void childOf(draft, 'spec'),
  validate: (object) => [
    ...aboveZero(at(object, 'spec', 'leaseDurationSeconds'), 'spec.leaseDurationSeconds'),
    ...atLeastZero(at(object, 'spec', 'leaseTransitions'), 'spec.leaseTransitions'),
  ],
};
