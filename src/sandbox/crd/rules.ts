/**
 * `x-kubernetes-validations`: rules compiled once per schema, run on every write.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import { type FieldError, fieldErrorText, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { equalJson, isObject } from '../machinery/json.ts';
import {
  type Bindings,
  CelError,
  type CelType,
  compile,
  CostExceeded,
  fromJson,
  Meter,
  Optional,
  optionalOf,
  type Program,
} from '../../cel/index.ts';
import { findPath } from './field-path.ts';
import { counterparts } from './instance-validation.ts';
import { child, index, key, shownPath } from './paths.ts';
import { escapeName, MAX_REQUEST_BYTES, ruleType } from './rule-types.ts';
import { additionalSchema, type Rule, type Schema } from './schema.ts';

/** Budget of one rule on one value, and of all rules on one object: about 0.1 s and 1 s in the original. */
const PER_CALL_LIMIT = 1_000_000;
const OBJECT_BUDGET = 10_000_000;
/** Longest message an expression may make. */
const MESSAGE_BYTES = 5 * 1024;

export interface CompiledRule {
  readonly rule: Rule;
  readonly program: Program | undefined;
  /** Why there is no program. */
  readonly problem?: string;
  readonly usesOldSelf: boolean;
  readonly message: Program | undefined;
  readonly messageProblem?: string;
  /** Where errors go, relative to the value. */
  readonly fieldPath: string;
}

/** How often a value can occur below lists and maps without a limit: as often as fit into the largest request. */
export const maxCardinality = (type: CelType): number => Math.floor(MAX_REQUEST_BYTES / ((type.minSize ?? 0) + 1));

export function compileRule(rule: Rule, schema: Schema, type: CelType): CompiledRule {
  const oldSelf = rule.optionalOldSelf === true ? optionalOf(type) : type;
  const variables = new Map([
    ['self', type],
    ['oldSelf', oldSelf],
  ]);
  const none = { rule, program: undefined, usesOldSelf: false, message: undefined, fieldPath: '' };
  if (rule.rule.trim() === '') return none;
  const compiled = compile(rule.rule, variables);
  if ('issues' in compiled) return { ...none, problem: `compilation failed: ${compiled.issues}` };
  const { program } = compiled;
  if (program.type.kind !== 'bool') return { ...none, problem: 'cel expression must evaluate to a bool' };
  const found = rule.fieldPath === '' ? undefined : findPath(rule.fieldPath, schema);
  const fieldPath = found && 'path' in found ? found.path : '';
  const base = { rule, program, usesOldSelf: program.variables.has('oldSelf'), fieldPath };
  if (rule.messageExpression === '') return { ...base, message: undefined };
  const message = compile(rule.messageExpression, variables);
  if ('issues' in message)
    return { ...base, message: undefined, messageProblem: `messageExpression compilation failed: ${message.issues}` };
  if (message.program.type.kind !== 'string')
    return { ...base, message: undefined, messageProblem: 'messageExpression must evaluate to a string' };
  return { ...base, message: message.program };
}

/** The outcome of all rules of an object. */
export interface RuleOutcome {
  readonly errors: readonly FieldError[];
  /** Failures of what an update did not touch: told, not held against it. */
  readonly warnings: readonly string[];
}

/** A node of the schema that has rules, or rules below it. */
interface RuleNode {
  readonly schema: Schema;
  readonly type: CelType;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly additional: RuleNode | undefined;
  readonly items: RuleNode | undefined;
}

function ruleNode(schema: Schema, type: CelType | undefined): RuleNode | undefined {
  if (!type) return undefined;
  const rules = schema.rules.map((rule) => compileRule(rule, schema, type));
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of schema.properties) {
    const identifier = escapeName(name);
    const known = identifier === undefined ? ruleType(property) : type.fields?.get(identifier)?.type;
    const node = ruleNode(property, known);
    if (node) properties.set(name, node);
  }
  const inner = additionalSchema(schema);
  const additional = inner && ruleNode(inner, type.params[1]);
  const items = schema.items && ruleNode(schema.items, type.params[0]);
  if (rules.length === 0 && properties.size === 0 && !additional && !items) return undefined;
  return { schema, type, rules, properties, additional, items };
}

interface CheckedValue {
  readonly value: unknown;
  /** Absent where there is none, or none that can be told to be the same. */
  readonly old?: unknown;
  readonly path: string;
  /** Whether this part is as it was before the update. */
  readonly unchanged: boolean;
}

export class RuleValidator {
  readonly #root: RuleNode;
  private constructor(root: RuleNode) {
    this.#root = root;
  }

  /** Undefined: the schema has no rules. */
  static for(schema: Schema): RuleValidator | undefined {
    const root = ruleNode(schema, ruleType(schema, true));
    return root && new RuleValidator(root);
  }

  /** For a value somewhere inside of a resource, such as a default. */
  static forValue(schema: Schema): RuleValidator | undefined {
    const root = ruleNode(schema, ruleType(schema));
    return root && new RuleValidator(root);
  }

  /** Without `old` it is a creation: rules about changes do not run. */
  run(value: unknown, old?: unknown): RuleOutcome {
    const run = new RuleRun();
    run.visit(this.#root, {
      value,
      path: '',
      unchanged: old !== undefined && equalJson(value, old),
      ...(old === undefined ? {} : { old }),
    });
    return run;
  }
}

/** The budget is spent: no further rules. */
class Stop extends Error {}

