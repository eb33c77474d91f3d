/**
 * Whether a version's schema may be declared: the OpenAPI subset, list and map types, and rules that compile and stay
 * within their budget.
 */
import { type FieldError, forbiddenField, invalidValue, notSupported } from '../machinery/field-errors.ts';
import { asObject } from '../machinery/json.ts';
import { sortedSchema } from './schema-dump.ts';
import { defaultErrors } from './default-validation.ts';
import { child, index, key } from './paths.ts';
import { extensionErrors } from './extension-validation.ts';
import { budgetErrors, type Costs, ruleErrors, ruleFormErrors, type RulePlace } from './rule-validation.ts';
import { additionalSchema, type Schema } from './schema.ts';
import { structuralErrors } from './structural.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

interface Context extends Omit<RulePlace, 'costs'> {
  /** Inside of a resource's metadata, kind or apiVersion. */
  readonly insideMeta: boolean;
  /** Why defaults are forbidden here. */
  readonly noDefaults: string | undefined;
  /** Undefined: rules are not looked at (a junctor, or a schema that is not sound). */
  readonly costs: Costs | undefined;
}

interface Errors {
  readonly schema: FieldError[];
  readonly rules: FieldError[];
}

export interface SchemaCheck {
  readonly path: string;
  readonly statusEnabled: boolean;
}

/** Everything wrong with a schema at `path` (`spec.validation.openAPIV3Schema`). */
export function schemaErrors(schema: Schema, { path, statusEnabled }: SchemaCheck): FieldError[] {
  const errors = statusEnabled ? rootFieldErrors(schema, path) : [];
  if (schema.nullable) errors.push(forbiddenField(`${path}.nullable`, 'nullable cannot be true at the root'));
  const unsound = structuralErrors(schema, path);
  const faulty = unsound.length > 0 ? unsound : defaultErrors(schema, path);
  errors.push(...faulty);
  const costs: Costs | undefined = faulty.length === 0 ? { total: 0, dear: [] } : undefined;
  const context: Context = {
    path,
    isRoot: true,
    insideMeta: false,
    noDefaults: undefined,
    uncorrelatable: undefined,
    cardinality: 1,
    costs,
  };
  const found = node(schema, context);
  errors.push(...found.schema, ...found.rules);
  if (costs) errors.push(...budgetErrors(costs, path));
  return errors;
}

const ROOT_FIELDS =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations';
const ROOT_KEYS = new Set([
  ...ROOT_FIELDS.split(' ').map((name) => name[0]?.toLowerCase() + name.slice(1)),
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
]);

/** With a status subresource the root says nothing that would be lost when status is validated alone. */
function rootFieldErrors(schema: Schema, path: string): FieldError[] {
  if (schema.type !== '' && schema.type !== 'object') {
    return [
      invalidValue(
        `${path}.type`,
        schema.type,
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
      ),
    ];
  }
  const stranger = Object.keys(schema.raw).find((name) => !ROOT_KEYS.has(name));
  if (stranger === undefined) return [];
  return [
    invalidValue(
      path,
      sortedSchema(schema.raw),
      `only [${ROOT_FIELDS}] fields are allowed at the root of the schema if the status subresource is enabled`,
    ),
  ];
}

