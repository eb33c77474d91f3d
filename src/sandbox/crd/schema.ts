/**
 * A version's OpenAPI v3 schema, read once from JSON into a tree that validation, pruning, defaulting and rules share.
 */
import { asList, asNumber, asObject, asText, type Draft, objectsOf } from '../machinery/json.ts';

export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression: string;
  readonly reason?: string;
  readonly fieldPath: string;
  readonly optionalOldSelf?: boolean;
}

export interface Schema {
  /** As it stands in the CRD. */
  readonly raw: Draft;
  readonly type: string;
  readonly format: string;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  readonly default: unknown;
  readonly properties: ReadonlyMap<string, Schema>;
  /** A schema for other properties; `true` or `false` as given. */
  readonly additional: Schema | boolean | undefined;
  readonly items: Schema | undefined;
  /** `items` given as an array, which is not allowed. */
  readonly itemList: readonly Schema[];
  readonly required: readonly string[];
  readonly enum: readonly unknown[] | undefined;
  readonly allOf: readonly Schema[];
  readonly anyOf: readonly Schema[];
  readonly oneOf: readonly Schema[];
  readonly not: Schema | undefined;
  readonly pattern: string;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMinimum: boolean;
  readonly exclusiveMaximum: boolean;
  readonly multipleOf: number | undefined;
  readonly minItems: number | undefined;
  readonly maxItems: number | undefined;
  readonly minProperties: number | undefined;
  readonly maxProperties: number | undefined;
  readonly uniqueItems: boolean;
  /** x-kubernetes-… */
  readonly preserve: boolean;
  readonly embedded: boolean;
  readonly intOrString: boolean;
  readonly listType: string | undefined;
  readonly listMapKeys: readonly string[];
  readonly mapType: string | undefined;
  readonly rules: readonly Rule[];
}

export function readSchema(raw: Draft): Schema {
  const nested = (value: unknown): Schema | undefined => {
    const object = asObject(value);
    return object && readSchema(object);
  };
  const all = (value: unknown): readonly Schema[] => objectsOf(value).map(readSchema);
  const texts = (value: unknown): readonly string[] => asList(value).map(asText);
  const { items, additionalProperties } = raw;
  return {
    raw,
    type: asText(raw['type']),
    format: asText(raw['format']),
    nullable: raw['nullable'] === true,
    hasDefault: raw['default'] !== undefined && raw['default'] !== null,
    default: raw['default'],
    properties: new Map(
      Object.entries(asObject(raw['properties']) ?? {}).map(([name, value]) => [
        name,
        readSchema(asObject(value) ?? {}),
      ]),
    ),
    additional: typeof additionalProperties === 'boolean' ? additionalProperties : nested(additionalProperties),
    items: nested(items),
    itemList: all(items),
    required: texts(raw['required']),
    enum: Array.isArray(raw['enum']) ? raw['enum'] : undefined,
    allOf: all(raw['allOf']),
    anyOf: all(raw['anyOf']),
    oneOf: all(raw['oneOf']),
    not: nested(raw['not']),
    pattern: asText(raw['pattern']),
    minLength: asNumber(raw['minLength']),
    maxLength: asNumber(raw['maxLength']),
    minimum: asNumber(raw['minimum']),
    maximum: asNumber(raw['maximum']),
    exclusiveMinimum: raw['exclusiveMinimum'] === true,
    exclusiveMaximum: raw['exclusiveMaximum'] === true,
    multipleOf: asNumber(raw['multipleOf']),
    minItems: asNumber(raw['minItems']),
    maxItems: asNumber(raw['maxItems']),
    minProperties: asNumber(raw['minProperties']),
    maxProperties: asNumber(raw['maxProperties']),
    uniqueItems: raw['uniqueItems'] === true,
    preserve: raw['x-kubernetes-preserve-unknown-fields'] === true,
    embedded: raw['x-kubernetes-embedded-resource'] === true,
    intOrString: raw['x-kubernetes-int-or-string'] === true,
    listType: typeof raw['x-kubernetes-list-type'] === 'string' ? raw['x-kubernetes-list-type'] : undefined,
    listMapKeys: texts(raw['x-kubernetes-list-map-keys']),
    mapType: typeof raw['x-kubernetes-map-type'] === 'string' ? raw['x-kubernetes-map-type'] : undefined,
    rules: objectsOf(raw['x-kubernetes-validations']).map(readRule),
  };
}

function readRule(raw: Draft): Rule {
  const { reason, optionalOldSelf } = raw;
  return {
    rule: asText(raw['rule']),
    message: asText(raw['message']),
    messageExpression: asText(raw['messageExpression']),
    fieldPath: asText(raw['fieldPath']),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof optionalOldSelf === 'boolean' ? { optionalOldSelf } : {}),
  };
}

/** The schema of properties that are not named. */
export const additionalSchema = (schema: Schema): Schema | undefined =>
  typeof schema.additional === 'object' ? schema.additional : undefined;

/** The node and everything below it, logical junctors included. */
export function* everySchema(schema: Schema): Generator<Schema> {
  yield schema;
  const children = [
    schema.items,
    ...schema.itemList,
    ...schema.allOf,
    ...schema.anyOf,
    ...schema.oneOf,
    schema.not,
    ...schema.properties.values(),
    additionalSchema(schema),
  ];
  for (const child of children) if (child) yield* everySchema(child);
}
