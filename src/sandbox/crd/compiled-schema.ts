/**
 * A version's schema with all that follows from its text alone, worked out once for equal texts: a definition is
 * written several times before it is served, and a process may hold many clusters with the same definitions.
 */
import { isKnownFormat } from '../../cel/index.ts';
import { asObject, deepFreeze, type Draft } from '../machinery/json.ts';
import type { FieldError } from '../machinery/field-errors.ts';
import { InstanceValidator } from './instance-validation.ts';
import { RuleValidator } from './rules.ts';
import { everySchema, readSchema, type Schema } from './schema.ts';
import { type SchemaCheck, schemaErrors } from './schema-validation.ts';

/**
 * Schemas kept, the most recently used last. A request has at most 3 MiB, its compiled form about ten times as much:
 * at most half a gigabyte if somebody tries, a few megabytes for the definitions of an ordinary cluster.
 */
const KEPT = 16;

export class CompiledSchema {
  readonly schema: Schema;
  /** Of a whole resource. */
  readonly instances: InstanceValidator;
  /** Of the status alone; undefined when the schema does not know it. */
  readonly statuses: InstanceValidator | undefined;
  readonly #errors = new Map<string, readonly FieldError[]>();
  #warnings: readonly string[] | undefined;
  #rules: { readonly validator: RuleValidator | undefined } | undefined;

  constructor(schema: Schema) {
    this.schema = schema;
    this.instances = new InstanceValidator(schema);
    const status = schema.properties.get('status');
    this.statuses = status && new InstanceValidator(status, 'status');
  }

  /** Compiled at first use: a schema that is refused may have rules that do not compile. */
  get rules(): RuleValidator | undefined {
    this.#rules ??= { validator: RuleValidator.for(this.schema) };
    return this.#rules.validator;
  }

  /** Formats that have no effect. */
  get warnings(): readonly string[] {
    return (this.#warnings ??= [...everySchema(this.schema)].flatMap(warningsOf));
  }

  /** Everything that keeps it from being declared at that path. */
  errors(check: SchemaCheck): readonly FieldError[] {
    const key = `${check.statusEnabled} ${check.path}`;
    let errors = this.#errors.get(key);
    if (errors === undefined) this.#errors.set(key, (errors = schemaErrors(this.schema, check)));
    return errors;
  }
}

const warningsOf = ({ format, type }: Schema): readonly string[] =>
  format === '' || isKnownFormat(format, type) ? [] : [`unrecognized format ${JSON.stringify(format)}`];

const compiled = new Map<string, CompiledSchema>();

/** Undefined: there is no schema. */
export function compiledSchema(openAPIV3Schema: unknown): CompiledSchema | undefined {
  const raw = asObject(openAPIV3Schema);
  if (raw === undefined) return undefined;
  const text = JSON.stringify(raw);
  // A copy, since the schema keeps parts of it and a draft may still change.
  const found = compiled.get(text) ?? new CompiledSchema(readSchema(deepFreeze(JSON.parse(text) as Draft)));
  compiled.delete(text);
  compiled.set(text, found);
  const [oldest] = compiled.keys();
  if (compiled.size > KEPT && oldest !== undefined) compiled.delete(oldest);
  return found;
}