class RuleRun implements RuleOutcome {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  #spent = 0;

  visit(root: RuleNode, checked: CheckedValue): void {
    try {
      this.#node(root, checked);
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
  }

  #node(node: RuleNode, checked: CheckedValue): void {
    const { value, path, old } = checked;
    if (value === null || value === undefined) return;
    for (const rule of node.rules) this.#rule(node, rule, checked);
    if (Array.isArray(value)) {
      if (!node.items) return;
      const counterpart = counterparts(node.schema, old);
      for (const [i, item] of value.entries())
        this.#node(node.items, part(checked, { value: item, old: counterpart(item), path: index(path, i) }));
      return;
    }
    if (!isObject(value)) return;
    const before = isObject(old) ? old : undefined;
    for (const name of Object.keys(value)) {
      const property = node.properties.get(name);
      const next = property ?? (node.schema.properties.has(name) ? undefined : node.additional);
      if (!next) continue;
      this.#node(
        next,
        part(checked, {
          value: value[name],
          old: before?.[name],
          path: property ? child(path, name) : key(path, name),
        }),
      );
    }
  }

  #rule(node: RuleNode, compiled: CompiledRule, checked: CheckedValue): void {
    const { rule, program } = compiled;
    const path = shownPath(checked.path);
    const { type } = node.schema;
    if (compiled.problem !== undefined) {
      this.errors.push(invalidValue(path, type, `rule compile error: ${compiled.problem}`));
      return;
    }
    const isTransition = compiled.usesOldSelf && rule.optionalOldSelf !== true;
    if (!program || (isTransition && (checked.old === undefined || checked.old === null))) return;
    if (this.#spent >= OBJECT_BUDGET)
      this.#end(
        path,
        type,
        'validation failed due to running out of cost budget, no further validation rules will be run',
      );
    const bindings = bindingsOf(node.type, checked, rule);
    const meter = new Meter(PER_CALL_LIMIT);
    const outcome = attempt(() => program.run(bindings, meter));
    this.#spent += meter.spent;
    if (outcome instanceof CelError) this.#failed(outcome, { path, type, rule });
    else if (outcome !== true) this.#refused(node, compiled, { checked, bindings });
  }

  #end(path: string, type: string, detail: string): never {
    this.errors.push(invalidValue(path, type, detail));
    throw new Stop();
  }

  #failed(error: CelError, { path, type, rule }: { path: string; type: string; rule: Rule }): void {
    const shown = ruleText(rule);
    if (error instanceof CostExceeded) {
      this.#end(
        path,
        type,
        `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${shown}`,
      );
    }
    const detail = error.message.startsWith('no such overload')
      ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}`
      : `${error.message} evaluating rule: ${shown}`;
    this.errors.push(invalidValue(path, type, detail));
  }

  #refused(
    node: RuleNode,
    compiled: CompiledRule,
    { checked, bindings }: { checked: CheckedValue; bindings: Bindings },
  ): void {
    const { rule } = compiled;
    const place = shownPath(compiled.fieldPath === '' ? checked.path : child(checked.path, compiled.fieldPath));
    const detail =
      this.#message(compiled, bindings) ??
      (rule.message === '' ? `failed rule: ${ruleText(rule)}` : rule.message.trim());
    const isContainer = node.schema.type === 'object' || node.schema.type === 'array';
    const error = refusal(rule, { field: place, detail, ...(isContainer ? {} : { badValue: checked.value }) });
    if (!compiled.usesOldSelf && checked.unchanged) this.warnings.push(fieldErrorText(error));
    else this.errors.push(error);
  }

  /** Undefined: the expression failed or made no usable text, so that the plain message stands. */
  #message({ message }: CompiledRule, bindings: Bindings): string | undefined {
    if (!message) return undefined;
    const meter = new Meter(PER_CALL_LIMIT);
    const outcome = attempt(() => message.run(bindings, meter));
    this.#spent += meter.spent;
    if (typeof outcome !== 'string') return undefined;
    const text = outcome.trim();
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > MESSAGE_BYTES ? undefined : text;
  }
}

function attempt<T>(run: () => T): T | CelError {
  try {
    return run();
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

function part(whole: CheckedValue, { value, old, path }: { value: unknown; old: unknown; path: string }): CheckedValue {
  if (old === undefined) return { value, path, unchanged: whole.unchanged };
  return { value, old, path, unchanged: whole.unchanged || equalJson(value, old) };
}

function bindingsOf(type: CelType, { value, old }: CheckedValue, rule: Rule): Bindings {
  const self = fromJson(value, type);
  const before = old === undefined || old === null ? undefined : fromJson(old, type);
  const optional = before === undefined ? Optional.none : Optional.of(before);
  return (name) => {
    if (name === 'self') return self;
    if (name !== 'oldSelf') return undefined;
    return rule.optionalOldSelf === true ? optional : before;
  };
}

const ruleText = (rule: Rule): string => (rule.message === '' ? rule.rule : rule.message).trim();

function refusal(
  rule: Rule,
  { field, detail, badValue }: { field: string; detail: string; badValue?: unknown },
): FieldError {
  const value = badValue === undefined ? {} : { badValue };
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbiddenField(field, detail);
    case 'FieldValueRequired':
      return required(field, detail);
    case 'FieldValueDuplicate':
      return { type: 'FieldValueDuplicate', field, detail: '', ...value };
    default:
      return { type: 'FieldValueInvalid', field, detail, ...value };
  }
}
