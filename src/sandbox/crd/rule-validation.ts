/** Whether the rules of a schema may be declared: their form, whether they compile, and what they cost. */
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../machinery/field-errors.ts';
import { findPath } from './field-path.ts';
import { child, index } from './paths.ts';
import { compileRule, maxCardinality } from './rules.ts';
import { ruleType } from './rule-types.ts';
import type { Rule, Schema } from './schema.ts';

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
/** Budget of one expression, and of all expressions of a schema, in cost units of the expression language. */
const EXPRESSION_BUDGET = 10_000_000;
const SCHEMA_BUDGET = 100_000_000;
/** Expressions named when the schema's budget is exceeded: the dearest four of those that take at least 1 %. */
const NAMED_EXPRESSIONS = 4;
const UINT64_MAX = 2 ** 64;

/** What the expressions of a schema cost; filled while its rules are looked at. */
export interface Costs {
  total: number;
  readonly dear: { path: string; cost: number }[];
}

/** Where the schema with the rules stands. */
export interface RulePlace {
  readonly path: string;
  readonly isRoot: boolean;
  /** The nearest ancestor whose elements cannot be told to be the same as before. */
  readonly uncorrelatable: string | undefined;
  /** How many values there can be at this place; undefined without limits above. */
  readonly cardinality: number | undefined;
  readonly costs: Costs;
}

/** Where all expressions of a schema together are too dear. */
export function budgetErrors(costs: Costs, path: string): FieldError[] {
  if (costs.total <= SCHEMA_BUDGET) return [];
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

const hasNewline = (text: string): boolean => /[\n\r]/.test(text);

/** What is wrong with a rule before it is compiled. */
export function ruleFormErrors(schema: Schema, rule: Rule, path: string): FieldError[] {
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

export function ruleErrors(schema: Schema, context: RulePlace): FieldError[] {
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
