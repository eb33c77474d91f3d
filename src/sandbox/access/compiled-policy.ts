/** An admission policy with its expressions compiled, made once per change of the policy. */
import type { KubeObject } from '../../shapes/kube.ts';
import { asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import {
  type CelType,
  compile,
  DYN,
  formatType,
  JSON_PATCH_TYPE,
  listOf,
  OBJECT_TYPE,
  PATCHES,
  PLAIN,
  type Program,
  sameType,
} from '../../cel/index.ts';
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

/** One change that a MutatingAdmissionPolicy makes. */
export interface CompiledMutation {
  readonly patchType: 'JSONPatch' | 'ApplyConfiguration';
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
  /** Of a MutatingAdmissionPolicy. */
  readonly mutations: readonly CompiledMutation[];
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
  /** Exactly that type, of an expression that says how to change an object. */
  readonly patch?: CelType;
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
    { field, kinds, patch }: Wanted,
    authorizer: Scope['authorizer'] = 'authorizer',
  ): Program | undefined {
    const variables = variablesOf({ params: this.#params, authorizer, variables: this.#variables });
    const compiled = compile(expression, variables, patch ? PATCHES : PLAIN);
    if ('issues' in compiled) {
      this.problems.push({ field, expression, detail: `compilation failed: ${compiled.issues}` });
      return undefined;
    }
    const { program } = compiled;
    if (patch && !sameType(program.type, patch)) {
      const detail = `must evaluate to ${formatType(patch)} but got ${formatType(program.type)}`;
      this.problems.push({ field, expression, detail });
      return undefined;
    }
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

  mutation(mutation: Draft, at: string): CompiledMutation | undefined {
    const { patchType } = mutation;
    if (patchType !== 'JSONPatch' && patchType !== 'ApplyConfiguration') return undefined;
    const [name, patch] =
      patchType === 'JSONPatch'
        ? (['jsonPatch', listOf(JSON_PATCH_TYPE)] as const)
        : (['applyConfiguration', OBJECT_TYPE] as const);
    const holder = asObject(mutation[name]);
    if (!holder) return undefined;
    const expression = asText(holder['expression']);
    const program = this.program(expression.trim(), { field: `${at}.${name}.expression`, kinds: [], patch });
    return { patchType, expression, program };
  }

  variable(name: string, expression: string, field: string): NamedProgram {
    const program = this.program(expression, { field, kinds: [] });
    // One that does not compile is known all the same, so that its mistake is told once.
    this.#variables.set(name, program?.type ?? DYN);
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
        program: compiler.program(expression.trim(), { field: `spec.${list}[${i}].${expressionField}`, kinds }),
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
  const mutations = objectsOf(spec['mutations']).flatMap(
    (item, i) => compiler.mutation(item, `spec.mutations[${i}]`) ?? [],
  );
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
      mutations,
      problem: compiler.problems[0]?.detail,
    },
  };
}
