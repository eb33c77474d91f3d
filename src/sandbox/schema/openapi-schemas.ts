/**
 * Schemas of the built-in kinds as OpenAPI v2 and v3 publish them: names, types, list types and merge keys, without
 * texts.
 */
import { type Field, type FieldType, structOf } from '../../shapes/kinds.ts';
import type { Draft } from '../machinery/json.ts';

export type OpenApiVersion = 'v2' | 'v3';

const PREFIXES: Readonly<Record<string, string>> = {
  meta: 'io.k8s.apimachinery.pkg.apis.meta',
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  apiregistration: 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
};

/** `core/v1.PodSpec` → `io.k8s.api.core.v1.PodSpec`. */
export function definitionName(struct: string): string {
  const slash = struct.indexOf('/');
  const group = struct.slice(0, slash);
  return `${PREFIXES[group] ?? `io.k8s.api.${group}`}.${struct.slice(slash + 1)}`;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const SPECIAL: Readonly<Record<string, readonly [name: string, schema: Draft]>> = {
  time: [`${META}.Time`, { type: 'string', format: 'date-time' }],
  microTime: [`${META}.MicroTime`, { type: 'string', format: 'date-time' }],
  duration: [`${META}.Duration`, { type: 'string' }],
  quantity: ['io.k8s.apimachinery.pkg.api.resource.Quantity', { oneOf: [{ type: 'string' }, { type: 'number' }] }],
  intOrString: [
    'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
  ],
};

/** What OpenAPI v2 cannot say is a string there. */
const inVersion = (schema: Draft, version: OpenApiVersion): Draft => {
  if (version === 'v3' || schema['oneOf'] === undefined) return schema;
  const { oneOf: _, ...rest } = schema;
  return { type: 'string', ...rest };
};

/** Adds the definition of `struct` and all that it names. */
export function addDefinition(struct: string, into: Draft, version: OpenApiVersion): void {
  const name = definitionName(struct);
  if (into[name] !== undefined) return;
  const properties: Draft = {};
  const schema: Draft = { type: 'object', properties };
  into[name] = schema;
  const { fields, atomic } = structOf(struct);
  for (const field of fields) properties[field.json] = propertyOf(field, into, version);
  const required = fields.filter((field) => !field.optional).map(({ json }) => json);
  if (required.length > 0) schema['required'] = required.sort();
  if (atomic) schema['x-kubernetes-map-type'] = 'atomic';
}

function reference(name: string, version: OpenApiVersion): Draft {
  return version === 'v2' ? { $ref: `#/definitions/${name}` } : { $ref: `#/components/schemas/${name}` };
}

function propertyOf(field: Field, into: Draft, version: OpenApiVersion): Draft {
  const inner = schemaOf(field.type, into, version);
  const extra: Draft = {};
  if (field.type.shape === 'list') {
    if (field.listKeys === undefined) extra['x-kubernetes-list-type'] = 'atomic';
    else if (field.listKeys.length === 0) extra['x-kubernetes-list-type'] = 'set';
    else {
      extra['x-kubernetes-list-type'] = 'map';
      extra['x-kubernetes-list-map-keys'] = field.listKeys;
    }
  }
  if (field.patchStrategies.length > 0) extra['x-kubernetes-patch-strategy'] = field.patchStrategies.join(',');
  if (field.mergeKey !== undefined) extra['x-kubernetes-patch-merge-key'] = field.mergeKey;
  if (field.atomic) extra['x-kubernetes-map-type'] = 'atomic';
  if (field.fallback !== undefined) extra['default'] = field.fallback;
  if (Object.keys(extra).length === 0) return inner;
  // Nothing may stand beside a reference in version 3.
  return version === 'v3' && inner['$ref'] !== undefined ? { allOf: [inner], ...extra } : { ...inner, ...extra };
}

function schemaOf(type: FieldType, into: Draft, version: OpenApiVersion): Draft {
  switch (type.shape) {
    case 'struct':
      addDefinition(type.struct as string, into, version);
      return reference(definitionName(type.struct as string), version);
    case 'list':
      return { type: 'array', items: schemaOf(type.element as FieldType, into, version) };
    case 'map':
      return { type: 'object', additionalProperties: schemaOf(type.element as FieldType, into, version) };
    case 'string':
      return { type: 'string' };
    case 'bytes':
      return { type: 'string', format: 'byte' };
    case 'bool':
      return { type: 'boolean' };
    case 'int':
      return { type: 'integer', format: type.bits === 32 ? 'int32' : 'int64' };
    case 'float':
      return { type: 'number', format: 'double' };
    case 'any':
      return version === 'v2' ? {} : { 'x-kubernetes-preserve-unknown-fields': true };
    default: {
      const [name, schema] = SPECIAL[type.shape] ?? ['', { type: 'string' }];
      into[name] = inVersion(schema, version);
      return reference(name, version);
    }
  }
}
