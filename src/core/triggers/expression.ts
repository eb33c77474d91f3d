/**
 * `expressionTrigger`: a CEL expression over `object`, with the engine and the costs of the API server's admission
 * policies. It is checked when the policy is read, against the fields that the operator keeps of each selected kind.
 */
import {
  BOOL,
  CelError,
  type CelType,
  compile,
  DYN,
  formatType,
  fromJson,
  Meter,
  type ObjectField,
  type Program,
} from '../../cel/index.ts';
import type { ExpressionTrigger } from '../../api/policy.ts';
import type { Firing, Observation } from '../observation.ts';

export function evaluateExpression({ expression, maxCost }: ExpressionTrigger, { target }: Observation): Firing {
  const compiled = compiledOnce(expression);
  if ('issues' in compiled) return unknown(compiled.issues);
  try {
    const object = fromJson(target, DYN);
    const value = compiled.program.run((name) => (name === 'object' ? object : undefined), new Meter(maxCost));
    if (typeof value !== 'boolean') return unknown('the expression answers no bool');
    return { holds: value ? 'true' : 'false', detail: `${expression} is ${value}` };
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const why = unknown(`the expression cannot be computed: ${error.message}`);
    return error.message.startsWith('no such key') ? { ...why, noEvidence: true } : why;
  }
}

/**
 * A target whose expression fails counts as unknown, so that a trigger that can never fire does not look well. Only a
 * field that is not there is no sign of trouble; `has(object.x)` asks whether it is.
 */
const unknown = (detail: string): Firing => ({ holds: 'unknown', detail });

type Compiled = { readonly program: Program } | { readonly issues: string };

/** As many as a hundred policies have triggers. An expression has 4 KB at most, and its program a few times that. */
const MAX_KEPT = 256;
/** Compiling costs more than an evaluation. The same text gives the same program. */
const kept = new Map<string, Compiled>();

function compiledOnce(expression: string): Compiled {
  const known = kept.get(expression);
  if (known !== undefined) return known;
  const compiled = compile(expression, new Map([['object', DYN]]));
  const oldest = kept.size < MAX_KEPT ? undefined : kept.keys().next().value;
  if (oldest !== undefined) kept.delete(oldest);
  kept.set(expression, compiled);
  return compiled;
}

/** Of a kind, by its field at the top: the fields below it that are kept; `all`: everything. */
export type KeptFields = Readonly<Record<string, 'all' | readonly string[]>>;

/** Why the expression cannot work; undefined when it can. `of`: omitted where the kinds are not known. */
export function expressionIssue(
  expression: string,
  of?: { readonly kind: string; readonly fields: KeptFields },
): string | undefined {
  const type = of === undefined ? DYN : typeOf(of.kind, of.fields);
  const compiled = compile(expression, new Map([['object', type]]));
  if ('issues' in compiled) {
    if (/undeclared reference to 'oldObject'/.test(compiled.issues))
      return 'oldObject is not offered: a trigger is asked about an object as it is, and has no request with another one; where a change matters, use duration, or a metric or event trigger';
    const kept = /undefined field/.test(compiled.issues) ? `; the operator keeps other fields of a ${of?.kind}` : '';
    return `${compiled.issues}${kept}`;
  }
  const { kind } = compiled.program.type;
  return kind === BOOL.kind || kind === 'dyn'
    ? undefined
    : `the expression has to answer true or false, and answers ${formatType(compiled.program.type)}`;
}

function typeOf(kind: string, fields: KeptFields): CelType {
  const object = (name: string, inner: readonly (readonly [string, CelType])[]): CelType => ({
    kind: 'object',
    name,
    params: [],
    fields: new Map(inner.map(([field, type]): [string, ObjectField] => [field, { name: field, type }])),
  });
  return object(
    kind,
    Object.entries(fields).map(([name, below]) => {
      if (below === 'all') return [name, DYN];
      return [
        name,
        object(
          `${kind}.${name}`,
          below.map((field) => [field, DYN]),
        ),
      ];
    }),
  );
}
