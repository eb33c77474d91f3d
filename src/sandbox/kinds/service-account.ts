/** ServiceAccounts. */
import { at } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';

const ENFORCED = 'kubernetes.io/enforce-mountable-secrets';

export const SERVICE_ACCOUNT: Strategy = {
  deleteAnswersObject: true,
  warnings: (object, old) => {
    const isSet = (holder: unknown) => at(holder, 'metadata', 'annotations', ENFORCED) !== undefined;
    if (!isSet(object) || isSet(old)) return [];
    const note = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';
    return [`metadata.annotations[${ENFORCED}]: ${note}`];
  },
};
