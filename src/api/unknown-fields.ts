/**
 * Fields of an object that its kind does not have. The API server drops them, and refuses the object of a client that
 * asks for strict validation, as kubectl does.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#setting-the-field-validation-level
 */
import type { KubeObject } from '../shapes/kube.ts';
import { customResourceDefinitions, type SchemaNode } from './crd.ts';
import { fieldPath, type PathSegment } from './problem.ts';

export interface UnknownField {
  readonly path: readonly PathSegment[];
  /** The fields that there are in its place. */
  readonly known: readonly string[];
}

const KEPT = 'x-kubernetes-preserve-unknown-fields';

/** `object` is of one of our kinds. Its metadata is that of all kinds and is not looked at. */
export function unknownFields(object: KubeObject): readonly UnknownField[] {
  const schema = schemaOf(object.kind);
  if (schema === undefined) return [];
  const found: UnknownField[] = [];
  collect(object, schema, { path: [], found });
  return found;
}

/** The finding as a sentence, for people. */
export const unknownFieldText = (kind: string, { path, known }: UnknownField): string =>
  `${fieldPath([...path])} is no field of a ${kind}; there are ${known.join(', ')}`;

interface Place {
  readonly path: readonly PathSegment[];
  readonly found: UnknownField[];
}

function schemaOf(kind: string): SchemaNode | undefined {
  interface Spec {
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: SchemaNode } }[];
  }
  const specs = customResourceDefinitions().map(({ spec }) => spec as Spec);
  return specs.find(({ names }) => names.kind === kind)?.versions[0]?.schema.openAPIV3Schema;
}

function collect(value: unknown, node: SchemaNode, { path, found }: Place): void {
  if (Array.isArray(value)) {
    const { items } = node;
    if (items !== undefined)
      for (const [index, item] of value.entries()) collect(item, items, { path: [...path, index], found });
    return;
  }
  if (typeof value !== 'object' || value === null || node[KEPT] === true) return;
  const { properties = {}, additionalProperties } = node;
  // `metadata` is only said to be an object.
  if (Object.keys(properties).length === 0 && additionalProperties === undefined) return;
  for (const [key, field] of Object.entries(value)) {
    const of = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (typeof of === 'object') collect(field, of, { path: [...path, key], found });
    else if (of !== true) found.push({ path: [...path, key], known: Object.keys(properties) });
  }
}
