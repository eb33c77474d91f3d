/** The expressions of one policy on one request: its variables, match conditions, and what they cost. */
import type { KubeObject } from '../../shapes/kube.ts';
import {
  type Authority,
  AuthorizerValue,
  type Bindings,
  CelError,
  DYN,
  fromJson,
  JsonMapping,
  Mapping,
  Meter,
  type Program,
  ResourceCheck,
  type Value,
} from '../../cel/index.ts';
import { joined } from '../machinery/admission-errors.ts';
import type { Draft } from '../machinery/json.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { type Authorizer } from './attributes.ts';
import type { CompiledPolicy } from './compiled-policy.ts';
import { type AdmissionRequest, type MatchingWorld } from './policy-matching.ts';
import { NAMESPACE_TYPE, REQUEST_TYPE } from './policy-types.ts';
import { inVersion, kindOf } from './request-versions.ts';
import { accountGroups, accountUser, AUTHENTICATED } from './tokens.ts';

/** Budgets in cost units: of one expression, of all of one policy and binding, and of its match conditions. */
const PER_CALL_LIMIT = 1_000_000;
const BINDING_BUDGET = 10_000_000;
const CONDITIONS_BUDGET = 2_500_000;
export interface PolicyWorld extends MatchingWorld {
  readonly authorizer: Authorizer;
  /** Where objects of a kind live. Undefined: the kind is not known. */
  readonly scope: (apiVersion: string, kind: string) => 'cluster' | 'namespace' | undefined;
  /** Parameter objects of a kind: all, or those of a namespace. Undefined: the kind is not known. */
  readonly params: (
    apiVersion: string,
    kind: string,
    namespace: string | undefined,
  ) => readonly KubeObject[] | undefined;
}

export interface Matched {
  readonly request: AdmissionRequest;
  readonly resource: ResourceType;
  readonly param: KubeObject | null;
  readonly world: PolicyWorld;
}

/** What ends the evaluation of a policy: its budget is spent. */
const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';

/** One policy with one parameter on one request. */
export class PolicyExpressions {
  readonly #policy: CompiledPolicy;
  readonly #matched: Matched;
  readonly #values: Bindings;
  #spent = 0;

  constructor(policy: CompiledPolicy, matched: Matched) {
    this.#policy = policy;
    this.#matched = matched;
    this.#values = this.#bind();
  }

  /** A false condition wins over a failing one. */
  conditionsHold(): boolean {
    const failures: string[] = [];
    let spent = 0;
    for (const { expression, program } of this.#policy.conditions) {
      const meter = new Meter(Math.min(PER_CALL_LIMIT, CONDITIONS_BUDGET - spent));
      const outcome = attempt(() => program?.run(this.#values, meter) ?? null);
      spent += meter.spent;
      if (outcome instanceof CelError)
        failures.push(`expression '${expression}' resulted in error: ${outcome.message}`);
      else if (outcome !== true) return false;
    }
    if (failures.length > 0) throw new CelError(joined(failures));
    return true;
  }

  /** The value, or why there is none. Throws where the budget was spent before. */
  evaluate(program: Program, expression: string): Value | CelError {
    const outcome = this.#run(program);
    return outcome instanceof CelError
      ? new CelError(`expression '${expression}' resulted in error: ${outcome.message}`)
      : outcome;
  }

  #run(program: Program): Value | CelError {
    if (this.#spent >= BINDING_BUDGET) throw new OutOfBudget(OUT_OF_BUDGET);
    const meter = new Meter(PER_CALL_LIMIT);
    const outcome = attempt(() => program.run(this.#values, meter));
    this.#spent += meter.spent;
    return outcome;
  }

  #bind(): Bindings {
    const { request, param, world, resource } = this.#matched;
    const seen = inVersion(request, resource);
    const authority = authorityFor(world.authorizer, request.user);
    const { type, subresource, namespace, name } = request;
    const makers: Readonly<Record<string, () => Value>> = {
      object: () => fromJson(seen.object ?? null, DYN),
      oldObject: () => fromJson(seen.old ?? null, DYN),
      request: () => new JsonMapping(this.#requestJson(), REQUEST_TYPE),
      params: () => fromJson(param, DYN),
      namespaceObject: () => this.#namespaceObject(),
      authorizer: () => new AuthorizerValue(authority),
      'authorizer.requestResource': () =>
        new ResourceCheck(authority, { group: type.group, resource: type.resource, subresource, namespace, name }),
      variables: () => new Variables(this.#policy, (name, program) => this.#variable(name, program)),
    };
    const made = new Map<string, Value>();
    return (variable) => {
      const known = made.get(variable);
      if (known !== undefined || made.has(variable)) return known;
      const make = makers[variable];
      if (!make) return undefined;
      const value = make();
      made.set(variable, value);
      return value;
    };
  }

  #variable(name: string, program: Program): Value {
    const outcome = this.#run(program);
    if (outcome instanceof OutOfBudget) throw outcome;
    if (outcome instanceof CelError)
      throw new CelError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${outcome.message}`);
    return outcome;
  }

  #namespaceObject(): Value {
    const { request, world } = this.#matched;
    if (request.namespace === '' || request.type.resource === 'namespaces') return null;
    const namespace = world.namespace(request.namespace);
    return namespace ? new JsonMapping(namespace, NAMESPACE_TYPE) : null;
  }

  #requestJson(): Draft {
    const { request, resource } = this.#matched;
    const { type, user, subresource, namespace } = request;
    return {
      kind: kindOf(resource, subresource),
      resource: { group: resource.group, version: resource.version, resource: resource.resource },
      requestKind: kindOf(type, subresource),
      requestResource: { group: type.group, version: type.version, resource: type.resource },
      ...(subresource === '' ? {} : { subResource: subresource, requestSubResource: subresource }),
      name: request.name,
      ...(namespace === '' ? {} : { namespace }),
      operation: request.operation,
      userInfo: {
        username: user.name,
        ...(user.uid === undefined ? {} : { uid: user.uid }),
        groups: user.groups,
        ...(user.extra === undefined ? {} : { extra: user.extra }),
      },
      dryRun: request.dryRun !== undefined,
      options: request.options,
    };
  }
}

class OutOfBudget extends CelError {}

/** `variables.name`: evaluated when first read, once. */
class Variables extends Mapping {
  override readonly isObject = true;
  readonly #policy: CompiledPolicy;
  readonly #evaluate: (name: string, program: Program) => Value;
  readonly #values = new Map<string, Value>();

  constructor(policy: CompiledPolicy, evaluate: (name: string, program: Program) => Value) {
    super();
    this.#policy = policy;
    this.#evaluate = evaluate;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    if (this.#values.has(key)) return this.#values.get(key);
    const variable = this.#policy.variables.find(({ name }) => name === key);
    if (!variable?.program) return undefined;
    const value = this.#evaluate(key, variable.program);
    this.#values.set(key, value);
    return value;
  }

  keys(): Value[] {
    return this.#policy.variables.map(({ name }) => name);
  }

  get size(): number {
    return this.#policy.variables.length;
  }
}

export function attempt<T>(run: () => T): T | CelError {
  try {
    return run();
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

function authorityFor(authorizer: Authorizer, user: AdmissionRequest['user']): Authority {
  return {
    resource: (query) => authorizer.authorize(user, { kind: 'resource', version: '*', ...query }),
    path: (path, verb) => authorizer.authorize(user, { kind: 'path', path, verb }),
    serviceAccount: (namespace, name) =>
      authorityFor(authorizer, {
        name: accountUser(namespace, name),
        groups: [...accountGroups(namespace), AUTHENTICATED],
      }),
  };
}
