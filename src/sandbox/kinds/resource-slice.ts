/** ResourceSlices: the devices that drivers offer. After k8s.io/kubernetes/pkg/{apis,registry}/resource. */
import { dnsLabelProblems, dnsSubdomainProblems, labelValueProblems, qualifiedNameProblems } from '../../std/names.ts';
import { toTimestamp } from '../../std/clock.ts';
import { type FieldError, invalidValue, required, tooLong } from '../machinery/field-errors.ts';
import { shownEmpty } from '../machinery/given-empties.ts';
import {
  asNumber,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  equalJson,
  isObject,
  objectsOf,
} from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { internalForm } from '../schema/internal-form.ts';
import { ownCapacityErrors, sharedCapacityErrors } from './device-capacity.ts';
import {
  attributeNameErrors,
  bindingErrors,
  mapErrors,
  MOST_KEY_SHOWN,
  objectListErrors,
  poolNameErrors,
} from './device-names.ts';
import { taintEffectErrors } from './device-requests.ts';
import { driverNameErrors, textErrors } from './field-checks.ts';
import { nodeSelectorErrors } from './pod-placement.ts';

type Shown = Readonly<Record<string, unknown>>;

const MOST_DEVICES = 128;
/** Of devices with taints or with shared counters. */
const MOST_ADVANCED_DEVICES = 64;
const MOST_ENTRIES = 32;
const MOST_VALUES = 48;
const MOST_VALUE_BYTES = 64;
const MOST_TAINTS = 16;
const MOST_COUNTER_SETS = 8;
const MOST_COUNTERS = 32;
const MOST_CONSUMED = 2;
const MOST_LABEL = 63;
const ADVANCED = ['taints', 'consumesCounters'];

/** https://semver.org */
const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

const VALUES = ['bool', 'int', 'string', 'version'];
/** Of a gate that is off by default. */
const LISTS = ['bools', 'ints', 'strings', 'versions'];

function attributeErrors(attribute: Draft, path: string): readonly FieldError[] {
  const longer = (name: string) =>
    Buffer.byteLength(asText(attribute[name])) > MOST_VALUE_BYTES ? [tooLong(`${path}.${name}`, MOST_VALUE_BYTES)] : [];
  const { version } = attribute;
  const given = VALUES.filter((name) => attribute[name] !== undefined).length;
  const shown = given === 0 ? '' : internalForm('resource/v1.DeviceAttribute', attribute);
  return [
    ...longer('string'),
    ...(typeof version === 'string' && !VERSION.test(version)
      ? [invalidValue(`${path}.version`, version, 'must be a string compatible with semver.org spec 2.0.0')]
      : []),
    ...longer('version'),
    ...(given === 1 ? [] : [invalidValue(path, shown, 'exactly one value must be specified')]),
  ];
}

function counterErrors(holder: Draft, path: string, name: string): readonly FieldError[] {
  const [text, counters] = [asText(holder[name]), asObject(holder['counters']) ?? {}];
  return [
    ...(text === '' ? [required(`${path}.${name}`)] : textErrors(text, `${path}.${name}`, dnsLabelProblems)),
    ...(Object.keys(counters).length === 0
      ? [required(`${path}.counters`)]
      : mapErrors(counters, {
          field: `${path}.counters`,
          most: MOST_COUNTERS,
          mostShown: MOST_LABEL,
          keyErrors: (key, field) => textErrors(key, field, dnsLabelProblems),
        })),
  ];
}

function taintErrors(taint: Draft, path: string): readonly FieldError[] {
  const [value, effect] = [asText(taint['value']), asText(taint['effect'])];
  return [
    ...textErrors(asText(taint['key']), `${path}.key`, qualifiedNameProblems),
    ...(value === '' ? [] : textErrors(value, `${path}.value`, labelValueProblems)),
    ...(effect === '' ? [required(`${path}.effect`)] : taintEffectErrors(effect, `${path}.effect`)),
  ];
}

interface Placed {
  readonly errors: readonly FieldError[];
  /** Fields that say on which nodes. */
  readonly given: readonly string[];
}

