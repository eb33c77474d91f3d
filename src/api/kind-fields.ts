/** Which fields a kind has, by its schema: an older one lacks some, and the API server drops what it does not know. */
import type { SchemaNode } from './crd.ts';

/** Paths of all fields, `spec.actions[].name`. */
export function fieldsOf(schema: SchemaNode | undefined): ReadonlySet<string> {
  const fields = new Set<string>();
  const walk = (node: SchemaNode, path: string): void => {
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      const at = path === '' ? name : `${path}.${name}`;
      fields.add(at);
      walk(child, at);
    }
    if (node.items !== undefined) walk(node.items, `${path}[]`);
  };
  walk(schema ?? {}, '');
  return fields;
}

/** A few names say which version is the older one. */
const MOST_NAMED = 3;

export const namedFields = (fields: readonly string[]): string =>
  `${fields.slice(0, MOST_NAMED).join(', ')}${fields.length > MOST_NAMED ? ` and ${fields.length - MOST_NAMED} more` : ''}`;

interface DefinitionSpec {
  readonly versions?: readonly {
    readonly served?: boolean;
    readonly schema?: { readonly openAPIV3Schema?: SchemaNode };
  }[];
}

/** Of the version that is served. */
export function schemaOf(definition: Readonly<Record<string, unknown>>): SchemaNode | undefined {
  const { versions = [] } = (definition['spec'] ?? {}) as DefinitionSpec;
  return versions.find(({ served }) => served === true)?.schema?.openAPIV3Schema;
}

/** Fields that one schema has and the other has not. */
export function fieldsBeyond(one: SchemaNode | undefined, other: SchemaNode | undefined): readonly string[] {
  const known = fieldsOf(other);
  return [...fieldsOf(one)].filter((field) => !known.has(field));
}
