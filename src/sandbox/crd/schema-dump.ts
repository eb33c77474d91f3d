/** A schema as errors show it: the server's internal form, every field in its order, absent ones as null or empty. */
import { asList, asObject, type Draft, isObject, objectsOf } from '../machinery/json.ts';

const orNull = (value: unknown): unknown => value ?? null;
const orZero = (value: unknown): number => (typeof value === 'number' ? value : 0);

const bool = (value: unknown): boolean => value === true;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const one = (value: unknown): Draft | null => (isObject(value) ? sortedSchema(value) : null);
const all = (value: unknown): readonly Draft[] | null =>
  Array.isArray(value) ? objectsOf(value).map(sortedSchema) : null;

function named(value: unknown): Draft | null {
  const object = asObject(value);
  if (!object) return null;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((name) => [name, one(object[name])]),
  );
}

function either(value: unknown): Draft | null {
  if (typeof value === 'boolean') return { Allows: value, Schema: null };
  return isObject(value) ? { Allows: true, Schema: sortedSchema(value) } : null;
}

const dumpedRules = (value: unknown): readonly Draft[] | null =>
  Array.isArray(value)
    ? objectsOf(value).map((rule) => ({
        Rule: text(rule['rule']),
        Message: text(rule['message']),
        MessageExpression: text(rule['messageExpression']),
        Reason: orNull(rule['reason']),
        FieldPath: text(rule['fieldPath']),
        OptionalOldSelf: orNull(rule['optionalOldSelf']),
      }))
    : null;

export function sortedSchema(raw: Draft): Draft {
  return {
    ID: text(raw['id']),
    Schema: text(raw['$schema']),
    Ref: orNull(raw['$ref']),
    Description: text(raw['description']),
    Type: text(raw['type']),
    Nullable: bool(raw['nullable']),
    Format: text(raw['format']),
    Title: text(raw['title']),
    Default: orNull(raw['default']),
    Maximum: orNull(raw['maximum']),
    ExclusiveMaximum: bool(raw['exclusiveMaximum']),
    Minimum: orNull(raw['minimum']),
    ExclusiveMinimum: bool(raw['exclusiveMinimum']),
    MaxLength: orNull(raw['maxLength']),
    MinLength: orNull(raw['minLength']),
    Pattern: text(raw['pattern']),
    MaxItems: orNull(raw['maxItems']),
    MinItems: orNull(raw['minItems']),
    UniqueItems: bool(raw['uniqueItems']),
    MultipleOf: orNull(raw['multipleOf']),
    Enum: Array.isArray(raw['enum']) ? asList(raw['enum']) : null,
    MaxProperties: orNull(raw['maxProperties']),
    MinProperties: orNull(raw['minProperties']),
    Required: Array.isArray(raw['required']) ? asList(raw['required']) : null,
    Items: isObject(raw['items']) ? { Schema: sortedSchema(raw['items']), JSONSchemas: null } : null,
    AllOf: all(raw['allOf']),
    OneOf: all(raw['oneOf']),
    AnyOf: all(raw['anyOf']),
    Not: one(raw['not']),
    Properties: named(raw['properties']),
    AdditionalProperties: either(raw['additionalProperties']),
    PatternProperties: named(raw['patternProperties']),
    Dependencies: null,
    AdditionalItems: either(raw['additionalItems']),
    Definitions: named(raw['definitions']),
    ExternalDocs: orNull(raw['externalDocs']),
    Example: orNull(raw['example']),
    XPreserveUnknownFields: orNull(raw['x-kubernetes-preserve-unknown-fields']),
    XEmbeddedResource: bool(raw['x-kubernetes-embedded-resource']),
    XIntOrString: bool(raw['x-kubernetes-int-or-string']),
    XListMapKeys: orNull(raw['x-kubernetes-list-map-keys']),
    XListType: orNull(raw['x-kubernetes-list-type']),
    XMapType: orNull(raw['x-kubernetes-map-type']),
    XValidations: dumpedRules(raw['x-kubernetes-validations']),
  };
}

/** A version of a CRD likewise; what all versions share has moved to the spec. */
export function dumpedVersion(
  version: Draft,
  hoisted: {
    readonly schema: boolean;
    readonly subresources: boolean;
    readonly columns: boolean;
    readonly selectable: boolean;
  },
): Draft {
  const schema = asObject(asObject(version['schema'])?.['openAPIV3Schema']);
  const subresources = asObject(version['subresources']);
  return {
    Name: version['name'] ?? '',
    Served: version['served'] === true,
    Storage: version['storage'] === true,
    Deprecated: version['deprecated'] === true,
    DeprecationWarning: orNull(version['deprecationWarning']),
    Schema: hoisted.schema || !schema ? null : { OpenAPIV3Schema: sortedSchema(schema) },
    Subresources:
      hoisted.subresources || !subresources
        ? null
        : { Status: orNull(subresources['status']), Scale: dumpedScale(asObject(subresources['scale'])) },
    AdditionalPrinterColumns: hoisted.columns ? null : dumpedColumns(version['additionalPrinterColumns']),
    SelectableFields:
      hoisted.selectable || !Array.isArray(version['selectableFields'])
        ? null
        : objectsOf(version['selectableFields']).map((field) => ({ JSONPath: field['jsonPath'] ?? '' })),
  };
}

function dumpedScale(scale: Draft | undefined): Draft | null {
  return scale
    ? {
        SpecReplicasPath: scale['specReplicasPath'] ?? '',
        StatusReplicasPath: scale['statusReplicasPath'] ?? '',
        LabelSelectorPath: orNull(scale['labelSelectorPath']),
      }
    : null;
}

function dumpedColumns(value: unknown): unknown {
  if (!Array.isArray(value)) return null;
  return objectsOf(value).map((column) => ({
    Name: column['name'] ?? '',
    Type: column['type'] ?? '',
    Format: column['format'] ?? '',
    Description: column['description'] ?? '',
    Priority: orZero(column['priority']),
    JSONPath: column['jsonPath'] ?? '',
  }));
}
