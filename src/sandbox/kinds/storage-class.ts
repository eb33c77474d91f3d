/** StorageClasses say what they say for good. After k8s.io/kubernetes/pkg/apis/storage/validation. */
import { duplicate, type FieldError, invalidValue, required, tooLong } from '../machinery/field-errors.ts';
import { asList, asObject, asText, type Draft, equalJson, isObject, objectsOf, setDefault } from '../machinery/json.ts';
import { qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { shownEmpty } from '../machinery/given-empties.ts';
import { oneOf, textErrors } from './field-checks.ts';
import { shownMap } from '../machinery/label-selector.ts';

/** How many parameters a class may have, and how many bytes all of them together. */
const MAX_PARAMETERS = 512;
const MAX_PARAMETER_BYTES = 256 * 1024;

function topologyTermErrors(term: Draft, field: string): readonly FieldError[] {
  const keys = new Set<string>();
  return objectsOf(term['matchLabelExpressions']).flatMap((expression, index) => {
    const path = `${field}.matchLabelExpressions[${index}]`;
    const [key, values] = [asText(expression['key']), asList(expression['values'])];
    const repeated = values.flatMap((value, place) =>
      values.indexOf(value) < place ? [duplicate(`${path}.values[${place}]`, value)] : [],
    );
    const twice = keys.has(key) ? [duplicate(`${path}.key`, key)] : [];
    keys.add(key);
    return [
      ...(values.length === 0 ? [required(`${path}.values`)] : []),
      ...repeated,
      ...textErrors(key, `${path}.key`, qualifiedNameProblems),
      ...twice,
    ];
  });
}

/** Two terms that say the same are one too many. */
function topologyErrors(topologies: readonly Draft[]): readonly FieldError[] {
  const meaning = (term: Draft) =>
    Object.fromEntries(
      objectsOf(term['matchLabelExpressions']).map((each) => [
        asText(each['key']),
        asList(each['values']).map(asText).toSorted(),
      ]),
    );
  return topologies.flatMap((term, index) => {
    const field = `allowedTopologies[${index}]`;
    // The server's own list begins with as many empty meanings as there are terms.
    const known = [...topologies.map(() => ({})), ...topologies.slice(0, index).map(meaning)];
    return [
      ...topologyTermErrors(term, field),
      ...known
        .filter((before) => equalJson(before, meaning(term)))
        .map(() => duplicate(`${field}.matchLabelExpressions`, '')),
    ];
  });
}

/** Of a driver that makes volumes. */
export const provisionerErrors = (provisioner: string, field: string): readonly FieldError[] =>
  provisioner === '' ? [required(field)] : textErrors(provisioner.toLowerCase(), field, qualifiedNameProblems);

export function parameterErrors(parameters: Draft, field: string): readonly FieldError[] {
  const keys = Object.keys(parameters);
  if (keys.length > MAX_PARAMETERS) return [tooLong(field, MAX_PARAMETERS)];
  const bytes = Buffer.byteLength(Object.entries(parameters).flat().map(asText).join(''));
  return [
    ...(keys.includes('') ? [invalidValue(field, '', 'field can not be empty.')] : []),
    ...(bytes > MAX_PARAMETER_BYTES ? [tooLong(field, MAX_PARAMETER_BYTES)] : []),
  ];
}

function classErrors(object: Draft): readonly FieldError[] {
  const policy = object['reclaimPolicy'];
  return [
    ...provisionerErrors(asText(object['provisioner']), 'provisioner'),
    ...parameterErrors(asObject(object['parameters']) ?? {}, 'parameters'),
    ...(policy === '' ? [] : oneOf(policy, 'reclaimPolicy', ['Delete', 'Retain'])),
    ...oneOf(object['volumeBindingMode'], 'volumeBindingMode', ['Immediate', 'WaitForFirstConsumer']),
    ...topologyErrors(objectsOf(object['allowedTopologies'])),
  ];
}

export const STORAGE_CLASS: Strategy = {
  deleteAnswersObject: true,
  applyDefaults: (draft) => {
    setDefault(draft, 'reclaimPolicy', 'Delete');
    setDefault(draft, 'volumeBindingMode', 'Immediate');
  },
  validate: classErrors,
  validateUpdate: (object, old) => {
    const fixed = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'];
    return fixed
      .filter((field) => !equalJson(object[field], old[field]))
      .map((field) => {
        const value = object[field];
        return invalidValue(
          field,
          isObject(value) ? shownMap(value) : (value ?? shownEmpty(object, field)),
          'field is immutable',
        );
      });
  },
};
