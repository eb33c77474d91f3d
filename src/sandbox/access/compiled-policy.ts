/** A ValidatingAdmissionPolicy with its expressions compiled, made once per change of the policy. */
import type { KubeObject } from '../../shapes/kube.ts';
import { asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import { type CelType, compile, formatType, type Program } from '../../cel/index.ts';
import { type Scope, variablesOf } from './policy-types.ts';

export interface CompiledValidation {
  readonly expression: string;
  readonly program: Program | undefined;
  readonly message: string;
  readonly messageProgram: Program | undefined;
  /** Empty: the default. */
  readonly reason: string;
}

export interface NamedProgram {
  readonly name: string;
  readonly expression: string;
  readonly program: Program | undefined;
}

export interface CompiledPolicy {
  readonly name: string;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly constraints: Draft;
  readonly paramKind: { readonly apiVersion: string; readonly kind: string } | undefined;
  readonly conditions: readonly NamedProgram[];
  readonly variables: readonly NamedProgram[];
  readonly validations: readonly CompiledValidation[];
  readonly auditAnnotations: readonly NamedProgram[];
  /** The first expression that did not compile, which no stored policy should have. */
  readonly problem: string | undefined;
}

/** What is wrong with an expression, at its field. */
export interface ExpressionProblem {
  readonly field: string;
  readonly expression: string;
  readonly detail: string;
}

interface Wanted {
  readonly field: string;
  readonly kinds: readonly CelType['kind'][];
}

class PolicyCompiler {
  readonly problems: ExpressionProblem[] = [];
  readonly #params: Scope['params'];
  readonly #variables = new Map<string, CelType>();

  constructor(params: Scope['params']) {
    this.#params = params;
  }

  program(
    expression: string,
    { field, kinds }: Wanted,
    authorizer: Scope['authorizer'] = 'authorizer',
  ): Program | undefined {
    const compiled = compile(expression, variablesOf({ params: this.#params, authorizer, variables: this.#variables }));
    if ('issues' in compiled) {
      this.problems.push({ field, expression, detail: `compilation failed: ${compiled.issues}` });
      return undefined;
    }
    const { program } = compiled;
    if (kinds.length > 0 && !kinds.includes(program.type.kind)) {
      const wanted =
        kinds.length === 1
          ? kinds[0]
          : `one of [${kinds.map((kind) => (kind === 'null' ? 'null_type' : kind)).join(' ')}]`;
      const detail = `must evaluate to ${wanted} but got ${formatType(program.type)}`;
      this.problems.push({ field, expression, detail });
      return undefined;
    }
    return program;
  }

  variable(name: string, expression: string, field: string): NamedProgram {
    const program = this.program(expression, { field, kinds: [] });
    if (program) this.#variables.set(name, program.type);
    return { name, expression, program };
  }
}

export function compilePolicy(policy: Draft | KubeObject): {
  readonly policy: CompiledPolicy;
  readonly problems: readonly ExpressionProblem[];
} {
  const spec = asObject(policy['spec']) ?? {};
  const paramKind = asObject(spec['paramKind']);
  const compiler = new PolicyCompiler(paramKind ? 'params' : 'no params');
  const named = (
    list: string,
    [nameField, expressionField]: readonly [string, string],
    kinds: readonly CelType['kind'][],
  ): NamedProgram[] =>
    objectsOf(spec[list]).map((item, i) => {
      const expression = asText(item[expressionField]);
      return {
        name: asText(item[nameField]),
        expression,
        program: compiler.program(expression, { field: `spec.${list}[${i}].${expressionField}`, kinds }),
      };
    });
  const conditions = named('matchConditions', ['name', 'expression'], ['bool']);
  const variables = objectsOf(spec['variables']).map((item, i) =>
    compiler.variable(asText(item['name']), asText(item['expression']), `spec.variables[${i}].expression`),
  );
  const validations = objectsOf(spec['validations']).map((item, i) => {
    const expression = asText(item['expression']);
    const messageExpression = asText(item['messageExpression']);
    const at = `spec.validations[${i}]`;
    return {
      expression,
      program: compiler.program(expression, { field: `${at}.expression`, kinds: ['bool'] }),
      message: asText(item['message']),
      messageProgram:
        messageExpression.trim() === ''
          ? undefined
          : compiler.program(
              messageExpression,
              { field: `${at}.messageExpression`, kinds: ['string'] },
              'no authorizer',
            ),
      reason: asText(item['reason']),
    };
  });
  const auditAnnotations = named('auditAnnotations', ['key', 'valueExpression'], ['string', 'null']);
  return {
    problems: compiler.problems,
    policy: {
      name: asText(at(policy, 'metadata', 'name')),
      failurePolicy: spec['failurePolicy'] === 'Ignore' ? 'Ignore' : 'Fail',
      constraints: asObject(spec['matchConstraints']) ?? {},
      paramKind: paramKind && { apiVersion: asText(paramKind['apiVersion']), kind: asText(paramKind['kind']) },
      conditions,
      variables,
      validations,
      auditAnnotations,
      problem: compiler.problems[0]?.detail,
    },
  };
}
