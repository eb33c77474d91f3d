/** Events: one kind, stored as the core group has it and served by events.k8s.io under other names. */
import type { KubeObject } from '../../shapes/kube.ts';
import { internalForm } from '../schema/internal-form.ts';
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asNumber, asText, at, childOf, type Draft, equalJson, isObject } from '../machinery/json.ts';
import { dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import type { ResourceType, Strategy } from '../machinery/registry.ts';
import { setDefaults } from './defaults.ts';
import { textErrors } from './field-checks.ts';

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

const either =
  (...names: readonly string[]) =>
  (object: KubeObject): string =>
    names.map((name) => asText(at(object, ...name.split('.')))).find((value) => value !== '') ?? '';

/** Of the core group: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/v1#AddFieldLabelConversionsForEvent */
const coreFields = {
  ...Object.fromEntries(
    INVOLVED.map((name) => [`involvedObject.${name}`, either(`involvedObject.${name}`, `regarding.${name}`)]),
  ),
  reason: either('reason'),
  reportingComponent: either('reportingComponent', 'reportingController'),
  type: either('type'),
  source: either('source.component', 'deprecatedSource.component', 'reportingComponent', 'reportingController'),
};

/** The same by the names of events.k8s.io: k8s.io/kubernetes/pkg/apis/events/v1. */
const newFields = {
  ...Object.fromEntries(INVOLVED.map((name) => [`regarding.${name}`, either(`regarding.${name}`)])),
  reason: either('reason'),
  reportingController: either('reportingController'),
  type: either('type'),
};

const LIMITS = { reportingInstance: 128, action: 128, reason: 128, message: 1024 };

/**
 * An event lies beside what it is about; about cluster-wide objects in `default` or `kube-system`. Fields in the core
 * group's words. `by`: what the version asked calls the one that reports.
 */
function eventErrors(event: Draft, by = 'reportingComponent'): readonly FieldError[] {
  const namespace = namespaceOf(event);
  const about = asText(at(event, 'involvedObject', 'namespace'));
  const misplaced = invalidValue('involvedObject.namespace', about, 'does not match event.namespace');
  const errors: FieldError[] = [];
  if (!event['eventTime']) {
    const fits = about === '' ? namespace === 'default' : about === namespace;
    return fits ? [] : [misplaced];
  }
  if (about === '' && !['default', 'kube-system'].includes(namespace)) errors.push(misplaced);
  const controller = asText(event['reportingComponent']);
  if (controller === '') errors.push(required(by));
  errors.push(...textErrors(controller, by, qualifiedNameProblems));
  for (const [name, most] of Object.entries(LIMITS)) {
    const value = asText(event[name]);
    if (value === '' && name !== 'message') errors.push(required(name));
    if (Buffer.byteLength(value) > most) errors.push(invalidValue(name, '', `can have at most ${most} characters`));
  }
  return errors;
}

function seriesErrors(event: Draft): readonly FieldError[] {
  const { series } = event;
  if (!isObject(series)) return [];
  const errors: FieldError[] =
    (asNumber(series['count']) ?? 0) < 2 ? [invalidValue('series.count', '', 'should be at least 2')] : [];
  return series['lastObservedTime'] ? errors : [...errors, required('series.lastObservedTime')];
}

/** What only events.k8s.io asks of new events. */
function strictErrors(event: Draft): readonly FieldError[] {
  const type = asText(event['type']);
  const unset = (name: string, value: unknown) => (value ? [invalidValue(name, '', 'needs to be unset')] : []);
  const name = asText(at(event, 'metadata', 'name'));
  return [
    ...(name === '' ? [] : textErrors(name, 'metadata.name', dnsSubdomainProblems)),
    ...seriesErrors(event),
    ...(event['eventTime'] ? [] : [required('eventTime')]),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalidValue('type', '', `has invalid value: ${type}`)]),
    ...['firstTimestamp', 'lastTimestamp', 'count'].flatMap((field) => unset(field, event[field])),
    ...unset('source', asText(at(event, 'source', 'component')) || asText(at(event, 'source', 'host'))),
  ];
}

const FIXED = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'reason',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
];

const TEXTS = new Set(['reason', 'message', 'type', 'action', 'reportingComponent', 'reportingInstance']);

/** What events.k8s.io lets change: the series. */
function strictUpdateErrors(event: Draft, old: Draft): readonly FieldError[] {
  const errors: FieldError[] = equalJson(event['series'], old['series']) ? [] : [...seriesErrors(event)];
  for (const field of FIXED) {
    if (equalJson(event[field] ?? null, old[field] ?? null)) continue;
    const name = field === 'reportingComponent' ? 'reportingController' : field;
    const value = isObject(event[field])
      ? internalForm('core/v1.ObjectReference', event[field])
      : (event[field] ?? (TEXTS.has(field) ? '' : null));
    errors.push(invalidValue(name, value, 'field is immutable'));
  }
  return errors;
}

const namespaceOf = (object: Draft): string => asText(at(object, 'metadata', 'namespace'));

export const EVENT: Strategy = {
  // Names of events are made by machines and were never checked.
  validateName: () => [],
  applyDefaults: (draft) => {
    childOf(draft, 'source');
    setDefaults(draft, {
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: null,
      reportingComponent: '',
      reportingInstance: '',
    });
  },
  validate: (object) => eventErrors(object),
  selectableFields: coreFields,
};

export const NEW_EVENT: Strategy = {
  validateName: () => [],
  applyDefaults: (draft) => {
    childOf(draft, 'deprecatedSource');
    childOf(draft, 'regarding');
    setDefaults(draft, { deprecatedFirstTimestamp: null, deprecatedLastTimestamp: null, eventTime: null });
  },
  validate: (object) => eventErrors(inCore(object), 'reportingController'),
  validateCreate: (object) => strictErrors(inCore(object)),
  validateUpdate: (object, old) => strictUpdateErrors(inCore(object), inCore({ ...old })),
  selectableFields: newFields,
};

/** events.k8s.io name → core name. */
const RENAMED: Readonly<Record<string, string>> = {
  regarding: 'involvedObject',
  note: 'message',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
  reportingController: 'reportingComponent',
};
const BACK: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(RENAMED).map(([name, core]) => [core, name]),
);

function inCore(object: Draft): Draft {
  const stored: Draft = {};
  for (const [field, value] of Object.entries(object)) stored[RENAMED[field] ?? field] = value;
  return stored;
}

/** The form of events.k8s.io; a stored event is read often and is small, so it is made anew each time. */
export const EVENT_CONVERSION: NonNullable<ResourceType['convert']> = {
  toStored: (object) => {
    const stored = inCore(object);
    stored['apiVersion'] = 'v1';
    EVENT.applyDefaults?.(stored);
    return stored;
  },
  fromStored: (stored) => {
    const object: Draft = {};
    for (const [field, value] of Object.entries(stored)) {
      const empty = value === '' && (field === 'reportingComponent' || field === 'reportingInstance');
      if (!empty) object[BACK[field] ?? field] = value;
    }
    object['apiVersion'] = 'events.k8s.io/v1';
    return object as unknown as KubeObject;
  },
};
