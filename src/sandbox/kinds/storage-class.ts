/** StorageClasses say what they say for good. After k8s.io/kubernetes/pkg/apis/storage/validation. */
import { duplicate, type FieldError, invalidValue, required, tooLong } from '../machinery/field-errors.ts';
import { asList, asObject, asText, type Draft, equalJson, isObject, objectsOf, setDefault } from '../machinery/json.ts';
import { qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { oneOf, textErrors } from './field-checks.ts';
import { shownMap } from './label-selector.ts';

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
    const known = topologies.slice(0, index).some((before) => equalJson(meaning(before), meaning(term)));
    return [...topologyTermErrors(term, field), ...(known ? [duplicate(`${field}.matchLabelExpressions`, '')] : [])];
  });
}

function classErrors(object: Draft): readonly FieldError[] {
  const provisioner = asText(object['provisioner']);
  const parameters = Object.keys(asObject(object['parameters']) ?? {});
  const policy = object['reclaimPolicy'];
  const errors: FieldError[] =
    provisioner === ''
      ? [required('provisioner')]
      : qualifiedNameProblems(provisioner.toLowerCase()).map((problem) =>
          invalidValue('provisioner', provisioner.toLowerCase(), problem),
        );
  if (parameters.length > MAX_PARAMETERS)
    errors.push({
      type: 'FieldValueTooLong',
      field: 'parameters',
      detail: `may not be more than ${MAX_PARAMETERS} bytes`,
    });
  else {
    for (const key of parameters)
      if (key === '') errors.push(invalidValue('parameters', key, 'field can not be empty.'));
    const bytes = Object.entries(asObject(object['parameters']) ?? {})
      .flat()
      .map(asText);
    if (Buffer.byteLength(bytes.join('')) > MAX_PARAMETER_BYTES)
      errors.push(tooLong('parameters', MAX_PARAMETER_BYTES));
  }
  if (policy !== '') errors.push(...oneOf(policy, 'reclaimPolicy', ['Delete', 'Retain']));
  return [
    ...errors,
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
        return invalidValue(field, isObject(value) ? shownMap(value) : value, 'field is immutable');
      });
  },
};
