/** ServiceAccounts. */
import { asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';

const ENFORCED = 'kubernetes.io/enforce-mountable-secrets';

/** Of the secrets that it may mount only the names count. */
function keepNames(draft: Draft): void {
  const secrets = objectsOf(draft['secrets']);
  if (secrets.length === 0) return;
  draft['secrets'] = secrets.map(({ name }) => (asText(name) === '' ? {} : { name }));
}

export const SERVICE_ACCOUNT: Strategy = {
  prepareForCreate: keepNames,
  prepareForUpdate: keepNames,
  deleteAnswersObject: true,
  warnings: (object, old) => {
    const isSet = (holder: unknown) => at(holder, 'metadata', 'annotations', ENFORCED) !== undefined;
    if (!isSet(object) || isSet(old)) return [];
    const note = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';
    return [`metadata.annotations[${ENFORCED}]: ${note}`];
  },
};
