/** The documents under `/openapi`, as far as kubectl's apply, diff and explain read them. */
import { KUBERNETES_VERSION } from '../../shapes/kinds.generated.ts';
import { OBJECT_META } from '../../shapes/kinds.ts';
import { type Draft, isObject, put } from '../machinery/json.ts';
import { apiVersionOf, type Registry, type ResourceType } from '../machinery/registry.ts';
import { TYPE_TEXTS, textOf } from '../printers/columns.ts';
import { addDefinition, definitionName } from './openapi-schemas.ts';
import { structOfType } from './type-decoding.ts';

const rootOf = (group: string, version: string): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`;

/** FNV-1a: changes when the document does, so that clients may keep it. */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index++) {
    hash = ((hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(16).toUpperCase().padStart(16, '0');
}

/** `/openapi/v3`. */
export function openApiIndex(registry: Registry): Draft {
  const paths: Draft = {};
  for (const group of registry.groups()) {
    for (const version of registry.versions(group)) {
      const root = rootOf(group, version);
      const types = registry
        .inVersion(group, version)
        .map((type) => `${type.kind}${JSON.stringify(type.custom?.version ?? '')}`);
      paths[root] = { serverRelativeURL: `/openapi/v3/${root}?hash=${hashOf(types.join())}` };
    }
  }
  return { paths };
}

const builtinDocuments = new Map<string, Draft>();

/** `/openapi/v3/apis/apps/v1`. Undefined: nothing is served there. */
export function openApiDocument(registry: Registry, group: string, version: string): Draft | undefined {
  const types = registry.inVersion(group, version);
  if (types.length === 0) return undefined;
  const custom = types.some((type) => type.custom);
  const key = `${group}/${version}`;
  const kept = custom ? undefined : builtinDocuments.get(key);
  if (kept) return kept;
  const schemas: Draft = {};
  const paths: Draft = {};
  for (const type of types) {
    addType(type, schemas);
    addPaths(type, paths);
  }
  const document: Draft = {
    openapi: '3.0.0',
    info: custom
      ? { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' }
      : { title: 'Kubernetes', version: `v${KUBERNETES_VERSION}` },
    paths,
    components: { schemas },
  };
  if (!custom) builtinDocuments.set(key, document);
  return document;
}

/** `/openapi/v2`: every kind in one document. */
export function openApiV2(registry: Registry): Draft {
  const definitions: Draft = {};
  const paths: Draft = {};
  for (const type of registry.all()) {
    const struct = type.custom ? undefined : structOfType(type);
    if (struct) {
      addDefinition(struct.id, definitions, 'v2');
      const schema = definitions[definitionName(struct.id)];
      if (isObject(schema)) schema['x-kubernetes-group-version-kind'] = [gvkOf(type)];
    } else definitions[schemaName(type)] = customSchema(type, { $ref: `#/definitions/${definitionName(OBJECT_META)}` });
    addPaths(type, paths);
  }
  return { swagger: '2.0', info: { title: 'Kubernetes', version: `v${KUBERNETES_VERSION}` }, paths, definitions };
}

const gvkOf = ({ group, version, kind }: ResourceType): Draft => ({ group, kind, version });

/** Custom groups are written backwards: `dev.golden.v1.Widget`. */
function schemaName(type: ResourceType): string {
  const struct = type.custom ? undefined : structOfType(type);
  return struct
    ? definitionName(struct.id)
    : `${type.group.split('.').reverse().join('.')}.${type.version}.${type.kind}`;
}

function addType(type: ResourceType, schemas: Draft): void {
  const struct = type.custom ? undefined : structOfType(type);
  if (struct) {
    addDefinition(struct.id, schemas, 'v3');
    const schema = schemas[definitionName(struct.id)];
    if (isObject(schema)) schema['x-kubernetes-group-version-kind'] = [gvkOf(type)];
    return;
  }
  addDefinition(OBJECT_META, schemas, 'v3');
  addDefinition('meta/v1.ListMeta', schemas, 'v3');
  const reference = { $ref: `#/components/schemas/${definitionName(OBJECT_META)}` };
  schemas[schemaName(type)] = customSchema(type, reference);
  schemas[`${schemaName(type)}List`] = {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      items: { type: 'array', items: { $ref: `#/components/schemas/${schemaName(type)}` } },
      kind: { type: 'string' },
      metadata: { $ref: `#/components/schemas/${definitionName('meta/v1.ListMeta')}` },
    },
    'x-kubernetes-group-version-kind': [{ ...gvkOf(type), kind: type.listKind }],
  };
}

function customSchema(type: ResourceType, metadata: Draft): Draft {
  const declared = type.custom?.version['schema'];
  const schema =
    isObject(declared) && isObject(declared['openAPIV3Schema']) ? declared['openAPIV3Schema'] : { type: 'object' };
  const own = isObject(schema['properties']) ? schema['properties'] : {};
  const properties: Draft = {
    apiVersion: { description: textOf(TYPE_TEXTS.apiVersion), type: 'string' },
    kind: { description: textOf(TYPE_TEXTS.kind), type: 'string' },
    metadata: { description: textOf(TYPE_TEXTS.metadata), allOf: [metadata] },
  };
  for (const [name, value] of Object.entries(own))
    if (!['apiVersion', 'kind', 'metadata'].includes(name)) put(properties, name, value);
  return { ...schema, properties, 'x-kubernetes-group-version-kind': [gvkOf(type)] };
}

// --- paths: which verbs a kind has, and that its writes know dryRun and fieldValidation

const query = (name: string): Draft => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });
const WRITE_PARAMETERS: readonly Draft[] = [query('dryRun'), query('fieldManager'), query('fieldValidation')];
const PATCH_PARAMETERS: readonly Draft[] = [
  ...WRITE_PARAMETERS,
  { name: 'force', in: 'query', schema: { type: 'boolean', uniqueItems: true } },
];
const RESPONSES: Draft = { '200': { description: 'OK' } };

function addPaths(type: ResourceType, paths: Draft): void {
  const root = `/${rootOf(type.group, type.version)}`;
  const place = type.namespaced ? `${root}/namespaces/{namespace}/${type.resource}` : `${root}/${type.resource}`;
  const operation = (action: string, parameters: readonly Draft[] = []): Draft => ({
    tags: [apiVersionOf(type)],
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: RESPONSES,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvkOf(type),
  });
  const has = (verb: string): boolean => type.verbs.some((each) => each === verb);
  const collection: Draft = {};
  if (has('list')) collection['get'] = operation('list');
  if (has('create')) collection['post'] = operation('post', WRITE_PARAMETERS);
  if (has('deletecollection')) collection['delete'] = operation('deletecollection');
  paths[place] = collection;
  const item: Draft = {};
  if (has('get')) item['get'] = operation('get');
  if (has('update')) item['put'] = operation('put', WRITE_PARAMETERS);
  if (has('patch')) item['patch'] = operation('patch', PATCH_PARAMETERS);
  if (has('delete')) item['delete'] = operation('delete');
  if (Object.keys(item).length > 0) paths[`${place}/{name}`] = item;
  if (type.namespaced && has('list')) paths[`${root}/${type.resource}`] = { get: operation('list') };
}
