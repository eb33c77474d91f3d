/**
 * Whether a version's schema may be declared: the OpenAPI subset, list and map types, and rules that compile and stay
 * within their budget.
 */
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../machinery/field-errors.ts';
import { asObject } from '../machinery/json.ts';
import { sortedSchema } from './schema-dump.ts';
import { defaultErrors } from './default-validation.ts';
import { findPath } from './field-path.ts';
import { child, index, key } from './paths.ts';
import { compileRule, maxCardinality } from './rules.ts';
import { ruleType } from './rule-types.ts';
import { additionalSchema, type Rule, type Schema } from './schema.ts';
import { structuralErrors } from './structural.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
/** Budget of one expression, and of all expressions of a schema, in cost units of the expression language. */
const EXPRESSION_BUDGET = 10_000_000;
const SCHEMA_BUDGET = 100_000_000;
/** Expressions named when the schema's budget is exceeded: the dearest four of those that take at least 1 %. */
const NAMED_EXPRESSIONS = 4;
const UINT64_MAX = 2 ** 64;

interface Costs {
  total: number;
  readonly dear: { path: string; cost: number }[];
}

interface Context {
  readonly path: string;
  readonly isRoot: boolean;
  /** Inside of a resource's metadata, kind or apiVersion. */
  readonly insideMeta: boolean;
  /** Why defaults are forbidden here. */
  readonly noDefaults: string | undefined;
  /** The nearest ancestor whose elements cannot be told to be the same as before. */
  readonly uncorrelatable: string | undefined;
  /** How many values there can be at this place; undefined without limits above. */
  readonly cardinality: number | undefined;
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
  if (costs && costs.total > SCHEMA_BUDGET) errors.push(...budgetErrors(costs, path));
  return errors;
}

