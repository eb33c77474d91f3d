/** A default must be a value that its schema accepts, whole and known. */
import { type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { embeddedErrors } from './embedded.ts';
import { InstanceValidator } from './instance-validation.ts';
import { child, key } from './paths.ts';
import { isPruned } from './prune.ts';
import { RuleValidator } from './rules.ts';
import type { Schema } from './schema.ts';

export function defaultErrors(schema: Schema, path: string): FieldError[] {
  const errors = schema.hasDefault ? ownErrors(schema, child(path, 'default')) : [];
  if (schema.items) errors.push(...defaultErrors(schema.items, child(path, 'items')));
  for (const [name, property] of schema.properties)
    errors.push(...defaultErrors(property, key(child(path, 'properties'), name)));
  return errors;
}

function ownErrors(schema: Schema, path: string): FieldError[] {
  const value = schema.default;
  const errors: FieldError[] = isPruned(value, schema)
    ? []
    : [invalidValue(path, value, 'must not have unknown fields')];
  const embedded = embeddedErrors(schema, value, path);
  if (embedded.length > 0) return [...errors, ...embedded];
  const invalid = new InstanceValidator(schema, path).validate(value);
  if (invalid.length > 0) return [...errors, ...invalid];
  const rules = RuleValidator.forValue(schema);
  return [
    ...errors,
    ...(rules?.run(value).errors ?? []).map((error) => ({
      ...error,
      field: error.field === '<nil>' ? path : child(path, error.field),
    })),
  ];
}
