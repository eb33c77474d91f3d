/** PersistentVolumeClaims. */
import { unifiedDiff } from '../machinery/unified-diff.ts';
import { internalText } from '../schema/internal-form.ts';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../machinery/field-errors.ts';
import {
  asList,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  equalJson,
  put,
  setDefault,
  thaw,
} from '../machinery/json.ts';
import { copyShown } from '../machinery/given-empties.ts';
import { dnsLabelProblems, dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { oneOf, textErrors } from './field-checks.ts';
import { labelSelectorErrors } from '../machinery/label-selector.ts';
import { nanoOf } from './pod-resources.ts';
import { fractionWarnings } from './pod-warnings.ts';

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** `path`: where the spec stands, in a claim or in a template of claims. `old`: the spec of a claim that changes. */
export function claimSpecErrors(spec: Draft, path: string, old?: unknown): readonly FieldError[] {
  const named = ['dataSource', 'dataSourceRef'].some((field) => at(old, field, 'apiGroup') !== undefined);
  const modes = asList(spec['accessModes']).map(asText);
  const errors: FieldError[] = [];
  if (modes.length === 0) errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  errors.push(...labelSelectorErrors(spec['selector'], `${path}.selector`));
  for (const mode of modes) errors.push(...oneOf(mode, `${path}.accessModes`, MODES));
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && MODES.includes(mode)))
    errors.push(forbiddenField(`${path}.accessModes`, 'may not use ReadWriteOncePod with other access modes'));
  const storage = at(spec, 'resources', 'requests', 'storage');
  if (storage === undefined) errors.push(required(`${path}.resources[storage]`));
  else if ((nanoOf(storage) ?? 0n) <= 0n)
    errors.push(invalidValue(`${path}.resources[storage]`, storage, 'must be greater than zero'));
  const [name, attributes] = ['storageClassName', 'volumeAttributesClassName'].map((field) =>
    asText(spec[field]) === '' ? [] : textErrors(asText(spec[field]), `${path}.${field}`, dnsSubdomainProblems),
  );
  return [
    ...errors,
    ...(name ?? []),
    ...oneOf(spec['volumeMode'], `${path}.volumeMode`, ['Block', 'Filesystem']),
    ...sourceErrors(spec['dataSource'], `${path}.dataSource`, named ? 'kept' : 'new'),
    ...sourceErrors(spec['dataSourceRef'], `${path}.dataSourceRef`, named ? 'kept' : 'new'),
    ...sourcesErrors(spec, path),
    ...(attributes ?? []),
  ];
}