function node(schema: Schema, context: Context): Errors {
  const { path } = context;
  const found: Errors = { schema: ownErrors(schema, context), rules: [] };
  const visit = (inner: Schema | undefined, at: string, change: Partial<Context> = {}) => {
    if (!inner) return;
    const below = node(inner, {
      ...context,
      path: at,
      isRoot: false,
      cardinality: elements(schema, context.cardinality),
      ...change,
    });
    found.schema.push(...below.schema);
    found.rules.push(...below.rules);
  };
  if (schema.uniqueItems)
    found.schema.push(
      forbiddenField(
        child(path, 'uniqueItems'),
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  if (schema.additional !== undefined) {
    if (schema.properties.size > 0 && schema.additional !== true) {
      found.schema.push(
        forbiddenField(child(path, 'additionalProperties'), 'additionalProperties and properties are mutual exclusive'),
      );
    }
    visit(
      additionalSchema(schema),
      child(path, 'additionalProperties'),
      context.insideMeta ? { noDefaults: ' inside additionalProperties applying to object metadata' } : {},
    );
  }
  for (const [name, property] of schema.properties)
    visit(property, key(child(path, 'properties'), name), propertyContext(schema, name, context));
  for (const [at, branch] of junctors(schema, path)) visit(branch, at, { costs: undefined });
  const uncorrelatable = schema.listType === 'map' ? context.uncorrelatable : (context.uncorrelatable ?? path);
  visit(schema.items, child(path, 'items'), { uncorrelatable });
  for (const [i, item] of schema.itemList.entries()) visit(item, index(child(path, 'items'), i), { uncorrelatable });
  found.schema.push(
    ...extensionErrors(schema, path),
    ...schema.rules.flatMap((rule, i) =>
      ruleFormErrors(schema, rule, index(child(path, 'x-kubernetes-validations'), i)),
    ),
  );
  if (found.schema.length === 0 && context.costs)
    found.rules.push(...ruleErrors(schema, { ...context, costs: context.costs }));
  return found;
}

function propertyContext(schema: Schema, name: string, context: Context): Partial<Context> {
  const meta = (context.isRoot || schema.embedded) && ['metadata', 'kind', 'apiVersion'].includes(name);
  if (!meta) return {};
  return { insideMeta: true, ...(context.isRoot ? { noDefaults: ` in top-level ${name}` } : {}) };
}

function junctors(schema: Schema, path: string): (readonly [string, Schema])[] {
  const numbered = (name: 'allOf' | 'oneOf' | 'anyOf') =>
    schema[name].map((branch, i) => [index(child(path, name), i), branch] as const);
  return [
    ...(schema.not ? [[child(path, 'not'), schema.not] as const] : []),
    ...numbered('allOf'),
    ...numbered('oneOf'),
    ...numbered('anyOf'),
  ];
}

/** How many children there can be, given how many of this there can be. */
function elements(schema: Schema, cardinality: number | undefined): number | undefined {
  const most =
    schema.type === 'array'
      ? schema.maxItems
      : schema.type === 'object' && schema.additional !== undefined
        ? schema.maxProperties
        : 1;
  return cardinality === undefined || most === undefined ? undefined : cardinality * Math.max(0, most);
}

/** The OpenAPI subset. */
function ownErrors(schema: Schema, context: Context): FieldError[] {
  const { raw } = schema;
  const at = (name: string) => child(context.path, name);
  const errors: FieldError[] = [];
  const refuse = (present: boolean, name: string) => {
    if (present) errors.push(forbiddenField(at(name), `${name} is not supported`));
  };
  if (schema.type !== '' && !TYPES.includes(schema.type)) errors.push(notSupported(at('type'), schema.type, TYPES));
  if (schema.hasDefault && context.noDefaults !== undefined)
    errors.push(forbiddenField(at('default'), `must not be set${context.noDefaults}`));
  refuse(Boolean(raw['id']), 'id');
  refuse(raw['additionalItems'] !== undefined, 'additionalItems');
  refuse(Object.keys(asObject(raw['patternProperties']) ?? {}).length > 0, 'patternProperties');
  refuse(Object.keys(asObject(raw['definitions']) ?? {}).length > 0, 'definitions');
  refuse(raw['dependencies'] !== undefined, 'dependencies');
  refuse(raw['$ref'] !== undefined, '$ref');
  if (schema.type === 'null')
    errors.push(forbiddenField(at('type'), 'type cannot be set to null, use nullable as an alternative'));
  if (schema.itemList.length > 0)
    errors.push(forbiddenField(at('items'), 'items must be a schema object and not an array'));
  if (context.insideMeta && schema.embedded)
    errors.push(forbiddenField(at('x-kubernetes-embedded-resource'), 'must not be used inside of resource meta'));
  return errors;
}
