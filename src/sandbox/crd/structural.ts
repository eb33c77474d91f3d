/**
 * Whether a schema is structural: every value it speaks of has a type outside of logical junctors, so that pruning and
 * defaulting are well defined.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { type FieldError, fieldErrorText, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { CelError, compilePattern } from '../../cel/index.ts';
import { child, index, key } from './paths.ts';
import { additionalSchema, type Schema } from './schema.ts';

type Level = 'root' | 'item' | 'field';

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

export function structuralErrors(schema: Schema, path: string): FieldError[] {
  const errors = [
    ...invariants(schema, 'root', path),
    ...completeness(schema, { structural: schema, path, value: path }),
  ];
  const text = new Map(errors.map((error) => [error, fieldErrorText(error)]));
  return errors.sort((a, b) => ((text.get(a) ?? '') < (text.get(b) ?? '') ? -1 : 1));
}

function invariants(schema: Schema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = (name: string) => child(path, name);
  if (schema.type === 'array' && !schema.items && schema.itemList.length === 0)
    errors.push(required(at('items'), 'must be specified'));
  if (schema.items) errors.push(...invariants(schema.items, 'item', at('items')));
  for (const [name, property] of schema.properties)
    errors.push(...invariants(property, 'field', key(at('properties'), name)));
  if (schema.additional !== undefined && level === 'root')
    errors.push(forbiddenField(at('additionalProperties'), 'must not be used at the root'));
  const additional = additionalSchema(schema);
  if (additional) errors.push(...invariants(additional, 'field', at('additionalProperties')));
  if (schema.intOrString && schema.preserve)
    errors.push(
      invalidValue(
        at('x-kubernetes-preserve-unknown-fields'),
        true,
        'must be false if x-kubernetes-int-or-string is true',
      ),
    );
  if (schema.intOrString && schema.embedded)
    errors.push(
      invalidValue(at('x-kubernetes-embedded-resource'), true, 'must be false if x-kubernetes-int-or-string is true'),
    );
  errors.push(
    ...junctors(schema, { anyOf: isIntOrStringPattern(schema), allOf: isIntOrStringPattern(schema.allOf[0]) }, path),
  );
  errors.push(...typeErrors(schema, level, path));
  if (level === 'root' || schema.embedded) errors.push(...metaErrors(schema, path));
  const metadata = schema.properties.get('metadata');
  if (metadata)
    errors.push(
      ...metadataErrors(
        metadata,
        { level, isMeta: level === 'root' || schema.embedded },
        key(at('properties'), 'metadata'),
      ),
    );
  if (schema.embedded && !schema.preserve && schema.properties.size === 0) {
    errors.push(
      required(
        at('properties'),
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
  }
  return errors;
}

function typeErrors(schema: Schema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = child(path, 'type');
  if (schema.embedded && schema.type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(schema.type === '' ? required(at, detail) : invalidValue(at, schema.type, detail));
  } else if (schema.type === '' && !schema.intOrString && !schema.preserve)
    errors.push(required(at, EMPTY_TYPE[level]));
  if (schema.embedded && schema.additional !== undefined) {
    errors.push(
      forbiddenField(child(path, 'additionalProperties'), 'must not be used if x-kubernetes-embedded-resource is set'),
    );
  }
  if (level === 'root' && schema.type !== '' && schema.type !== 'object')
    errors.push(invalidValue(at, schema.type, 'must be object at the root'));
  return errors;
}

function metaErrors(schema: Schema, path: string): FieldError[] {
  return ['kind', 'apiVersion'].flatMap((name) => {
    const property = schema.properties.get(name);
    return property && property.type !== 'string'
      ? [invalidValue(child(key(child(path, 'properties'), name), 'type'), property.type, 'must be string')]
      : [];
  });
}

/** What a metadata schema at the root may say: restrictions of name and generateName. */
const METADATA_KEYS = new Set([
  'type',
  'properties',
  'default',
  'required',
  'enum',
  'minProperties',
  'maxProperties',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
]);

