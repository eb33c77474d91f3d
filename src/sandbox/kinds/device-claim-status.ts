/** The status of ResourceClaims: which devices were allocated, for whom, and what their drivers say of them. */
import { isIP } from 'node:net';
import { dnsLabelProblems } from '../../std/names.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../machinery/field-errors.ts';
import { asObject, asText, at, type Draft, equalJson, isObject, objectsOf } from '../machinery/json.ts';
import { internalForm } from '../schema/internal-form.ts';
import { conditionErrors } from './condition-errors.ts';
import { bindingErrors, objectListErrors, poolNameErrors, textListErrors, uidErrors } from './device-names.ts';
import {
  configurationErrors,
  MOST_CONFIGURATIONS,
  rawErrors,
  requestListErrors,
  type RequestNames,
  requestNamesOf,
  requestReferenceErrors,
} from './device-requests.ts';
import { driverNameErrors, textErrors } from './field-checks.ts';
import { nodeSelectorErrors } from './pod-placement.ts';

type Shown = Readonly<Record<string, unknown>>;

const MOST_CONSUMERS = 256;
const MOST_RESULTS = 32;
const MOST_CONDITIONS = 8;
const MOST_ADDRESSES = 16;
const MOST_INTERFACE_BYTES = 256;
const MOST_HARDWARE_BYTES = 128;

/** A device, or the share of one, as refusals show it. */
const identityOf = (device: Draft): Draft => ({
  Driver: asText(device['driver']),
  Pool: asText(device['pool']),
  Device: asText(device['device']),
  ShareID: asText(device['shareID']),
});
const keyOfDevice = (device: Draft): string => JSON.stringify(identityOf(device));
const resultsOf = (object: unknown): readonly Draft[] =>
  objectsOf(at(object, 'status', 'allocation', 'devices', 'results'));

const deviceNameErrors = (device: Draft, path: string): readonly FieldError[] => [
  ...driverNameErrors(asText(device['driver']), `${path}.driver`),
  ...poolNameErrors(asText(device['pool']), `${path}.pool`),
  ...textErrors(asText(device['device']), `${path}.device`, dnsLabelProblems),
];