const quoted = (names: readonly string[]): string => `{${names.map((name) => `\`${name}\``).join(', ')}}`;
const onlyTrue = (value: unknown, field: string): readonly FieldError[] =>
  value === false ? [invalidValue(field, value, 'must be either unset or set to true')] : [];

/** On which nodes devices are. */
function placement(holder: Draft, path: string, emptyName: string): Placed {
  const { nodeName, nodeSelector, allNodes } = holder;
  const errors = [
    ...(nodeName === ''
      ? [invalidValue(`${path}.nodeName`, nodeName, emptyName)]
      : typeof nodeName === 'string'
        ? textErrors(nodeName, `${path}.nodeName`, dnsSubdomainProblems)
        : []),
    ...(isObject(nodeSelector) ? nodeSelectorErrors(nodeSelector, `${path}.nodeSelector`) : []),
    ...onlyTrue(allNodes, `${path}.allNodes`),
  ];
  const given = [
    ...(asText(nodeName) === '' ? [] : ['nodeName']),
    ...(isObject(nodeSelector) ? ['nodeSelector'] : []),
    ...(allNodes === true ? ['allNodes'] : []),
  ];
  return { errors, given };
}

function devicePlacementErrors(device: Draft, path: string, perDevice: unknown): readonly FieldError[] {
  if (perDevice !== true) {
    const named = ['nodeName', 'nodeSelector', 'allNodes'].some((name) => device[name] !== undefined);
    const detail =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    return named ? [invalidValue(path, null, detail)] : [];
  }
  const { errors, given } = placement(device, path, 'must not be empty');
  const detail =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (given.length === 1) return errors;
  return [...errors, given.length === 0 ? required(path, detail) : invalidValue(path, quoted(given), detail)];
}

function sizeErrors(device: Draft, path: string): readonly FieldError[] {
  const [attributes, capacities] = ['attributes', 'capacity'].map(
    (name) => Object.keys(asObject(device[name]) ?? {}).length,
  );
  const [entries, values] = [(attributes ?? 0) + (capacities ?? 0), attributes ?? 0];
  const over = (count: number, most: number, what: string) =>
    count > most ? [invalidValue(path, count, `the total number of ${what} must not exceed ${most}`)] : [];
  return [
    ...over(entries, MOST_ENTRIES, 'attributes and capacities'),
    ...over(values, MOST_VALUES, 'attribute values'),
  ];
}

function deviceErrors(device: Draft, path: string, rest: { perDevice: unknown; old: Draft | undefined }) {
  const named = { mostShown: MOST_KEY_SHOWN, keyErrors: attributeNameErrors };
  const shared = device['allowMultipleAllocations'] === true;
  return [
    ...textErrors(asText(device['name']), `${path}.name`, dnsLabelProblems),
    ...sizeErrors(device, path),
    ...mapErrors(device['attributes'], { ...named, field: `${path}.attributes`, each: attributeErrors }),
    ...mapErrors(device['capacity'], {
      ...named,
      field: `${path}.capacity`,
      each: shared ? sharedCapacityErrors : ownCapacityErrors,
    }),
    ...(rest.old && equalJson(rest.old['taints'], device['taints'])
      ? []
      : objectListErrors(device['taints'], { field: `${path}.taints`, most: MOST_TAINTS, each: taintErrors })),
    ...objectListErrors(device['consumesCounters'], {
      field: `${path}.consumesCounters`,
      most: MOST_CONSUMED,
      each: (consumed, field) => counterErrors(consumed, field, 'counterSet'),
      key: (consumed) => asText(consumed['counterSet']),
    }),
    ...devicePlacementErrors(device, path, rest.perDevice),
    ...bindingErrors(device, path),
  ];
}

const ONE_PLACE = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';

function slicePlacementErrors(spec: Draft): readonly FieldError[] {
  const { errors, given } = placement(spec, 'spec', 'must be either unset or set to a non-empty string');
  const perDevice = spec['perDeviceNodeSelection'];
  const terms = at(spec, 'nodeSelector', 'nodeSelectorTerms');
  const shown = Array.isArray(terms)
    ? objectsOf(terms).map((term) => internalForm('core/v1.NodeSelectorTerm', term))
    : shownEmpty(spec['nodeSelector'], 'nodeSelectorTerms');
  const places = [...given, ...(perDevice === true ? ['perDeviceNodeSelection'] : [])];
  return [
    ...errors.filter(({ field }) => !field.endsWith('.allNodes')),
    ...(isObject(spec['nodeSelector']) && objectsOf(terms).length !== 1
      ? [invalidValue('spec.nodeSelector.nodeSelectorTerms', shown, 'must have exactly one node selector term')]
      : []),
    ...errors.filter(({ field }) => field.endsWith('.allNodes')),
    ...onlyTrue(perDevice, 'spec.perDeviceNodeSelection'),
    ...(places.length === 0 ? [required('spec', ONE_PLACE)] : []),
    ...(places.length > 1 ? [invalidValue('spec', quoted(places), `${ONE_PLACE}, but multiple fields are set`)] : []),
  ];
}

function poolErrors(pool: Draft, path: string): readonly FieldError[] {
  const [count, generation] = [asNumber(pool['resourceSliceCount']) ?? 0, asNumber(pool['generation']) ?? 0];
  return [
    ...poolNameErrors(asText(pool['name']), `${path}.name`),
    ...(count > 0 ? [] : [invalidValue(`${path}.resourceSliceCount`, count, 'must be greater than zero')]),
    ...(generation < 0
      ? [invalidValue(`${path}.generation`, generation, 'must be greater than or equal to zero')]
      : []),
  ];
}

/** Whose devices these are never changes. */
function fixedErrors(spec: Draft, before: Draft | undefined): readonly FieldError[] {
  if (!before) return [];
  return [['pool', 'name'], ['driver'], ['nodeName']].flatMap((fields) => {
    const now = at(spec, ...fields);
    return equalJson(now, at(before, ...fields))
      ? []
      : [invalidValue(`spec.${fields.join('.')}`, now, 'field is immutable')];
  });
}

function sliceErrors(object: Draft, old?: Shown): readonly FieldError[] {
  const [spec, before] = [asObject(object['spec']) ?? {}, asObject(old?.['spec'])];
  const devices = objectsOf(spec['devices']);
  const known = new Map(objectsOf(before?.['devices']).map((device) => [asText(device['name']), device]));
  const advanced = devices.some((device) => ADVANCED.some((name) => objectsOf(device[name]).length > 0));
  return [
    ...driverNameErrors(asText(spec['driver']), 'spec.driver'),
    ...poolErrors(asObject(spec['pool']) ?? {}, 'spec.pool'),
    ...fixedErrors(spec, before),
    ...slicePlacementErrors(spec),
    ...(spec['sharedCounters'] !== undefined && spec['devices'] !== undefined
      ? [invalidValue('spec', '', 'only one of `sharedCounters` or `devices` is allowed')]
      : []),
    ...objectListErrors(devices, {
      field: 'spec.devices',
      most: advanced ? MOST_ADVANCED_DEVICES : MOST_DEVICES,
      each: (device, field) =>
        deviceErrors(device, field, {
          perDevice: spec['perDeviceNodeSelection'],
          old: known.get(asText(device['name'])),
        }),
      key: (device) => asText(device['name']),
    }),
    ...objectListErrors(spec['sharedCounters'], {
      field: 'spec.sharedCounters',
      most: MOST_COUNTER_SETS,
      each: (set, field) => counterErrors(set, field, 'name'),
      key: (set) => asText(set['name']),
    }),
  ];
}

/** Drops what gates that are off by default would read. */
function prepare(draft: Draft, now: number): void {
  for (const device of objectsOf(at(draft, 'spec', 'devices'))) {
    delete device['nodeAllocatableResourceMappings'];
    for (const attribute of Object.values(asObject(device['attributes']) ?? {}))
      if (isObject(attribute)) for (const name of LISTS) delete attribute[name];
    for (const taint of objectsOf(device['taints'])) taint['timeAdded'] ??= toTimestamp(now);
  }
}

export const RESOURCE_SLICE: Strategy = {
  deleteAnswersObject: true,
  generation: true,
  updateReplacesValidate: true,
  applyDefaults: (draft) => void childOf(draft, 'spec'),
  prepareForCreate: (draft, { now }) => prepare(draft, now),
  prepareForUpdate: (draft, _, { now }) => prepare(draft, now),
  validate: (object) => sliceErrors(object),
  validateUpdate: sliceErrors,
  selectableFields: {
    'spec.nodeName': (object) => asText(at(object, 'spec', 'nodeName')),
    'spec.driver': (object) => asText(at(object, 'spec', 'driver')),
  },
  warnings: (object) => {
    const driver = asText(at(object, 'spec', 'driver'));
    return driver === driver.toLowerCase()
      ? []
      : [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`];
  },
};
