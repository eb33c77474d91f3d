/**
 * Validation of a CustomResourceDefinition. Paths and order are those of the server's internal form, where what all
 * versions share stands once in the spec.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../machinery/field-errors.ts';
import { asList, asObject, asText, type Draft, equalJson, isObject, objectsOf } from '../machinery/json.ts';
import { compiledSchema } from './compiled-schema.ts';
import { approvalErrors } from './api-approval.ts';
import { findPath } from './field-path.ts';
import { dns1035LabelProblems, dnsSubdomainProblems } from '../../std/names.ts';
import { bundleErrors, conversionErrors } from './conversion-validation.ts';
import { child, index } from './paths.ts';
import { dumpedVersion } from './schema-dump.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const MAX_SELECTABLE_FIELDS = 8;
/** Longest deprecation warning, in bytes. */
const MAX_WARNING = 256;

/** A property of versions that stands in the spec when all versions agree on it. */
interface Shared {
  readonly value: Draft | readonly Draft[] | undefined;
  readonly hoisted: boolean;
}

function shared(versions: readonly Draft[], name: string): Shared {
  const [first] = versions;
  const value = first?.[name];
  if (value === undefined || value === null || !versions.every((version) => equalJson(version[name], value)))
    return { value: undefined, hoisted: false };
  return { value: isObject(value) ? value : objectsOf(value), hoisted: true };
}

export function definitionErrors(object: Draft): FieldError[] {
  const spec = asObject(object['spec']) ?? {};
  const metadata = asObject(object['metadata']) ?? {};
  return [
    ...nameErrors(asText(metadata['name']), spec),
    ...specErrors(spec, 'bundle unchecked'),
    ...statusErrors(object, spec),
    ...approvalErrors(object, undefined),
    ...preserveErrors(spec),
  ];
}

export function definitionUpdateErrors(object: Draft, old: KubeObject): FieldError[] {
  const spec = asObject(object['spec']) ?? {};
  const before = asObject(old['spec']) ?? {};
  const names = asObject(spec['names']) ?? {};
  const oldNames = asObject(before['names']) ?? {};
  const immutable = (now: unknown, then: unknown, field: string) =>
    equalJson(now, then) ? [] : [invalidValue(field, now, 'field is immutable')];
  const established = objectsOf(asObject(old['status'])?.['conditions']).some(
    (condition) => condition['type'] === 'Established' && condition['status'] === 'True',
  );
  // A bundle that was wrong may stay so.
  const bundles = established && bundleErrors(before).length === 0 ? 'bundle checked' : 'bundle unchecked';
  return [
    ...specErrors(spec, bundles),
    ...(established
      ? [
          ...immutable(spec['scope'], before['scope'], 'spec.scope'),
          ...immutable(names['kind'], oldNames['kind'], 'spec.names.kind'),
        ]
      : []),
    ...immutable(spec['group'], before['group'], 'spec.group'),
    ...immutable(names['plural'], oldNames['plural'], 'spec.names.plural'),
    ...statusErrors(object, spec),
    ...approvalErrors(object, old),
    ...(before['preserveUnknownFields'] === true ? [] : preserveErrors(spec)),
  ];
}

function nameErrors(name: string, spec: Draft): FieldError[] {
  const expected = `${asText(asObject(spec['names'])?.['plural'])}.${asText(spec['group'])}`;
  if (name === '') return [];
  const problems = [
    ...dnsSubdomainProblems(name),
    ...(name === expected ? [] : ['must be spec.names.plural+"."+spec.group']),
  ];
  return problems.map((problem) => invalidValue('metadata.name', name, problem));
}

function specErrors(spec: Draft, bundles: 'bundle checked' | 'bundle unchecked'): FieldError[] {
  const errors = groupErrors(asText(spec['group']));
  const scope = asText(spec['scope']);
  if (scope === '') errors.push(required('spec.scope'));
  else if (scope !== 'Cluster' && scope !== 'Namespaced')
    errors.push(notSupported('spec.scope', scope, ['Cluster', 'Namespaced']));
  const versions = objectsOf(spec['versions']);
  const parts = {
    schema: shared(versions, 'schema'),
    subresources: shared(versions, 'subresources'),
    columns: shared(versions, 'additionalPrinterColumns'),
    selectable: shared(versions, 'selectableFields'),
  };
  for (const [i, version] of versions.entries()) {
    if (!asObject(asObject(version['schema'])?.['openAPIV3Schema']))
      errors.push(required(child(child(index('spec.versions', i), 'schema'), 'openAPIV3Schema')));
  }
  for (const [i, version] of versions.entries())
    errors.push(...versionErrors(version, { path: index('spec.versions', i), parts }));
  errors.push(...versionListErrors(versions, parts));
  const names = asObject(spec['names']) ?? {};
  for (const name of ['plural', 'singular', 'kind', 'listKind'])
    if (asText(names[name]) === '') errors.push(required(`spec.names.${name}`));
  errors.push(...namesErrors(names, 'spec.names'));
  const statusEnabled = versions.some((version) => hasStatus(version['subresources']));
  if (parts.schema.hoisted)
    errors.push(...validationErrors(versions[0]?.['schema'], { path: 'spec.validation', statusEnabled }));
  if (parts.subresources.hoisted) errors.push(...subresourceErrors(versions[0]?.['subresources'], 'spec.subresources'));
  if (parts.columns.hoisted)
    errors.push(...columnErrors(versions[0]?.['additionalPrinterColumns'], 'spec.additionalPrinterColumns'));
  if (parts.selectable.hoisted) errors.push(...selectableErrors(versions[0] ?? {}, 'spec.selectableFields'));
  errors.push(...conversionErrors(spec, bundles));
  return errors;
}

