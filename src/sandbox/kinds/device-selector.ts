/**
 * Expressions that select devices: their variable, and what is wrong with one. After
 * k8s.io/dynamic-resource-allocation/cel and k8s.io/kubernetes/pkg/apis/resource/validation.
 */
import {
  BINDINGS,
  BOOL,
  type CelType,
  compile,
  formatType,
  mapOf,
  type ObjectField,
  opaque,
  STRING,
} from '../../cel/index.ts';
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from '../machinery/field-errors.ts';
import { asText, at, type Draft, isObject } from '../machinery/json.ts';
import { objectListErrors } from './device-names.ts';

/** Limits of the API, from which the most that an expression can cost follows. */
const MOST_DRIVER = 63;
const MOST_DOMAIN = 63;
const MOST_ID = 32;
const MOST_VALUE = 64;
const MOST_ENTRIES = 32;
const MOST_SELECTORS = 32;
const MOST_EXPRESSION_BYTES = 10 * 1024;
const MOST_COST = 1_000_000;

const sized = (type: CelType, maxElements: number): CelType => ({ ...type, maxElements });

/** Attributes are numbers, texts, versions or booleans: the checker takes them for any of these. */
const ANY: CelType = sized({ kind: 'dyn', name: 'google.protobuf.Any', params: [] }, MOST_VALUE);
const byDomain = (value: CelType): CelType =>
  sized(mapOf(sized(STRING, MOST_DOMAIN), sized(mapOf(sized(STRING, MOST_ID), value), MOST_ENTRIES)), MOST_ENTRIES);

const FIELDS: Readonly<Record<string, CelType>> = {
  driver: sized(STRING, MOST_DRIVER),
  attributes: byDomain(ANY),
  capacity: byDomain(opaque('kubernetes.Quantity')),
  allowMultipleAllocations: sized(BOOL, 1),
};

const VARIABLES: ReadonlyMap<string, CelType> = new Map([
  [
    'device',
    {
      kind: 'object',
      name: 'kubernetes.DRADevice',
      params: [],
      fields: new Map(Object.entries(FIELDS).map(([name, type]): [string, ObjectField] => [name, { name, type }])),
    },
  ],
]);

function expressionErrors(expression: string, field: string): readonly FieldError[] {
  if (Buffer.byteLength(expression) > MOST_EXPRESSION_BYTES) return [tooLong(field, MOST_EXPRESSION_BYTES)];
  const compiled = compile(expression, VARIABLES, BINDINGS);
  if ('issues' in compiled) return [invalidValue(field, expression, `compilation failed: ${compiled.issues}`)];
  const { type, maxCost } = compiled.program;
  if (type.kind !== 'bool' && type.name !== ANY.name)
    return [invalidValue(field, expression, `must evaluate to bool or the unknown type, not ${formatType(type)}`)];
  return maxCost > MOST_COST ? [forbiddenField(field, 'too complex, exceeds cost limit')] : [];
}

export const selectorErrors = (selectors: unknown, field: string): readonly FieldError[] =>
  objectListErrors(selectors, {
    field,
    most: MOST_SELECTORS,
    each: (selector: Draft, path) =>
      isObject(selector['cel'])
        ? expressionErrors(asText(at(selector, 'cel', 'expression')), `${path}.cel.expression`)
        : [required(`${path}.cel`)],
  });
