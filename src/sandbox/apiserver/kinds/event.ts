/** Events: one kind, stored as the core group has it and served by events.k8s.io under other names. */
import type { KubeObject } from '../../../api/kube.ts';
import { type FieldError, invalidValue } from '../field-errors.ts';
import { asText, at, childOf, type Draft } from '../json.ts';
import type { ResourceType, Strategy } from '../registry.ts';
import { setDefaults } from './defaults.ts';

/** Field selectors say it as the core group does, in both. */
const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

const either =
  (...names: readonly string[]) =>
  (object: KubeObject): string =>
    names.map((name) => asText(at(object, ...name.split('.')))).find((value) => value !== '') ?? '';

const selectableFields = {
  ...Object.fromEntries(INVOLVED.map((name) => [`involvedObject.${name}`, either(`involvedObject.${name}`, `regarding.${name}`)])),
  reason: either('reason'),
  reportingComponent: either('reportingComponent', 'reportingController'),
  type: either('type'),
  source: either('source.component', 'deprecatedSource.component', 'reportingComponent', 'reportingController'),
};

/** An event lies beside what it is about; about cluster-wide objects in `default` or `kube-system`. */
function placeErrors(namespace: string, involved: unknown, field: string): readonly FieldError[] {
  const about = asText(at(involved, 'namespace'));
  const fits = about === '' ? ['default', 'kube-system'].includes(namespace) : about === namespace;
  return fits ? [] : [invalidValue(`${field}.namespace`, about, 'does not match event.namespace')];
}

const namespaceOf = (object: Draft): string => asText(at(object, 'metadata', 'namespace'));

export const EVENT: Strategy = {
  createOnUpdate: true,
  // Names of events are made by machines and were never checked.
  validateName: () => [],
  applyDefaults: (draft) => {
    childOf(draft, 'source');
    setDefaults(draft, { firstTimestamp: null, lastTimestamp: null, eventTime: null, reportingComponent: '', reportingInstance: '' });
  },
  validate: (object) => placeErrors(namespaceOf(object), object['involvedObject'], 'involvedObject'),
  selectableFields,
};

export const NEW_EVENT: Strategy = {
  createOnUpdate: true,
  validateName: () => [],
  applyDefaults: (draft) => {
    childOf(draft, 'deprecatedSource');
    childOf(draft, 'regarding');
    setDefaults(draft, { deprecatedFirstTimestamp: null, deprecatedLastTimestamp: null, eventTime: null });
  },
  validate: (object) => placeErrors(namespaceOf(object), object['regarding'], 'involvedObject'),
  selectableFields,
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
const BACK: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(RENAMED).map(([name, core]) => [core, name]));

/** The form of events.k8s.io; a stored event is read often and is small, so it is made anew each time. */
export const EVENT_CONVERSION: NonNullable<ResourceType['convert']> = {
  toStored: (object) => {
    const stored: Draft = {};
    for (const [field, value] of Object.entries(object)) stored[RENAMED[field] ?? field] = value;
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
