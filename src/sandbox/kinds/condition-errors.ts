/** Conditions of the shape that all kinds share. After k8s.io/apimachinery/pkg/apis/meta/v1/validation. */
import { qualifiedNameProblems } from '../../std/names.ts';
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../machinery/field-errors.ts';
import { asNumber, asText, type Draft } from '../machinery/json.ts';
import { textErrors } from './field-checks.ts';

const STATUSES = ['False', 'True', 'Unknown'];
const MOST_REASON = 1024;
const MOST_MESSAGE = 32 * 1024;
const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';

function reasonErrors(reason: string, field: string): readonly FieldError[] {
  if (reason === '') return [required(field)];
  const detail =
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' " +
    `(e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${REASON}')`;
  return [
    ...(new RegExp(`^${REASON}$`).test(reason) ? [] : [invalidValue(field, reason, detail)]),
    ...(Buffer.byteLength(reason) > MOST_REASON ? [tooLong(field, MOST_REASON)] : []),
  ];
}

export function conditionErrors(conditions: readonly Draft[], path: string): readonly FieldError[] {
  const seen = new Set<string>();
  return conditions.flatMap((condition, index) => {
    const field = `${path}[${index}]`;
    const [type, status] = [asText(condition['type']), asText(condition['status'])];
    const generation = asNumber(condition['observedGeneration']) ?? 0;
    const twice = seen.has(type) ? [duplicate(`${field}.type`, type)] : [];
    seen.add(type);
    return [
      ...twice,
      ...textErrors(type, `${field}.type`, qualifiedNameProblems),
      ...(STATUSES.includes(status) ? [] : [notSupported(`${field}.status`, status, STATUSES)]),
      ...(generation < 0
        ? [invalidValue(`${field}.observedGeneration`, generation, 'must be greater than or equal to zero')]
        : []),
      ...(condition['lastTransitionTime'] ? [] : [required(`${field}.lastTransitionTime`)]),
      ...reasonErrors(asText(condition['reason']), `${field}.reason`),
      ...(Buffer.byteLength(asText(condition['message'])) > MOST_MESSAGE
        ? [tooLong(`${field}.message`, MOST_MESSAGE)]
        : []),
    ];
  });
}