function metadataErrors(metadata: Schema, place: { level: Level; isMeta: boolean }, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (place.isMeta && metadata.type !== 'object')
    errors.push(invalidValue(child(path, 'type'), metadata.type, 'must be object'));
  if (place.level !== 'root') return errors;
  const names = [...metadata.properties.keys()];
  const onlyNames = names.every((name) => name === 'name' || name === 'generateName');
  const others = Object.keys(metadata.raw).filter(
    (name) => name !== 'type' && name !== 'properties' && name !== 'default',
  );
  if (!onlyNames || others.some((name) => !METADATA_KEYS.has(name) || metadata.raw[name] !== undefined)) {
    errors.push(
      forbiddenField(
        path,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
  }
  return errors;
}

/** `anyOf: [{type: integer}, {type: string}]`, the one place where a type may stand in a junctor. */
function isIntOrStringPattern(schema: Schema | undefined): boolean {
  if (schema?.anyOf.length !== 2) return false;
  return schema.anyOf.every(
    (branch, position) => Object.keys(branch.raw).length === 1 && branch.type === ['integer', 'string'][position],
  );
}

function junctors(
  schema: Schema,
  skip: { readonly anyOf: boolean; readonly allOf: boolean },
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!skip.anyOf)
    for (const [i, branch] of schema.anyOf.entries())
      errors.push(...nested(branch, false, index(child(path, 'anyOf'), i)));
  for (const [i, branch] of schema.allOf.entries())
    errors.push(...nested(branch, skip.allOf && i === 0, index(child(path, 'allOf'), i)));
  for (const [i, branch] of schema.oneOf.entries())
    errors.push(...nested(branch, false, index(child(path, 'oneOf'), i)));
  if (schema.not) errors.push(...nested(schema.not, false, child(path, 'not')));
  const problem = schema.pattern === '' ? undefined : patternProblem(schema.pattern);
  if (problem !== undefined)
    errors.push(
      invalidValue(child(path, 'pattern'), schema.pattern, `must be a valid regular expression, but isn't: ${problem}`),
    );
  return errors;
}

function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof CelError) return error.message;
    throw error;
  }
}

/** A schema inside a junctor: value validation only. */
function nested(schema: Schema, skipAnyOf: boolean, path: string): FieldError[] {
  const at = (name: string) => child(path, name);
  const errors = junctors(schema, { anyOf: skipAnyOf, allOf: false }, path);
  if (schema.items) errors.push(...nested(schema.items, false, at('items')));
  for (const [name, property] of schema.properties)
    errors.push(...nested(property, false, key(at('properties'), name)));
  const forbid = (present: boolean, name: string, detail: string) => {
    if (present) errors.push(forbiddenField(at(name), `${detail} to be structural`));
  };
  forbid(schema.type !== '', 'type', 'must be empty');
  forbid(schema.additional !== undefined, 'additionalProperties', 'must be undefined');
  forbid(schema.hasDefault, 'default', 'must be undefined');
  forbid(Boolean(schema.raw['title']), 'title', 'must be empty');
  forbid(Boolean(schema.raw['description']), 'description', 'must be empty');
  forbid(schema.nullable, 'nullable', 'must be false');
  forbid(schema.preserve, 'x-kubernetes-preserve-unknown-fields', 'must be false');
  forbid(schema.embedded, 'x-kubernetes-embedded-resource', 'must be false');
  forbid(schema.intOrString, 'x-kubernetes-int-or-string', 'must be false');
  forbid(schema.listMapKeys.length > 0, 'x-kubernetes-list-map-keys', 'must be empty');
  forbid(schema.listType !== undefined, 'x-kubernetes-list-type', 'must be undefined');
  forbid(schema.mapType !== undefined, 'x-kubernetes-map-type', 'must be undefined');
  forbid(schema.rules.length > 0, 'x-kubernetes-validations', 'must be empty');
  if (schema.properties.has('metadata'))
    errors.push(forbiddenField(key(at('properties'), 'metadata'), 'must not be specified in a nested context'));
  return errors;
}

interface Correspondence {
  /** The structural schema at the same place; undefined where there is none. */
  readonly structural: Schema | undefined;
  readonly path: string;
  /** The path inside junctors. */
  readonly value: string;
}

/** What junctors speak of must exist outside of them. */
function completeness(schema: Schema, place: Correspondence): FieldError[] {
  const inner = (branch: Schema, name: string) =>
    nestedCompleteness(branch, { ...place, value: child(place.value, name) });
  return [
    ...(schema.not ? inner(schema.not, 'not') : []),
    ...schema.allOf.flatMap((branch, i) => inner(branch, `allOf[${i}]`)),
    ...schema.anyOf.flatMap((branch, i) => inner(branch, `anyOf[${i}]`)),
    ...schema.oneOf.flatMap((branch, i) => inner(branch, `oneOf[${i}]`)),
  ];
}

function nestedCompleteness(schema: Schema, place: Correspondence): FieldError[] {
  const { structural, path, value } = place;
  if (!structural) return [required(path, `because it is defined in ${value}`)];
  const errors = completeness(schema, place);
  if (schema.items)
    errors.push(
      ...nestedCompleteness(schema.items, {
        structural: structural.items,
        path: child(path, 'items'),
        value: child(value, 'items'),
      }),
    );
  for (const [name, property] of schema.properties) {
    const at = key(child(path, 'properties'), name);
    const inner = key(child(value, 'properties'), name);
    const counterpart = structural.properties.get(name);
    if (!counterpart) errors.push(required(at, `because it is defined in ${inner}`));
    else errors.push(...nestedCompleteness(property, { structural: counterpart, path: at, value: inner }));
  }
  return errors;
}
