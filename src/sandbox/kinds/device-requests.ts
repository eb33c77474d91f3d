/** What a claim asks for: requests, constraints between them, configuration. */
import { dnsLabelProblems, dnsSubdomainProblems, labelValueProblems, qualifiedNameProblems } from '../../std/names.ts';
import { type FieldError, invalidValue, notSupported, required, tooLong } from '../machinery/field-errors.ts';
import { asNumber, asObject, asText, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { setDefaults } from './defaults.ts';
import { fullAttributeNameErrors, objectListErrors, textListErrors } from './device-names.ts';
import { selectorErrors } from './device-selector.ts';
import { driverNameErrors, textErrors } from './field-checks.ts';

const MOST_REQUESTS = 32;
const MOST_CONSTRAINTS = 32;
export const MOST_CONFIGURATIONS = 32;
const MOST_ALTERNATIVES = 8;
const MOST_PARAMETER_BYTES = 10 * 1024;
const TAINT_EFFECTS = ['NoExecute', 'NoSchedule', 'None'];

/** Names of requests, each with those of its alternatives. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;

export const requestNamesOf = (devices: Draft): RequestNames =>
  new Map(
    objectsOf(devices['requests']).map(({ name, firstAvailable }) => [
      asText(name),
      new Set(objectsOf(firstAvailable).map((alternative) => asText(alternative['name']))),
    ]),
  );

const NO_REQUEST =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

export function requestReferenceErrors(name: string, field: string, known: RequestNames): readonly FieldError[] {
  const [request = '', alternative, ...more] = name.split('/');
  if (more.length > 0) return [invalidValue(field, name, NO_REQUEST)];
  const alternatives = known.get(request);
  const found = alternatives && (alternative === undefined || alternatives.has(alternative));
  return [
    ...name.split('/').flatMap((part) => textErrors(part, field, dnsLabelProblems)),
    ...(found ? [] : [invalidValue(field, name, NO_REQUEST)]),
  ];
}

export const requestListErrors = (list: unknown, field: string, known: RequestNames): readonly FieldError[] =>
  textListErrors(list, {
    field,
    most: MOST_REQUESTS,
    each: (name, path) => requestReferenceErrors(name, path, known),
    key: (name) => name,
  });

/** JSON that only the driver understands: an object. */
export function rawErrors(value: unknown, field: string): readonly FieldError[] {
  if (value === undefined || value === null) return [required(field)];
  if (Buffer.byteLength(JSON.stringify(value)) > MOST_PARAMETER_BYTES) return [tooLong(field, MOST_PARAMETER_BYTES)];
  return isObject(value) ? [] : [invalidValue(field, '<value omitted>', 'must be a valid JSON object')];
}

export function configurationErrors(configuration: Draft, path: string): readonly FieldError[] {
  const { opaque } = configuration;
  if (!isObject(opaque)) return [required(`${path}.opaque`)];
  return [
    ...driverNameErrors(asText(opaque['driver']), `${path}.opaque.driver`),
    ...rawErrors(opaque['parameters'], `${path}.opaque.parameters`),
  ];
}

export const taintEffectErrors = (effect: string, field: string): readonly FieldError[] =>
  TAINT_EFFECTS.includes(effect) ? [] : [notSupported(field, effect, TAINT_EFFECTS)];

function tolerationValueErrors(operator: string, value: string, path: string): readonly FieldError[] {
  if (operator === 'Equal') return textErrors(value, `${path}.value`, labelValueProblems);
  if (operator === '') return [required(`${path}.operator`)];
  if (operator !== 'Exists') return [notSupported(`${path}.operator`, operator, ['Equal', 'Exists'])];
  return value === '' ? [] : [invalidValue(`${path}.value`, value, 'must be empty for operator `Exists`')];
}

const tolerationErrors = (tolerations: unknown, path: string): readonly FieldError[] =>
  objectListErrors(tolerations, {
    field: path,
    each: (toleration, field) => {
      const [key, effect] = [asText(toleration['key']), asText(toleration['effect'])];
      return [
        ...(key === '' ? [] : textErrors(key, `${field}.key`, qualifiedNameProblems)),
        ...tolerationValueErrors(asText(toleration['operator']), asText(toleration['value']), field),
        ...(effect === '' ? [] : taintEffectErrors(effect, `${field}.effect`)),
      ];
    },
  });

function amountErrors(wanted: Draft, path: string): readonly FieldError[] {
  const [mode, count] = [asText(wanted['allocationMode']), asNumber(wanted['count']) ?? 0];
  if (mode === 'All')
    return count === 0
      ? []
      : [invalidValue(`${path}.count`, count, "must not be specified when allocationMode is 'All'")];
  if (mode !== 'ExactCount') return [notSupported(`${path}.allocationMode`, mode, ['All', 'ExactCount'])];
  return count > 0 ? [] : [invalidValue(`${path}.count`, count, 'must be greater than zero')];
}

function wantedErrors(wanted: Draft, path: string): readonly FieldError[] {
  const [deviceClass, field] = [asText(wanted['deviceClassName']), `${path}.deviceClassName`];
  return [
    ...(deviceClass === '' ? [required(field)] : textErrors(deviceClass, field, dnsSubdomainProblems)),
    ...selectorErrors(wanted['selectors'], `${path}.selectors`),
    ...amountErrors(wanted, path),
    ...tolerationErrors(wanted['tolerations'], `${path}.tolerations`),
  ];
}

const nameErrors = ({ name }: Draft, path: string): readonly FieldError[] =>
  textErrors(asText(name), `${path}.name`, dnsLabelProblems);

const ONE_FORM = 'exactly one of `exactly` or `firstAvailable` is required';

function requestErrors(request: Draft, path: string): readonly FieldError[] {
  const { exactly, firstAvailable } = request;
  const alternatives = objectsOf(firstAvailable);
  const named = nameErrors(request, path);
  if (!isObject(exactly) && alternatives.length === 0) return [...named, required(path, ONE_FORM)];
  if (isObject(exactly) && alternatives.length > 0)
    return [...named, invalidValue(path, null, `${ONE_FORM}, but multiple fields are set`)];
  if (isObject(exactly)) return [...named, ...wantedErrors(exactly, `${path}.exactly`)];
  const listed = objectListErrors(alternatives, {
    field: `${path}.firstAvailable`,
    most: MOST_ALTERNATIVES,
    each: (alternative, field) => [...nameErrors(alternative, field), ...wantedErrors(alternative, field)],
    key: (alternative) => asText(alternative['name']),
  });
  return [...named, ...listed];
}

function constraintErrors(constraint: Draft, path: string, known: RequestNames): readonly FieldError[] {
  const [match, distinct] = [constraint['matchAttribute'], constraint['distinctAttribute']];
  const attribute =
    typeof match === 'string'
      ? fullAttributeNameErrors(match, `${path}.matchAttribute`)
      : typeof distinct === 'string'
        ? fullAttributeNameErrors(distinct, `${path}.distinctAttribute`)
        : // The server says so of none, too.
          [
            required(
              path,
              'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
            ),
          ];
  return [...requestListErrors(constraint['requests'], `${path}.requests`, known), ...attribute];
}

/** Of `devices` in the spec of a claim. */
export function deviceClaimErrors(devices: Draft, path: string): readonly FieldError[] {
  const known = requestNamesOf(devices);
  return [
    ...objectListErrors(devices['requests'], {
      field: `${path}.requests`,
      most: MOST_REQUESTS,
      each: requestErrors,
      key: (request) => asText(request['name']),
    }),
    ...objectListErrors(devices['constraints'], {
      field: `${path}.constraints`,
      most: MOST_CONSTRAINTS,
      each: (constraint, field) => constraintErrors(constraint, field, known),
    }),
    ...objectListErrors(devices['config'], {
      field: `${path}.config`,
      most: MOST_CONFIGURATIONS,
      each: (configuration, field) => [
        ...requestListErrors(configuration['requests'], `${field}.requests`, known),
        ...configurationErrors(configuration, field),
      ],
    }),
  ];
}

function wantedDefaults(wanted: Draft): void {
  if (asText(wanted['allocationMode']) === '') wanted['allocationMode'] = 'ExactCount';
  if (wanted['allocationMode'] === 'ExactCount' && (asNumber(wanted['count']) ?? 0) === 0) wanted['count'] = 1;
  tolerationDefaults(wanted['tolerations']);
}

export function tolerationDefaults(tolerations: unknown): void {
  for (const toleration of objectsOf(tolerations)) setDefaults(toleration, { operator: 'Equal' });
}

/** Of `devices` in the spec of a claim. */
export function deviceClaimDefaults(devices: Draft | undefined): void {
  for (const request of objectsOf(devices?.['requests'])) {
    const exactly = asObject(request['exactly']);
    for (const wanted of [...(exactly ? [exactly] : []), ...objectsOf(request['firstAvailable'])])
      wantedDefaults(wanted);
  }
}
