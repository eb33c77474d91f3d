/** PriorityClasses. */
import { forbiddenField } from '../field-errors.ts';
import { asNumber, setDefault } from '../json.ts';
import type { Strategy } from '../registry.ts';

/** Above lie the system's own classes. */
const HIGHEST_USER_PRIORITY = 1_000_000_000;

export const PRIORITY_CLASS: Strategy = {
  generation: true,
  applyDefaults: (draft) => setDefault(draft, 'preemptionPolicy', 'PreemptLowerPriority'),
  validate: (object) =>
    (asNumber(object['value']) ?? 0) > HIGHEST_USER_PRIORITY
      ? [forbiddenField('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`)]
      : [],
  validateUpdate: (object, old) => [
    ...(object['value'] === old['value'] ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
    ...(object['preemptionPolicy'] === old['preemptionPolicy']
      ? []
      : [forbiddenField('preemptionPolicy', 'may not be changed in an update.')]),
  ],
};
