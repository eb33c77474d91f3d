/** Fields of any served type: built-in kinds by the table, custom resources by metadata and their schema's pruning. */
import { findKind, OBJECT_META, type Struct, structOf } from '../../shapes/kinds.ts';
import { fieldErrorText, invalidValue } from '../machinery/field-errors.ts';
import { type Draft, isObject } from '../machinery/json.ts';
import { tidyMetadata } from '../machinery/metadata.ts';
import { apiVersionOf, type ResourceType } from '../machinery/registry.ts';
import { atomOfSchema, atomOfStruct, type Atom } from './typed-schema.ts';
import { decodeKind, type Decoded, withoutEmptyLists } from './decode-kind.ts';

export interface KindName {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export const structOfType = ({ group, version, kind }: KindName): Struct | undefined => findKind(group, version, kind);

export interface FieldDecoding {
  /** The kind expected where it is not the type's own. */
  readonly expected?: KindName;
  /** Paths that the text gave twice. */
  readonly duplicates?: readonly string[];
}

/** `draft` is not to be used afterwards. What no table knows is taken as it is. */
export function decodeFields(
  type: ResourceType,
  draft: Draft,
  { expected = type, duplicates = [] }: FieldDecoding = {},
): Decoded {
  if (type.custom && expected === type) return decodeCustom(type, draft, duplicates);
  const struct = structOfType(expected);
  return struct ? decodeKind(struct, draft, { duplicates }) : { object: draft, unknown: [], strict: [] };
}

function decodeCustom(type: ResourceType, draft: Draft, duplicates: readonly string[]): Decoded {
  const meta = draft['metadata'];
  const decoded = meta === undefined || meta === null ? undefined : decodeKind(structOf(OBJECT_META), meta);
  const pruned = type.custom?.prune(draft) ?? [];
  const inside = decodeEmbedded(type, draft);
  const problem = decoded?.problem ?? inside.problem;
  const object = decoded ? { ...draft, metadata: decoded.object } : draft;
  const stray = (decoded?.unknown ?? []).map((path) => `metadata.${path}`);
  // Metadata is read before the schema is looked at; what is inside of it, after.
  const unknown = [...stray, ...pruned, ...inside.unknown];
  const repeated = duplicates.filter((path) => !path.startsWith('line '));
  return {
    object,
    unknown,
    strict: [
      ...repeated.map((path) => `duplicate field ${JSON.stringify(path)}`),
      ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
    ],
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Resources inside of the custom resource have metadata like any other: what is no field of it goes, in place. */
function decodeEmbedded(
  type: ResourceType,
  draft: Draft,
): { readonly unknown: readonly string[]; readonly problem?: string } {
  const unknown: string[] = [];
  for (const { path, resource } of type.custom?.embedded(draft) ?? []) {
    for (const name of ['apiVersion', 'kind']) {
      const value = resource[name];
      if (value !== undefined && typeof value !== 'string')
        return { unknown, problem: fieldErrorText(invalidValue(`${path}.${name}`, value, 'must be a string')) };
    }
    const metadata = resource['metadata'];
    if (metadata === undefined) continue;
    const sent = structuredClone(metadata);
    const decoded = decodeKind(structOf(OBJECT_META), metadata ?? {});
    if (decoded.problem !== undefined)
      return { unknown, problem: fieldErrorText(invalidValue(`${path}.metadata`, sent, decoded.problem)) };
    unknown.push(...decoded.unknown.map((field) => `${path}.metadata.${field}`));
    tidyMetadata(decoded.object);
    resource['metadata'] = decoded.object;
  }
  return { unknown };
}

/** As the object comes back from the storage. Custom resources are stored as they are. */
export function settleLists(type: ResourceType, object: Draft): void {
  const struct = type.custom ? undefined : structOfType(type);
  if (struct) withoutEmptyLists(struct, object);
}

/** What server-side apply needs to know of the type. */
export function atomOfType(type: ResourceType): Atom {
  if (!type.custom) {
    const struct = structOfType(type);
    if (struct) return atomOfStruct(struct);
  }
  const schema = type.custom?.version['schema'];
  return atomOfSchema(isObject(schema) ? schema['openAPIV3Schema'] : undefined);
}

/** A new object of the type, as the server makes one before it fills it in. */
export function blankOf(type: ResourceType): Draft {
  const struct = type.custom ? undefined : structOfType(type);
  const named = { kind: type.kind, apiVersion: apiVersionOf(type) };
  return struct ? { ...decodeKind(struct, {}).object, ...named } : named;
}