function groupErrors(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  const problems = dnsSubdomainProblems(group);
  if (problems.length > 0) return [invalidValue('spec.group', group, problems.join(','))];
  return group.includes('.') ? [] : [invalidValue('spec.group', group, 'should be a domain with at least one dot')];
}

type Parts = Readonly<Record<'schema' | 'subresources' | 'columns' | 'selectable', Shared>>;

function versionErrors(version: Draft, { path, parts }: { path: string; parts: Parts }): FieldError[] {
  const errors: FieldError[] = [];
  const name = asText(version['name']);
  const problems = dns1035LabelProblems(name);
  if (problems.length > 0) errors.push(invalidValue(child(path, 'name'), name, problems.join(',')));
  for (const problem of warningProblems(version))
    errors.push(invalidValue(child(path, 'deprecationWarning'), version['deprecationWarning'], problem));
  if (!parts.schema.hoisted)
    errors.push(
      ...validationErrors(version['schema'], {
        path: child(path, 'schema'),
        statusEnabled: hasStatus(version['subresources']),
      }),
    );
  if (!parts.subresources.hoisted)
    errors.push(...subresourceErrors(version['subresources'], child(path, 'subresources')));
  if (!parts.columns.hoisted)
    errors.push(...columnErrors(version['additionalPrinterColumns'], child(path, 'additionalPrinterColumns')));
  if (!parts.selectable.hoisted) errors.push(...selectableErrors(version, child(path, 'selectableFields')));
  return errors;
}

function warningProblems(version: Draft): string[] {
  const warning = version['deprecationWarning'];
  if (typeof warning !== 'string') return [];
  if (version['deprecated'] !== true) return ['can only be set for deprecated versions'];
  const problems: string[] = [];
  if (Buffer.byteLength(warning) > MAX_WARNING) problems.push(`must be <= ${MAX_WARNING} characters long`);
  if (warning === '') problems.push('must not be an empty string');
  const bad = /[^\P{C}]|[^\S ]/u.exec(warning);
  if (bad)
    problems.push(
      `must only contain printable UTF-8 characters; non-printable character found at index ${Buffer.byteLength(warning.slice(0, bad.index))}`,
    );
  return problems;
}

function versionListErrors(versions: readonly Draft[], parts: Parts): FieldError[] {
  const errors: FieldError[] = [];
  const hoisted = {
    schema: parts.schema.hoisted,
    subresources: parts.subresources.hoisted,
    columns: parts.columns.hoisted,
    selectable: parts.selectable.hoisted,
  };
  const dump = () => versions.map((version) => dumpedVersion(version, hoisted));
  const names = versions.map((version) => asText(version['name']));
  if (new Set(names).size < names.length)
    errors.push(invalidValue('spec.versions', dump(), 'must contain unique version names'));
  if (versions.filter((version) => version['storage'] === true).length !== 1)
    errors.push(invalidValue('spec.versions', dump(), 'must have exactly one version marked as storage version'));
  const problems = names[0] === undefined || names[0] === '' ? [] : dns1035LabelProblems(names[0]);
  if (problems.length > 0) errors.push(invalidValue('spec.version', names[0], problems.join(',')));
  return errors;
}

function namesErrors(names: Draft, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = (value: unknown, field: string, prefix = '') => {
    const text = asText(value);
    // A name that is left out is missed elsewhere; one of a list is there.
    const problems =
      text === '' && !field.endsWith(']') ? [] : dns1035LabelProblems(prefix === '' ? text : text.toLowerCase());
    if (problems.length > 0) errors.push(invalidValue(field, text, prefix + problems.join(',')));
  };
  const mixed = 'may have mixed case, but should otherwise match: ';
  check(names['plural'], child(path, 'plural'));
  check(names['singular'], child(path, 'singular'));
  check(names['kind'], child(path, 'kind'), mixed);
  check(names['listKind'], child(path, 'listKind'), mixed);
  for (const [i, name] of asList(names['shortNames']).entries()) check(name, index(child(path, 'shortNames'), i));
  if (asText(names['kind']) !== '' && names['kind'] === names['listKind'])
    errors.push(invalidValue(child(path, 'listKind'), names['listKind'], 'kind and listKind may not be the same'));
  for (const [i, category] of asList(names['categories']).entries())
    check(category, index(child(path, 'categories'), i));
  return errors;
}

const hasStatus = (subresources: unknown): boolean => isObject(subresources) && isObject(subresources['status']);