function budgetErrors(costs: Costs, path: string): FieldError[] {
  const dearest = costs.dear.sort((a, b) => b.cost - a.cost).slice(0, NAMED_EXPRESSIONS);
  return [
    ...dearest.map((expression) =>
      forbiddenField(
        expression.path,
        'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      ),
    ),
    forbiddenField(
      path,
      costText(
        'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema',
        costs.total / SCHEMA_BUDGET,
      ),
    ),
  ];
}

function costText(what: string, factor: number): string {
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
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

function extensionErrors(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = (name: string) => child(path, name);
  const { listType, mapType, listMapKeys } = schema;
  if (schema.raw['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(invalidValue(at('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined'));
  const needs = (type: string, extension: string) => {
    const detail = `must be ${type} if ${extension} is specified`;
    errors.push(schema.type === '' ? required(at('type'), detail) : invalidValue(at('type'), schema.type, detail));
  };
  if (mapType !== undefined && schema.type !== 'object') needs('object', 'x-kubernetes-map-type');
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular')
    errors.push(notSupported(at('x-kubernetes-map-type'), mapType, ['atomic', 'granular']));
  if (listType !== undefined && schema.type !== 'array') needs('array', 'x-kubernetes-list-type');
  else if (listType === 'set' && schema.items) errors.push(...setErrors(schema.items, at('items')));
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType))
    errors.push(notSupported(at('x-kubernetes-list-type'), listType, ['atomic', 'set', 'map']));
  if (listMapKeys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(
      listType === undefined
        ? required(at('x-kubernetes-list-type'), detail)
        : invalidValue(at('x-kubernetes-list-type'), listType, detail),
    );
  }
  if (listType === 'map') errors.push(...mapErrors(schema, path));
  if ((listType === 'set' || listType === 'map') && schema.items?.nullable)
    errors.push(
      forbiddenField(child(at('items'), 'nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`),
    );
  if (listType === 'map') errors.push(...mapKeyErrors(schema, path));
  return errors;
}

function setErrors(items: Schema, path: string): FieldError[] {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  if (items.type === 'array' && items.listType !== undefined && items.listType !== 'atomic')
    return [invalidValue(child(path, 'x-kubernetes-list-type'), items.listType, detail)];
  if (items.type === 'object' && items.mapType !== 'atomic')
    return [invalidValue(child(path, 'x-kubernetes-map-type'), items.listType ?? null, detail)];
  return [];
}

function mapErrors(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = (name: string) => child(path, name);
  const { items, listMapKeys } = schema;
  if (listMapKeys.length === 0)
    errors.push(required(at('x-kubernetes-list-map-keys'), 'must not be empty if x-kubernetes-list-type is map'));
  if (!items && schema.itemList.length === 0)
    errors.push(required(at('items'), 'must have a schema if x-kubernetes-list-type is map'));
  if (items && items.type !== 'object')
    errors.push(
      invalidValue(
        child(at('items'), 'type'),
        items.type,
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    );
  if (items?.type !== 'object') return errors;
  for (const [i, name] of listMapKeys.entries()) {
    const property = items.properties.get(name);
    if (!property)
      errors.push(
        invalidValue(at('x-kubernetes-list-map-keys'), listMapKeys, 'entries must all be names of item properties'),
      );
    else if (property.type === 'array' || property.type === 'object') {
      errors.push(
        invalidValue(
          child(key(child(at('items'), 'properties'), name), 'type'),
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    }
    if (listMapKeys.indexOf(name) < i)
      errors.push(invalidValue(at('x-kubernetes-list-map-keys'), listMapKeys, 'must not contain duplicate entries'));
  }
  return errors;
}

function mapKeyErrors({ items, listMapKeys }: Schema, path: string): FieldError[] {
  return listMapKeys.flatMap((name) => {
    const property = items?.properties.get(name);
    if (!property) return [];
    const at = key(child(child(path, 'items'), 'properties'), name);
    const errors: FieldError[] = [];
    if (!items?.required.includes(name) && !property.hasDefault) {
      errors.push(
        required(
          child(at, 'default'),
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
    }
    if (property.nullable)
      errors.push(
        forbiddenField(
          child(at, 'nullable'),
          'this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
        ),
      );
    return errors;
  });
}

const hasNewline = (text: string): boolean => /[\n\r]/.test(text);

/** What is wrong with a rule before it is compiled. */
function ruleFormErrors(schema: Schema, rule: Rule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = (name: string) => child(path, name);
  const message = rule.message.trim();
  if (rule.rule.trim() === '') errors.push(required(at('rule'), 'rule is not specified'));
  else if (rule.message !== '' && message === '')
    errors.push(invalidValue(at('message'), rule.message, 'must be non-empty if specified'));
  else if (hasNewline(message)) errors.push(invalidValue(at('message'), rule.message, 'must not contain line breaks'));
  else if (hasNewline(rule.rule.trim()) && message === '')
    errors.push(required(at('message'), 'message must be specified if rule contains line breaks'));
  if (rule.messageExpression !== '' && rule.messageExpression.trim() === '')
    errors.push(required(at('messageExpression'), 'messageExpression must be non-empty if specified'));
  if (rule.reason !== undefined && !REASONS.includes(rule.reason))
    errors.push(notSupported(at('reason'), rule.reason, REASONS));
  if (rule.fieldPath !== '' && rule.fieldPath.trim() === '')
    errors.push(invalidValue(at('fieldPath'), rule.fieldPath, 'must be non-empty if specified'));
  if (hasNewline(rule.fieldPath))
    errors.push(invalidValue(at('fieldPath'), rule.fieldPath, 'must not contain line breaks'));
  if (rule.fieldPath !== '' && 'problem' in findPath(rule.fieldPath, schema))
    errors.push(invalidValue(at('fieldPath'), rule.fieldPath, 'must be a valid path'));
  return errors;
}

/** A rule as errors show it. */
const dumped = (rule: Rule): Record<string, unknown> => ({
  Rule: rule.rule,
  Message: rule.message,
  MessageExpression: rule.messageExpression,
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath,
  OptionalOldSelf: rule.optionalOldSelf ?? null,
});

function ruleErrors(schema: Schema, context: Context & { readonly costs: Costs }): FieldError[] {
  if (schema.rules.length === 0) return [];
  const type = ruleType(schema, context.isRoot || schema.embedded);
  const base = child(context.path, 'x-kubernetes-validations');
  if (!type)
    return [
      {
        type: 'InternalError',
        field: base,
        detail:
          'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations',
      },
    ];
  return schema.rules.flatMap((rule, i) => {
    const errors: FieldError[] = [];
    const at = (name: string) => child(index(base, i), name);
    const compiled = compileRule(rule, schema, type);
    const times = context.cardinality ?? maxCardinality(type);
    const observe = (path: string, cost: number, what: string) => {
      if (cost > EXPRESSION_BUDGET) errors.push(forbiddenField(path, costText(what, cost / EXPRESSION_BUDGET)));
      context.costs.total = Math.min(UINT64_MAX, context.costs.total + cost);
      if (cost >= SCHEMA_BUDGET / 100) context.costs.dear.push({ path, cost });
    };
    observe(at('rule'), (compiled.program?.maxCost ?? 0) * times, 'estimated rule cost');
    if (compiled.problem !== undefined) errors.push(invalidValue(at('rule'), dumped(rule), compiled.problem));
    if (compiled.messageProblem !== undefined)
      errors.push(invalidValue(at('messageExpression'), dumped(rule), compiled.messageProblem));
    else if (compiled.message)
      observe(at('messageExpression'), compiled.message.maxCost, 'estimated messageExpression cost');
    if (compiled.usesOldSelf && context.uncorrelatable !== undefined) {
      errors.push(
        invalidValue(
          at('rule'),
          rule.rule,
          `oldSelf cannot be used on the uncorrelatable portion of the schema within ${context.uncorrelatable}`,
        ),
      );
    }
    if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined)
      errors.push(
        invalidValue(at('optionalOldSelf'), rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'),
      );
    return errors;
  });
}