function interfaceAddressErrors(value: string, field: string): readonly FieldError[] {
  const [address = '', bits = '', ...more] = value.split('/');
  const family = isIP(address);
  const fits = family !== 0 && /^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128) && more.length === 0;
  if (!fits)
    return [invalidValue(field, value, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)')];
  const plain = family === 4 ? address : new URL(`http://[${address}]`).hostname.slice(1, -1);
  const canonical = `${plain}/${Number(bits)}`;
  return value === canonical
    ? []
    : [invalidValue(field, value, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

function networkErrors(network: unknown, path: string): readonly FieldError[] {
  if (!isObject(network)) return [];
  const longer = (name: string, most: number) =>
    Buffer.byteLength(asText(network[name])) > most ? [tooLong(`${path}.${name}`, most)] : [];
  return [
    ...longer('interfaceName', MOST_INTERFACE_BYTES),
    ...longer('hardwareAddress', MOST_HARDWARE_BYTES),
    ...textListErrors(network['ips'], {
      field: `${path}.ips`,
      most: MOST_ADDRESSES,
      each: interfaceAddressErrors,
      key: (address) => address,
    }),
  ];
}

function deviceErrors(device: Draft, path: string, allocated: ReadonlySet<string>): readonly FieldError[] {
  const conditions = objectsOf(device['conditions']);
  const { data } = device;
  return [
    ...deviceNameErrors(device, path),
    ...uidErrors(device['shareID'], `${path}.shareID`),
    ...(allocated.has(keyOfDevice(device))
      ? []
      : [invalidValue(path, identityOf(device), 'must be an allocated device in the claim')]),
    ...(conditions.length > MOST_CONDITIONS ? [tooMany(`${path}.conditions`, conditions.length, MOST_CONDITIONS)] : []),
    ...conditionErrors(conditions, `${path}.conditions`),
    ...(data === undefined || data === null ? [] : rawErrors(data, `${path}.data`)),
    ...networkErrors(device['networkData'], `${path}.networkData`),
  ];
}

const CONSUMER = ['resource', 'name', 'uid'];

function resultErrors(result: Draft, path: string, known: RequestNames): readonly FieldError[] {
  return [
    ...requestReferenceErrors(asText(result['request']), `${path}.request`, known),
    ...deviceNameErrors(result, path),
    ...bindingErrors(result, path),
    ...uidErrors(result['shareID'], `${path}.shareID`),
  ];
}

function sourceErrors(source: string, field: string): readonly FieldError[] {
  if (source === '') return [required(field)];
  const sources = ['FromClaim', 'FromClass'];
  return sources.includes(source) ? [] : [notSupported(field, source, sources)];
}

function allocationErrors(allocation: Draft, path: string, known: RequestNames): readonly FieldError[] {
  const devices = asObject(allocation['devices']) ?? {};
  const selector = allocation['nodeSelector'];
  return [
    ...objectListErrors(devices['results'], {
      field: `${path}.devices.results`,
      most: MOST_RESULTS,
      each: (result, field) => resultErrors(result, field, known),
    }),
    ...objectListErrors(devices['config'], {
      field: `${path}.devices.config`,
      // Those of the claim and those of the class.
      most: 2 * MOST_CONFIGURATIONS,
      each: (configuration, field) => [
        ...sourceErrors(asText(configuration['source']), `${field}.source`),
        ...requestListErrors(configuration['requests'], `${field}.requests`, known),
        ...configurationErrors(configuration, field),
      ],
    }),
    ...(isObject(selector) ? nodeSelectorErrors(selector, `${path}.nodeSelector`) : []),
  ];
}

function reservationErrors(object: Draft, old: Shown): readonly FieldError[] {
  const field = 'status.reservedFor';
  const consumers = objectsOf(at(object, 'status', 'reservedFor'));
  if (consumers.length === 0) return [];
  if (!isObject(at(object, 'status', 'allocation')))
    return [forbiddenField(field, 'may not be specified when `allocated` is not set')];
  const before = objectsOf(at(old, 'status', 'reservedFor'));
  const deleted = at(object, 'metadata', 'deletionTimestamp') !== undefined;
  if (!deleted || consumers.every((consumer) => before.some((each) => equalJson(each, consumer)))) return [];
  return [
    forbiddenField(field, 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set'),
  ];
}

/** An allocation is given and taken away, and never changes. */
function allocationChangeErrors(object: Draft, old: Shown, known: RequestNames): readonly FieldError[] {
  const [now, before] = [at(object, 'status', 'allocation'), at(old, 'status', 'allocation')];
  const field = 'status.allocation';
  if (!isObject(now)) return [];
  if (!isObject(before)) return allocationErrors(now, field, known);
  return equalJson(now, before)
    ? []
    : [invalidValue(field, internalForm('resource/v1.AllocationResult', now), 'field is immutable')];
}

export function claimStatusErrors(object: Draft, old: Shown): readonly FieldError[] {
  const known = requestNamesOf(asObject(at(object, 'spec', 'devices')) ?? {});
  const allocated = new Set(resultsOf(object).map(keyOfDevice));
  return [
    ...objectListErrors(at(object, 'status', 'reservedFor'), {
      field: 'status.reservedFor',
      most: MOST_CONSUMERS,
      each: (consumer, field) =>
        CONSUMER.flatMap((name) => (asText(consumer[name]) === '' ? [required(`${field}.${name}`)] : [])),
      key: (consumer) => asText(consumer['uid']),
    }),
    ...objectListErrors(at(object, 'status', 'devices'), {
      field: 'status.devices',
      each: (device, field) => deviceErrors(device, field, allocated),
      key: identityOf,
    }),
    ...reservationErrors(object, old),
    ...allocationChangeErrors(object, old, known),
  ];
}

/** What drivers said of devices goes with their allocation. */
export function dropFreedDevices(draft: Draft, old: Shown): void {
  const status = asObject(draft['status']);
  if (!status || !Array.isArray(status['devices'])) return;
  const freed = new Set(resultsOf(old).map(keyOfDevice));
  for (const result of resultsOf(draft)) freed.delete(keyOfDevice(result));
  const kept = objectsOf(status['devices']).filter((device) => !freed.has(keyOfDevice(device)));
  if (kept.length > 0) status['devices'] = kept;
  else delete status['devices'];
}
