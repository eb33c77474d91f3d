/** A version of a CustomResourceDefinition as the server serves it: compiled once, used for every request. */
import type { KubeObject } from '../../shapes/kube.ts';
import { type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { asList, asObject, asText, at, deepFreeze, type Draft, equalJson, objectsOf, thaw } from '../machinery/json.ts';
import type { CustomType, ResourceType, Strategy, Subresource, Verb } from '../machinery/registry.ts';
import { type CompiledSchema, compiledSchema } from './compiled-schema.ts';
import { applyDefaults, dropStrayNulls } from './defaults.ts';
import { embeddedErrors, embeddedResources } from './embedded.ts';
import { listTypeErrors } from './list-types.ts';
import { qualifiedNameProblems } from '../../std/names.ts';
import { pruneResource } from './prune.ts';
import type { Schema } from './schema.ts';
import { WebhookConversion } from './webhook-conversion.ts';

/** In the order that discovery shows them for custom resources. */
const VERBS: readonly Verb[] = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const HALF: readonly Verb[] = ['get', 'patch', 'update'];
const INT32_MAX = 2 ** 31 - 1;

/** Errors of the structure that keep the rules from running. */
const BLOCKING = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const NOT_CHECKED = invalidValue(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

export interface ServedVersion {
  readonly definition: KubeObject;
  /** The entry of spec.versions. */
  readonly version: Draft;
}

/** One of spec.versions as a resource of the server. */
export function resourceType({ definition, version }: ServedVersion): ResourceType {
  const spec = asObject(definition['spec']) ?? {};
  const names = asObject(asObject(definition['status'])?.['acceptedNames']) ?? {};
  const storage = objectsOf(spec['versions']).find((candidate) => candidate['storage'] === true);
  const group = asText(spec['group']);
  const subresources = asObject(version['subresources']) ?? {};
  const kind = asText(names['kind']);
  const resource = asText(names['plural']);
  return {
    group,
    version: asText(version['name']),
    resource,
    kind,
    listKind: asText(names['listKind']),
    singular: asText(names['singular']),
    namespaced: spec['scope'] === 'Namespaced',
    shortNames: asList(names['shortNames']).map(asText),
    categories: asList(names['categories']).map(asText),
    verbs: VERBS,
    subresources: subresourcesOf(subresources, kind),
    storageKey: `${group}/${resource}`,
    storedAs: `${group}/${asText(storage?.['name'])}/${kind}`,
    strategy: strategyOf(version),
    custom: customType({ definition, version }),
  };
}

function subresourcesOf(subresources: Draft, kind: string): Subresource[] {
  const status: Subresource = { name: 'status', kind, verbs: HALF };
  const scale: Subresource = { name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: HALF };
  return [...(asObject(subresources['status']) ? [status] : []), ...(asObject(subresources['scale']) ? [scale] : [])];
}

const schemaOf = (version: Draft): CompiledSchema | undefined =>
  compiledSchema(at(version, 'schema', 'openAPIV3Schema'));

function customType({ definition, version }: ServedVersion): CustomType {
  const scale = asObject(at(version, 'subresources', 'scale'));
  const warning = deprecationWarning(definition, version);
  const schema = schemaOf(version)?.schema;
  return {
    definition: definition.metadata.name,
    hasStatus: asObject(at(version, 'subresources', 'status')) !== undefined,
    terminating: definition.metadata.deletionTimestamp !== undefined,
    version,
    prune: (draft) => (schema ? pruneResource(draft, schema) : []),
    fill: (draft) => (schema ? applyDefaults(draft, schema) : undefined),
    embedded: (draft) => (schema ? embeddedResources(schema, draft) : []),
    ...versionsOf(definition, version),
    ...(warning === undefined ? {} : { deprecationWarning: warning }),
    ...(scale
      ? {
          scale: {
            specReplicasPath: asText(scale['specReplicasPath']),
            statusReplicasPath: asText(scale['statusReplicasPath']),
            ...(scale['labelSelectorPath'] === undefined
              ? {}
              : { labelSelectorPath: asText(scale['labelSelectorPath']) }),
          },
        }
      : {}),
  };
}

/**
 * What an older schema let be stored is shown as the present one of the version in which it is stored has it, pruned
 * and with its defaults, and then as this version has it: crdConversionRESTOptionsGetter of apiextensions-apiserver.
 */
function versionsOf(
  definition: KubeObject,
  version: Draft,
): Pick<CustomType, 'read' | 'pruneStored'> & Partial<Pick<CustomType, 'conversion'>> {
  const group = asText(at(definition, 'spec', 'group'));
  const versions = objectsOf(at(definition, 'spec', 'versions'));
  const schemas = new Map(versions.map((each) => [`${group}/${asText(each['name'])}`, schemaOf(each)?.schema]));
  const storage = schemas.get(`${group}/${asText(versions.find((each) => each['storage'] === true)?.['name'])}`);
  const prune = (draft: Draft, schema: Schema | undefined) => {
    if (schema) pruneResource(draft, schema);
  };
  const conversion =
    at(definition, 'spec', 'conversion', 'strategy') === 'Webhook'
      ? new WebhookConversion(definition, (draft, apiVersion) => prune(draft, schemas.get(apiVersion)))
      : undefined;
  const apiVersion = `${group}/${asText(version['name'])}`;
  const known = new WeakMap<KubeObject, KubeObject>();
  return {
    pruneStored: (draft) => prune(draft, storage),
    ...(conversion ? { conversion } : {}),
    read: (stored) => {
      const found = known.get(stored);
      if (found) return found;
      const draft = thaw(stored);
      const schema = schemas.get(stored.apiVersion);
      prune(draft, schema);
      if (schema) applyDefaults(draft, schema);
      if (!conversion && stored.apiVersion !== apiVersion) {
        Object.assign(draft, { apiVersion });
        prune(draft, schemas.get(apiVersion));
      }
      const shown = equalJson(draft, stored) ? stored : deepFreeze(draft);
      known.set(stored, shown);
      return shown;
    },
  };
}

function deprecationWarning(definition: KubeObject, version: Draft): string | undefined {
  if (version['deprecated'] !== true) return undefined;
  if (typeof version['deprecationWarning'] === 'string') return version['deprecationWarning'];
  const spec = asObject(definition['spec']) ?? {};
  const [group, name, kind] = [asText(spec['group']), asText(version['name']), asText(at(spec, 'names', 'kind'))];
  const newer = newest(
    objectsOf(spec['versions'])
      .filter((candidate) => candidate['served'] === true && candidate['deprecated'] !== true)
      .map((candidate) => asText(candidate['name'])),
  );
  const head = `${group}/${name} ${kind} is deprecated`;
  return newer !== undefined && priority(newer) > priority(name) ? `${head}; use ${group}/${newer} ${kind}` : head;
}

/** Stable before beta before alpha, then by number: v10 > v2 > v1 > v2beta1 > v1alpha1. Other names come last. */
function priority(version: string): number {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return -1;
  const stage = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return (stage * 1000 + Number(match[1])) * 1000 + Number(match[3] ?? 0);
}

const newest = (versions: readonly string[]): string | undefined =>
  versions.reduce<string | undefined>(
    (best, version) => (best === undefined || priority(version) > priority(best) ? version : best),
    undefined,
  );

function strategyOf(version: Draft): Strategy {
  const compiled = schemaOf(version);
  const schema = compiled?.schema;
  const hasStatus = asObject(at(version, 'subresources', 'status')) !== undefined;
  const scale = asObject(at(version, 'subresources', 'scale'));
  const rules = compiled?.rules;
  /** Rules that fail on what an update left as it was, told when the write is accepted. */
  const told = new WeakMap<Draft, readonly string[]>();

  const withRules = (object: Draft, errors: FieldError[], old?: KubeObject): readonly FieldError[] => {
    if (!rules) return errors;
    if (errors.some((error) => BLOCKING.has(error.type))) return [...errors, NOT_CHECKED];
    const outcome = rules.run(object, old);
    told.set(object, outcome.warnings);
    return [...errors, ...outcome.errors];
  };
  const lists = (object: Draft, old?: KubeObject): readonly FieldError[] => {
    if (!schema || (old && listTypeErrors(schema, old).length > 0)) return [];
    return listTypeErrors(schema, object);
  };
  const scaleErrors = (object: Draft, half: 'both' | 'status') => (scale ? replicaErrors(object, scale, half) : []);

  return {
    applyDefaults: (draft) => {
      if (!schema) return;
      applyDefaults(draft, schema);
      dropStrayNulls(draft, schema);
    },
    prepareForCreate: (draft) => {
      if (hasStatus) delete draft['status'];
    },
    validate: (object) => {
      const embedded = schema ? embeddedErrors(schema, object) : [];
      return withRules(object, [
        ...(compiled?.instances.validate(object) ?? []),
        ...scaleErrors(object, 'both'),
        ...embedded,
        ...lists(object),
      ]);
    },
    validateUpdate: (object, old) => {
      const embedded = schema ? embeddedErrors(schema, object) : [];
      return withRules(
        object,
        [
          ...(compiled?.instances.validate(object, old) ?? []),
          ...scaleErrors(object, 'both'),
          ...embedded,
          ...lists(object, old),
        ],
        old,
      );
    },
    validateStatusUpdate: (object, old) => {
      const status = object['status'];
      const errors = status === undefined ? [] : (compiled?.statuses?.validate(status, old['status']) ?? []);
      return withRules(object, [...errors, ...scaleErrors(object, 'status'), ...lists(object, old)], old);
    },
    updateReplacesValidate: true,
    warnings: (object, old) => [...finalizerWarnings(object, old), ...(told.get(object) ?? [])],
    updateNeedsVersion: true,
    generation: true,
    statusSeparate: hasStatus,
    selectableFields: selectableFields(version),
  };
}

function selectableFields(version: Draft): Readonly<Record<string, (object: KubeObject) => string>> {
  return Object.fromEntries(
    objectsOf(version['selectableFields']).map((field) => {
      const name = asText(field['jsonPath']).replace(/^\./, '');
      const parts = name.split('.');
      return [
        name,
        (object: KubeObject) => {
          const value = at(object, ...parts);
          return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
        },
      ];
    }),
  );
}

function replicaErrors(object: Draft, scale: Draft, half: 'both' | 'status'): FieldError[] {
  const errors: FieldError[] = [];
  const count = (path: string) => {
    const value = at(object, ...path.replace(/^\./, '').split('.'));
    if (value === undefined) return;
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      const found =
        typeof value === 'number'
          ? 'float64'
          : typeof value === 'string'
            ? 'string'
            : typeof value === 'boolean'
              ? 'bool'
              : Array.isArray(value)
                ? '[]interface {}'
                : 'map[string]interface {}';
      errors.push(
        invalidValue(
          path,
          0,
          `${path} accessor error: ${JSON.stringify(value)} is of the type ${found}, expected int64`,
        ),
      );
    } else if (value < 0) errors.push(invalidValue(path, value, 'should be a non-negative integer'));
    else if (value > INT32_MAX) errors.push(invalidValue(path, value, `should be less than or equal to ${INT32_MAX}`));
  };
  if (half === 'both') count(asText(scale['specReplicasPath']));
  count(asText(scale['statusReplicasPath']));
  const selector = asText(scale['labelSelectorPath']);
  if (selector !== '') {
    const value = at(object, ...selector.replace(/^\./, '').split('.'));
    if (value !== undefined && typeof value !== 'string')
      errors.push(
        invalidValue(
          selector,
          '',
          `${selector} accessor error: ${JSON.stringify(value)} is of the type ${typeof value}, expected string`,
        ),
      );
  }
  return errors;
}

const STANDARD_FINALIZERS = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

/** New finalizers that no one could be told apart from another's. */
function finalizerWarnings(object: Draft, old: KubeObject | undefined): string[] {
  const before = new Set(asList(at(old, 'metadata', 'finalizers')).map(asText));
  const added = [...new Set(asList(at(object, 'metadata', 'finalizers')).map(asText))]
    .filter((name) => !before.has(name))
    .sort();
  return added.flatMap((name) => {
    const head = `metadata.finalizers: ${JSON.stringify(name)}: `;
    const problems = qualifiedNameProblems(name).map((problem) => head + problem);
    if (name.includes('/') || STANDARD_FINALIZERS.has(name)) return problems;
    const advice = name.includes('.')
      ? 'prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers'
      : 'prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers';
    return [...problems, head + advice];
  });
}
