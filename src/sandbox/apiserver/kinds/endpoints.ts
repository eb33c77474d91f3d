/** Endpoints: the addresses behind a Service, as the old kind lists them. */
import { isIP } from 'node:net';
import { invalidValue } from '../field-errors.ts';
import { asText, objectsOf, setDefault } from '../json.ts';
import type { Strategy } from '../registry.ts';
import { ipAddress } from './field-checks.ts';

export const ENDPOINTS: Strategy = {
  createOnUpdate: true,
  applyDefaults: (draft) => {
    for (const subset of objectsOf(draft['subsets'])) for (const port of objectsOf(subset['ports'])) setDefault(port, 'protocol', 'TCP');
  },
  validate: (object) =>
    objectsOf(object['subsets']).flatMap((subset, index) =>
      ['addresses', 'notReadyAddresses'].flatMap((list) =>
        objectsOf(subset[list]).flatMap((address, place) => {
          const ip = asText(address['ip']);
          const field = `subsets[${index}].${list}[${place}].ip`;
          // Checked twice there: as an address, and as one that traffic may go to.
          return isIP(ip) === 0 ? [...ipAddress(ip, field), invalidValue(field, ip, 'must be a valid IP address')] : [];
        }),
      ),
    ),
};