function validationErrors(
  validation: unknown,
  { path, statusEnabled }: { path: string; statusEnabled: boolean },
): readonly FieldError[] {
  const compiled = compiledSchema(asObject(validation)?.['openAPIV3Schema']);
  return compiled?.errors({ path: child(path, 'openAPIV3Schema'), statusEnabled }) ?? [];
}

function subresourceErrors(subresources: unknown, path: string): FieldError[] {
  const scale = asObject(asObject(subresources)?.['scale']);
  if (!scale) return [];
  const check = (name: string, prefixes: readonly string[], detail: string): FieldError[] => {
    const value = asText(scale[name]);
    const at = child(path, `scale.${name}`);
    if (value === '') return name === 'labelSelectorPath' ? [] : [required(at)];
    const form = jsonPathErrors(value, at);
    if (form.length > 0) return form;
    return prefixes.some((prefix) => value.startsWith(prefix)) ? [] : [invalidValue(at, value, detail)];
  };
  return [
    ...check('specReplicasPath', ['.spec.'], 'should be a json path under .spec'),
    ...check('statusReplicasPath', ['.status.'], 'should be a json path under .status'),
    ...check('labelSelectorPath', ['.spec.', '.status.'], 'should be a json path under either .spec or .status'),
  ];
}

const jsonPathErrors = (value: string, path: string): FieldError[] =>
  value.startsWith('.') ? [] : [invalidValue(path, value, 'must be a simple json path starting with .')];

function columnErrors(columns: unknown, path: string): FieldError[] {
  return objectsOf(columns).flatMap((column, i) => {
    const at = (name: string) => child(index(path, i), name);
    const errors: FieldError[] = [];
    const [type, format, jsonPath] = [asText(column['type']), asText(column['format']), asText(column['jsonPath'])];
    if (asText(column['name']) === '') errors.push(required(at('name')));
    if (type === '') errors.push(required(at('type'), `must be one of ${COLUMN_TYPES.join(',')}`));
    else if (!COLUMN_TYPES.includes(type))
      errors.push(invalidValue(at('type'), type, `must be one of ${COLUMN_TYPES.join(',')}`));
    if (format !== '' && !COLUMN_FORMATS.includes(format))
      errors.push(invalidValue(at('format'), format, `must be one of ${COLUMN_FORMATS.join(',')}`));
    if (jsonPath === '') errors.push(required(at('JSONPath')));
    else errors.push(...jsonPathErrors(jsonPath, at('JSONPath')));
    return errors;
  });
}

function selectableErrors(version: Draft, path: string): FieldError[] {
  const fields = objectsOf(version['selectableFields']);
  const schema = compiledSchema(asObject(version['schema'])?.['openAPIV3Schema'])?.schema;
  if (fields.length === 0 || !schema) return [];
  const seen = new Set<string>();
  const errors = fields.flatMap((field, i) => {
    const at = child(index(path, i), 'jsonPath');
    const text = asText(field['jsonPath']);
    if (text === '') return [required(at)];
    const found = findPath(text, schema, 'no brackets');
    if ('problem' in found) return [invalidValue(at, text, `is an invalid path: ${found.problem}`)];
    const problems: FieldError[] = [];
    if (found.path.split('.')[0] === 'metadata')
      problems.push(invalidValue(at, text, 'must not point to fields in metadata'));
    if (!['string', 'boolean', 'integer'].includes(found.schema?.type ?? '')) {
      problems.push(
        invalidValue(
          at,
          text,
          'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        ),
      );
    }
    if (seen.has(found.path)) problems.push(duplicate(at, text));
    seen.add(found.path);
    return problems;
  });
  return seen.size > MAX_SELECTABLE_FIELDS ? [...errors, tooMany(path, seen.size, MAX_SELECTABLE_FIELDS)] : errors;
}

/** Of the status by itself: what a write through its endpoint is held to. */
export const definitionStatusErrors = (object: Draft): FieldError[] =>
  namesErrors(asObject(asObject(object['status'])?.['acceptedNames']) ?? {}, 'status.acceptedNames');

function statusErrors(object: Draft, spec: Draft): FieldError[] {
  const status = asObject(object['status']) ?? {};
  const stored = asList(status['storedVersions']).map(asText);
  const errors = definitionStatusErrors(object);
  if (stored.length === 0)
    return [
      ...errors,
      invalidValue('status.storedVersions', status['storedVersions'] ?? null, 'must have at least one stored version'),
    ];
  const versions = objectsOf(spec['versions']);
  for (const version of versions) {
    const name = asText(version['name']);
    if (version['storage'] === true && !stored.includes(name))
      errors.push(invalidValue('status.storedVersions', stored, `must have the storage version ${name}`));
  }
  for (const [i, name] of stored.entries()) {
    if (versions.some((version) => version['name'] === name)) continue;
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(invalidValue(index('status.storedVersions', i), name, detail));
  }
  return errors;
}

function preserveErrors(spec: Draft): FieldError[] {
  if (spec['preserveUnknownFields'] !== true) return [];
  return [
    invalidValue(
      'spec.preserveUnknownFields',
      true,
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    ),
  ];
}