/** Where a claim has named a group before, it is not looked at again. */
function sourceErrors(source: unknown, field: string, groups: 'kept' | 'new'): readonly FieldError[] {
  if (source === undefined) return [];
  const [group, kind, namespace] = ['apiGroup', 'kind', 'namespace'].map((name) => asText(at(source, name)));
  const missing = ['name', 'kind'].filter((name) => asText(at(source, name)) === '');
  const errors: FieldError[] = missing.map((name) => required(`${field}.${name}`));
  if (group === '' && kind !== 'PersistentVolumeClaim')
    errors.push(invalidValue(field, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  if (group !== undefined && group !== '' && groups === 'new')
    errors.push(...textErrors(group, `${field}.apiGroup`, dnsSubdomainProblems));
  if (namespace !== undefined && namespace !== '')
    errors.push(...textErrors(namespace, `${field}.namespace`, dnsLabelProblems));
  return errors;
}

/** Old clients know the one field, new ones both. */
function sourcesErrors(spec: Draft, path: string): readonly FieldError[] {
  const { dataSource: one, dataSourceRef: other } = spec;
  if (one === undefined || other === undefined) return [];
  const told = (detail: string) => [invalidValue(path, `${path}.dataSource`, detail)];
  if (asText(at(other, 'namespace')) !== '')
    return told('may not be specified when dataSourceRef.namespace is specified');
  const same = ['apiGroup', 'kind', 'name'].every((name) => equalJson(at(one, name), at(other, name)));
  return same ? [] : told('must match dataSourceRef');
}

const isKnownSource = (source: unknown): boolean => {
  const [group, kind] = [asText(at(source, 'apiGroup')), asText(at(source, 'kind'))];
  return (
    (group === '' && kind === 'PersistentVolumeClaim') ||
    (group === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot')
  );
};

/** The two fields say the same; what old servers did not know in the old one goes, without a word. */
function alignSources(spec: Draft, old?: unknown): void {
  const had = at(old, 'dataSource') !== undefined || at(old, 'dataSourceRef') !== undefined;
  if (!had && spec['dataSourceRef'] === undefined && !isKnownSource(spec['dataSource'])) delete spec['dataSource'];
  const { dataSource: one, dataSourceRef: other } = spec;
  if (one !== undefined && other === undefined) spec['dataSourceRef'] = { ...asObject(one) };
  else if (other !== undefined && one === undefined && asText(at(other, 'namespace')) === '') {
    const { namespace: _, ...local } = asObject(other) ?? {};
    spec['dataSource'] = local;
  }
}

/** Where the class stood before it was a field. */
const CLASS = 'volume.beta.kubernetes.io/storage-class';

const SPEC = 'core/v1.PersistentVolumeClaimSpec';
const FIXED =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
const storageOf = (spec: unknown): unknown => at(spec, 'resources', 'requests', 'storage');

/** What binding and growing may change is as before; what still differs is refused. */
function fixedErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const [spec, before] = [asObject(copyShown(object['spec'])) ?? {}, thaw(asObject(old['spec']) ?? {})];
  const [size, sizeBefore] = [nanoOf(storageOf(spec)) ?? 0n, nanoOf(storageOf(before)) ?? 0n];
  if (asText(before['volumeName']) === '') before['volumeName'] = spec['volumeName'];
  const [annotation, annotationBefore] = [object, old].map((each) => at(each, 'metadata', 'annotations', CLASS));
  const [name, nameBefore] = [spec['storageClassName'], before['storageClassName']];
  const moves = annotationBefore !== undefined && nameBefore === undefined && name === annotationBefore;
  const moved = moves && (annotation === undefined || annotation === annotationBefore);
  if (nameBefore === undefined && (annotationBefore === undefined || name === annotationBefore))
    delete spec['storageClassName'];
  if (at(object, 'status', 'phase') === 'Bound') {
    const requests = asObject(at(spec, 'resources', 'requests'));
    if (requests) requests['storage'] = storageOf(before);
    put(spec, 'volumeAttributesClassName', before['volumeAttributesClassName']);
  }
  const errors: FieldError[] = [];
  if (!moved && annotation !== annotationBefore)
    errors.push(invalidValue(`metadata.annotations.${CLASS}`, annotation ?? '', 'field is immutable'));
  if (!equalJson(spec, before))
    errors.push(
      forbiddenField('spec', `${FIXED}\n${unifiedDiff(internalText(SPEC, before), internalText(SPEC, spec))}`),
    );
  const had = nanoOf(at(old, 'status', 'capacity', 'storage')) ?? 0n;
  if (size < sizeBefore && size <= had)
    errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  if (!equalJson(at(object, 'spec', 'volumeMode'), at(old, 'spec', 'volumeMode')))
    errors.push(invalidValue('volumeMode', at(object, 'spec', 'volumeMode'), 'field is immutable'));
  return [...errors, ...attributesLost(object, old)];
}

/** Once a volume has attributes of a class, it always has some. */
function attributesLost(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const field = 'volumeAttributesClassName';
  const [now, before] = [object, old].map((each) => at(each, 'spec', field));
  if (now === before || at(old, 'status', 'currentVolumeAttributesClassName') === undefined) return [];
  const told = (what: string) => [
    forbiddenField(
      `spec.${field}`,
      `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`,
    ),
  ];
  if (now === undefined) return told('nil');
  return now === '' ? told('empty string') : [];
}

const STAGES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

function resourceKeyErrors(name: string, field: string): readonly FieldError[] {
  const problems = textErrors(name, field, qualifiedNameProblems);
  if (problems.length > 0) return problems;
  const native = !name.includes('/') || name.startsWith('kubernetes.io/');
  return native ? oneOf(name, field, ['storage']) : [];
}

function basicErrors(amount: unknown, field: string): readonly FieldError[] {
  const nano = nanoOf(amount) ?? 0n;
  return nano < 0n ? [invalidValue(field, Number(nano / 1_000_000_000n), 'must be a valid resource quantity')] : [];
}

function statusErrors(object: Draft): readonly FieldError[] {
  const amounts = (name: string) => Object.entries(asObject(at(object, 'status', name)) ?? {});
  const [statuses, allocated] = ['status.allocatedResourceStatuses', 'status.allocatedResources'] as const;
  return [
    ...amounts('capacity').flatMap(([name, amount]) => basicErrors(amount, `status.capacity[${name}]`)),
    ...amounts('allocatedResourceStatuses').flatMap(([name, stage]) => [
      ...resourceKeyErrors(name, statuses),
      ...(STAGES.includes(asText(stage)) ? [] : [notSupported(statuses, name, STAGES)]),
    ]),
    ...amounts('allocatedResources').flatMap(([name, amount]) => {
      const wrong = resourceKeyErrors(name, allocated);
      return wrong.length > 0 ? wrong : basicErrors(amount, `${allocated}[${name}]`);
    }),
  ];
}

export const CLAIM: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  applyDefaults: (draft) => {
    setDefault(childOf(draft, 'spec'), 'volumeMode', 'Filesystem');
    setDefault(childOf(draft, 'status'), 'phase', 'Pending');
  },
  prepareForCreate: (draft) => {
    draft['status'] = { phase: 'Pending' };
    alignSources(childOf(draft, 'spec'));
  },
  prepareForUpdate: (draft, old) => alignSources(childOf(draft, 'spec'), old['spec']),
  validateStatusUpdate: statusErrors,
  validate: (object) => claimSpecErrors(childOf(object, 'spec'), 'spec'),
  warnings: (object) => {
    const old = at(object, 'metadata', 'annotations', CLASS) !== undefined;
    const note = 'deprecated since v1.8; use "storageClassName" attribute instead';
    return [
      ...(old ? [`metadata.annotations[${CLASS}]: ${note}`] : []),
      ...fractionWarnings(at(object, 'spec', 'resources'), ['storage'], 'spec.resources'),
    ];
  },
  updateReplacesValidate: true,
  validateUpdate: (object, old) => [
    ...claimSpecErrors(childOf(object, 'spec'), 'spec', old['spec']),
    ...fixedErrors(object, old),
  ],
};
