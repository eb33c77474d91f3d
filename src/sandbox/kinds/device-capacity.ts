/** How much of a device one claim may have of what several share: CapacityRequestPolicy of resource.k8s.io. */
import { formatQuantity, parseQuantity } from '../../std/quantity.ts';
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asText, type Draft, isObject } from '../machinery/json.ts';
import { textListErrors } from './device-names.ts';

const MOST_OPTIONS = 10;
const NANO = 1_000_000_000n;

const ZERO = { nano: 0n, format: 'DecimalSI' } as const;
/** Some of these fields are null where they have no value. */
const absent = (amount: unknown): boolean => amount === undefined || amount === null;
const read = (amount: unknown) => parseQuantity(asText(amount)) ?? ZERO;
const shown = (amount: unknown): string => formatQuantity(read(amount));
const isMore = (one: unknown, other: unknown): boolean => read(one).nano > read(other).nano;
/** Whole units, rounded up. */
const unitsOf = (amount: unknown): bigint => {
  const { nano } = read(amount);
  return nano / NANO + (nano % NANO > 0n ? 1n : 0n);
};

interface Policy {
  readonly fallback: unknown;
  readonly capacity: unknown;
  readonly field: string;
}

function valueErrors(values: unknown, { fallback, capacity, field }: Policy): readonly FieldError[] {
  const options = asList(values).map(asText);
  const unsorted = options.flatMap((option, index) =>
    index > 0 && isMore(options[index - 1], option)
      ? [invalidValue(`${field}[${index}]`, shown(option), 'values must be sorted in ascending order')]
      : [],
  );
  const errors = textListErrors(options, {
    field,
    most: MOST_OPTIONS,
    each: (option, path) =>
      isMore(option, capacity)
        ? [invalidValue(path, shown(option), `option is larger than capacity value: ${shown(capacity)}`)]
        : [],
    key: (option) => String(unitsOf(option)),
  });
  // Options that are too many are not looked into: the default is not found among them then.
  const found = options.length <= MOST_OPTIONS && options.some((option) => read(option).nano === read(fallback).nano);
  const missing = invalidValue(field, shown(fallback), 'default value is not valid according to the requestPolicy');
  return [...unsorted, ...errors, ...(found ? [] : [missing])];
}

function stepErrors(range: Draft, { fallback, capacity, field }: Policy): readonly FieldError[] {
  const { min, max, step } = range;
  if (absent(step)) return [];
  const path = `${field}.step`;
  const units = unitsOf(step);
  const first = formatQuantity({ ...read(min), nano: read(min).nano + read(step).nano });
  const detail = `value is not a multiple of a given step (${shown(step)}) from (${shown(min)})`;
  return [
    ...(read(min).nano + read(step).nano > read(capacity).nano
      ? [invalidValue(path, shown(step), `one step ${first} is larger than capacity value: ${shown(capacity)}`)]
      : []),
    ...[fallback, ...(absent(max) ? [] : [max])].flatMap((value) =>
      units !== 0n && (unitsOf(value) - unitsOf(min)) % units !== 0n ? [invalidValue(path, shown(value), detail)] : [],
    ),
  ];
}

function rangeErrors(range: Draft, policy: Policy): readonly FieldError[] {
  const { fallback, capacity, field } = policy;
  const { min, max } = range;
  if (absent(min)) return [required(`${field}.min`, 'required when validRange is defined')];
  const refused = (wrong: boolean, [end, value, detail]: readonly [string, unknown, string]) =>
    wrong ? [invalidValue(`${field}.${end}`, shown(value), detail)] : [];
  const beyond = (end: string) => `${end} is larger than capacity value: ${shown(capacity)}`;
  return [
    ...refused(isMore(min, capacity), ['min', min, beyond('min')]),
    ...refused(isMore(min, fallback), ['min', fallback, `default is less than min: ${shown(min)}`]),
    ...(absent(max)
      ? []
      : [
          ...refused(isMore(min, max), ['max', min, `min is larger than max: ${shown(max)}`]),
          ...refused(isMore(max, capacity), ['max', max, beyond('max')]),
          ...refused(isMore(fallback, max), ['max', fallback, `default is more than max: ${shown(max)}`]),
        ]),
    ...stepErrors(range, policy),
  ];
}

function policyErrors(policy: Draft, capacity: unknown, path: string): readonly FieldError[] {
  const { validValues, validRange, default: fallback } = policy;
  const listed = asList(validValues).length > 0;
  if (listed && isObject(validRange))
    return [
      forbiddenField(
        path,
        'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time',
      ),
    ];
  const needsDefault = (name: string) => [required(`${path}.default`, `required when ${name} is defined`)];
  if (listed)
    return absent(fallback)
      ? needsDefault('validValues')
      : valueErrors(validValues, { fallback, capacity, field: `${path}.validValues` });
  if (!isObject(validRange)) return [];
  return absent(fallback)
    ? needsDefault('validRange')
    : rangeErrors(validRange, { fallback, capacity, field: `${path}.validRange` });
}

/** Of a device that several claims may share. */
export const sharedCapacityErrors = (capacity: Draft, path: string): readonly FieldError[] =>
  isObject(capacity['requestPolicy'])
    ? policyErrors(capacity['requestPolicy'], capacity['value'], `${path}.requestPolicy`)
    : [];

export const ownCapacityErrors = (capacity: Draft, path: string): readonly FieldError[] =>
  isObject(capacity['requestPolicy'])
    ? [forbiddenField(`${path}.requestPolicy`, 'allowMultipleAllocations must be true')]
    : [];
