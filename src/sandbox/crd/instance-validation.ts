/**
 * Validation of custom resources against their schema, with the errors, their wording and the choice among alternatives
 * of k8s.io/kube-openapi/pkg/validation/validate, and the ratcheting of updates: what has not changed is not complained
 * about.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting
 */
import type { RE2JS } from 're2js';
import {
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from '../machinery/field-errors.ts';
import { type Draft, equalJson, isObject } from '../machinery/json.ts';
import { codePointLength, compilePattern, stringFormat } from '../../cel/index.ts';
import { child } from './paths.ts';
import { additionalSchema, type Schema } from './schema.ts';

/**
 * What one schema says of one value. `matches` counts the checks that ran through; it decides which alternative's
 * errors are told.
 */
interface Result {
  readonly errors: FieldError[];
  readonly matches: number;
}

interface CheckedValue {
  readonly value: unknown;
  /** As messages name it. */
  readonly path: string;
  /** The value before the update, where the two can be correlated. */
  readonly old?: unknown;
}

/** An integer that fits in 64 bits; JSON numbers beyond are floats to the server. */
const isInteger = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 2 ** 63;

export function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** Validates a schema's instances; made once per schema. */
export class InstanceValidator {
  readonly #schema: Schema;
  readonly #patterns = new Map<string, RE2JS>();
  /** Where errors of the whole are said to be: `status` for the status alone. */
  readonly #root: string;

  constructor(schema: Schema, root = '') {
    this.#schema = schema;
    this.#root = root;
  }

  validate(value: unknown, old?: unknown): FieldError[] {
    const { errors } = this.#node(this.#schema, { value, path: '', ...(old === undefined ? {} : { old }) });
    if (this.#root === '') return errors;
    return errors.map((error) => ({
      ...error,
      field: error.field === '<nil>' || error.field === '' ? this.#root : child(this.#root, error.field),
    }));
  }

  #node(schema: Schema, checked: CheckedValue): Result {
    const result = this.#checks(schema, checked);
    if (result.errors.length > 0 && checked.old !== undefined && equalJson(checked.old, checked.value))
      return { errors: [], matches: 1 };
    return result;
  }

  #checks(schema: Schema, checked: CheckedValue): Result {
    const { value, path } = checked;
    const errors: FieldError[] = [];
    let matches = 0;
    const take = (result: Result | readonly FieldError[]) => {
      const found = 'matches' in result ? result.errors : result;
      for (const error of found) if (!errors.some((known) => equalJson(known, error))) errors.push(error);
      if ('matches' in result) matches += result.matches;
    };
    const types = schema.intOrString ? ['integer', 'string'] : schema.type === '' ? [] : [schema.type];
    if (value === null || value === undefined) {
      if (types.length > 0 && !schema.nullable) errors.push(wrongType(types, path, 'null'));
      take(enumErrors(schema, checked));
      return { errors, matches };
    }
    const run = (result: Result | readonly FieldError[]) => {
      take(result);
      matches++;
    };
    if (types.length > 0) run(typeResult(schema, { types, value, path }));
    run(this.#alternatives(schema, checked));
    if (typeof value === 'string') {
      run(this.#text(schema, value, path));
      const matchesFormat =
        (schema.type === '' || schema.type === 'string') && schema.format !== ''
          ? stringFormat(schema.format)
          : undefined;
      if (matchesFormat)
        run(
          matchesFormat(value)
            ? []
            : [typeInvalid(path, value, `${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`)],
        );
    }
    if (typeof value === 'number') run({ errors: numberErrors(schema, { types, value, path }), matches: 1 });
    if (Array.isArray(value)) run(this.#list(schema, { ...checked, value }));
    run(enumErrors(schema, checked));
    if (isObject(value)) run(this.#object(schema, { ...checked, value }));
    return { errors, matches: matches + 1 };
  }

  /** Only the first problem of a string is told. */
  #text(schema: Schema, value: string, path: string): readonly FieldError[] {
    if (schema.maxLength !== undefined && codePointLength(value) > schema.maxLength)
      return [tooLong(path, schema.maxLength)];
    if (schema.minLength !== undefined && codePointLength(value) < schema.minLength) {
      return [invalidValue(path, value, `${path} in body should be at least ${schema.minLength} chars long`)];
    }
    if (schema.pattern !== '' && !this.#pattern(schema.pattern).matcher(value).find()) {
      return [invalidValue(path, value, `${path} in body should match '${schema.pattern}'`)];
    }
    return [];
  }

  #pattern(source: string): RE2JS {
    const known = this.#patterns.get(source);
    if (known) return known;
    const compiled = compilePattern(source);
    this.#patterns.set(source, compiled);
    return compiled;
  }

  #list(schema: Schema, checked: CheckedValue & { readonly value: readonly unknown[] }): Result {
    const { value, path } = checked;
    const errors: FieldError[] = [];
    let matches = 1;
    const { items } = schema;
    if (items) {
      const counterpart = counterparts(schema, checked.old);
      for (const [i, item] of value.entries()) {
        const old = counterpart(item);
        const result = this.#node(items, { value: item, path: `${path}[${i}]`, ...(old === undefined ? {} : { old }) });
        errors.push(...result.errors);
        matches += result.matches;
      }
    }
    const size = value.length;
    if (schema.minItems !== undefined && size < schema.minItems) {
      errors.push(invalidValue(path, size, `${path} in body should have at least ${schema.minItems} items`));
    }
    if (schema.maxItems !== undefined && size > schema.maxItems) errors.push(tooMany(path, size, schema.maxItems));
    return { errors, matches };
  }

  #object(schema: Schema, checked: CheckedValue & { readonly value: Draft }): Result {
    const { value, path } = checked;
    const errors: FieldError[] = [];
    let matches = 0;
    const size = Object.keys(value).length;
    if (schema.minProperties !== undefined && size < schema.minProperties) {
      errors.push(invalidValue(path, size, `${path} in body should have at least ${schema.minProperties} properties`));
    }
    if (schema.maxProperties !== undefined && size > schema.maxProperties)
      errors.push(tooMany(path, size, schema.maxProperties));
    const old = isObject(checked.old) ? checked.old : undefined;
    const additional = additionalSchema(schema);
    for (const name of Object.keys(value)) {
      const property = schema.properties.get(name);
      if (!property && schema.additional === false)
        errors.push(invalidValue(path, name, `${path}.${name} in body is a forbidden property`));
      const known = property ?? additional;
      if (!known) continue;
      const before = old?.[name];
      const result = this.#node(known, {
        value: value[name],
        path: path === '' ? name : `${path}.${name}`,
        ...(before === undefined ? {} : { old: before }),
      });
      errors.push(...result.errors);
      matches += result.matches;
    }
    for (const name of schema.required) if (value[name] === undefined) errors.push(required(child(path, name)));
    return { errors, matches };
  }

  /** allOf, anyOf, oneOf and not. Their members see no old value: they are not ratcheted one by one. */
  #alternatives(schema: Schema, { value, path }: CheckedValue): Result {
    const errors: FieldError[] = [];
    let matches = 1;
    const take = (result: Result) => {
      errors.push(...result.errors);
      matches += result.matches;
    };
    // A broken junctor has no field of its own: the error is about the whole, and names the place in its text.
    const complain = (text: string) => errors.push(invalidValue('<nil>', '', `${JSON.stringify(path)} must ${text}`));
    const outcomes = (members: readonly Schema[]) => members.map((member) => this.#node(member, { value, path }));
    const best = (failed: readonly Result[]) =>
      failed.reduce((most, result) => (result.matches > most.matches ? result : most));
    if (schema.anyOf.length > 0) {
      const results = outcomes(schema.anyOf);
      const success = results.find((result) => result.errors.length === 0);
      if (!success) complain('validate at least one schema (anyOf)');
      take(success ?? best(results));
    }
    if (schema.oneOf.length > 0) {
      const results = outcomes(schema.oneOf);
      const valid = results.filter((result) => result.errors.length === 0);
      if (valid.length !== 1)
        complain(
          `validate one and only one schema (oneOf). ${valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`}`,
        );
      if (valid.length === 0) take(best(results));
      else if (valid.length === 1) take(valid[0] as Result);
    }
    if (schema.allOf.length > 0) {
      const results = outcomes(schema.allOf);
      const valid = results.filter((result) => result.errors.length === 0).length;
      for (const result of results) take(result);
      if (valid !== results.length)
        complain(`validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`);
    }
    if (schema.not && this.#node(schema.not, { value, path }).errors.length === 0)
      complain('not validate the schema (not)');
    return { errors, matches };
  }
}

const wrongType = (types: readonly string[], path: string, found: string): FieldError =>
  typeInvalid(path, found, `${path} in body must be of type ${types.join(',')}: "${found}"`);

function typeResult(
  schema: Schema,
  { types, value, path }: { types: readonly string[]; value: unknown; path: string },
): Result {
  const found = jsonType(value);
  const isText = found === 'string' || found === 'array';
  const isNumeric = types.includes('number') || types.includes('integer');
  // A format stands for a string of any kind: the format's own check decides.
  if (!isNumeric && isText && schema.format !== '' && schema.type === 'string' && stringFormat(schema.format))
    return { errors: [], matches: 1 };
  const fits = types.includes(found) || (found === 'integer' && types.includes('number'));
  return fits ? { errors: [], matches: 1 } : { errors: [wrongType(types, path, found)], matches: 0 };
}

function numberErrors(
  schema: Schema,
  { types, value, path }: { types: readonly string[]; value: number; path: string },
): FieldError[] {
  const errors: FieldError[] = [];
  const sole = types.length === 1 ? types[0] : undefined;
  if (sole === 'integer' && !isInteger(value))
    errors.push(invalidValue('<nil>', '', `Checked value must be of type integer (default format) in ${path}`));
  else if (sole === 'integer' && schema.format === 'int32' && Math.abs(value) > 2 ** 31 - (value > 0 ? 1 : 0)) {
    errors.push(invalidValue('<nil>', '', `Checked value must be of type integer with format int32 in ${path}`));
  }
  const { multipleOf, minimum, maximum } = schema;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf))
    errors.push(invalidValue(path, value, `${path} in body should be a multiple of ${multipleOf}`));
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(
      invalidValue(
        path,
        value,
        `${path} in body should be greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${minimum}`,
      ),
    );
  }
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(
      invalidValue(
        path,
        value,
        `${path} in body should be less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${maximum}`,
      ),
    );
  }
  return errors;
}

function isMultiple(value: number, factor: number): boolean {
  if (Number.isInteger(value) && Number.isInteger(factor)) return value % factor === 0;
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

function enumErrors(schema: Schema, { value, path }: CheckedValue): readonly FieldError[] {
  const { enum: allowed } = schema;
  if (!allowed || allowed.length === 0 || allowed.some((member) => equalJson(member, value))) return [];
  return [
    notSupported(
      path,
      value,
      allowed.map((member) => (typeof member === 'string' ? member : JSON.stringify(member))),
    ),
  ];
}

/** Finds an element's state before the update: only lists of type map have identities. */
export function counterparts(schema: Schema, old: unknown): (item: unknown) => unknown {
  if (schema.listType !== 'map' || !Array.isArray(old)) return () => undefined;
  const identity = (item: unknown) =>
    isObject(item)
      ? JSON.stringify(
          schema.listMapKeys.map((name) => item[name] ?? schema.items?.properties.get(name)?.default ?? null),
        )
      : undefined;
  const byKey = new Map(old.map((item: unknown) => [identity(item), item]));
  return (item) => {
    const id = identity(item);
    return id === undefined ? undefined : byKey.get(id);
  };
}
