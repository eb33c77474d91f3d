/**
 * ValidatingAdmissionPolicies at work: the policies and bindings there are, kept compiled, and their verdict on a
 * request.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { type ApiError, refuse, groupResourceText, quote } from '../machinery/errors.ts';
import { admittedName, joined } from '../machinery/admission-errors.ts';
import { asList, asObject, asText, type Draft } from '../machinery/json.ts';
import type { ResourceType } from '../machinery/registry.ts';
import {
  type Authority,
  AuthorizerValue,
  type Bindings,
  CelError,
  CostExceeded,
  DYN,
  fromJson,
  JsonMapping,
  Mapping,
  Meter,
  type Program,
  ResourceCheck,
  type Value,
} from '../../cel/index.ts';
import { type Authorizer } from './attributes.ts';
import { compilePolicy, type CompiledPolicy, type CompiledValidation } from './compiled-policy.ts';
import { type AdmissionRequest, matchedResource, type MatchingWorld, selects } from './policy-matching.ts';
import { NAMESPACE_TYPE, REQUEST_TYPE } from './policy-types.ts';
import { inVersion, kindOf } from './request-versions.ts';
import { accountGroups, accountUser, AUTHENTICATED } from './tokens.ts';

/** Budgets in cost units: of one expression, of all of one policy and binding, and of its match conditions. */
const PER_CALL_LIMIT = 1_000_000;
const BINDING_BUDGET = 10_000_000;
const CONDITIONS_BUDGET = 2_500_000;
/** Longest message an expression may make. */
const MESSAGE_BYTES = 5 * 1024;

export interface PolicyWorld extends MatchingWorld {
  readonly authorizer: Authorizer;
  /** Parameter objects of a kind: all, or those of a namespace. Undefined: the kind is not known. */
  readonly params: (
    apiVersion: string,
    kind: string,
    namespace: string | undefined,
  ) => readonly KubeObject[] | undefined;
}

export interface Admission {
  readonly refusal: ApiError | undefined;
  readonly warnings: readonly string[];
}

interface Denial {
  readonly message: string;
  readonly reason: string;
}

const CODES: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

export class AdmissionPolicies {
  readonly #world: PolicyWorld;
  readonly #policies = new Map<string, CompiledPolicy>();
  readonly #bindings = new Map<string, KubeObject>();

  constructor(world: PolicyWorld) {
    this.#world = world;
  }

  setPolicy(policy: KubeObject): void {
    this.#policies.set(policy.metadata.name, compilePolicy(policy).policy);
  }

  removePolicy(policy: KubeObject): void {
    this.#policies.delete(policy.metadata.name);
  }

  setBinding(binding: KubeObject): void {
    this.#bindings.set(binding.metadata.name, binding);
  }

  removeBinding(binding: KubeObject): void {
    this.#bindings.delete(binding.metadata.name);
  }

  judge(request: AdmissionRequest): Admission {
    // Policies are not about themselves, so that a bad one can be taken back.
    if (this.#bindings.size === 0 || request.type.group === 'admissionregistration.k8s.io')
      return { refusal: undefined, warnings: [] };
    const denials: Denial[] = [];
    const warnings: string[] = [];
    for (const name of [...this.#bindings.keys()].sort()) {
      const binding = this.#bindings.get(name) as KubeObject;
      const spec = asObject(binding['spec']) ?? {};
      const policy = this.#policies.get(asText(spec['policyName']));
      const resource = policy && this.#matches(policy, spec, request);
      if (!policy || !resource) continue;
      const actions = asList(spec['validationActions']);
      for (const denial of this.#evaluate(policy, { spec, request, resource })) {
        if (denial.config)
          denials.push({
            message: `ValidatingAdmissionPolicy '${policy.name}' with binding '${name}' denied request: ${denial.message}`,
            reason: 'Invalid',
          });
        else if (actions.includes('Deny'))
          denials.push({
            message: `ValidatingAdmissionPolicy '${policy.name}' with binding '${name}' denied request: ${denial.message}`,
            reason: denial.reason,
          });
        if (!denial.config && actions.includes('Warn'))
          warnings.push(
            `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${name}': ${denial.message}`,
          );
      }
    }
    const [first] = denials;
    return { refusal: first && refusalOf(first, request), warnings };
  }

  #matches(policy: CompiledPolicy, binding: Draft, request: AdmissionRequest): ResourceType | undefined {
    const resource = matchedResource(policy.constraints, request, this.#world);
    const narrower = asObject(binding['matchResources']);
    if (!resource || (narrower && !matchedResource(narrower, request, this.#world))) return undefined;
    return resource;
  }

  #evaluate(
    policy: CompiledPolicy,
    matched: { spec: Draft; request: AdmissionRequest; resource: ResourceType },
  ): (Denial & { config?: true })[] {
    const params = this.#paramsFor(policy, matched.spec, matched.request);
    if ('problem' in params) {
      return policy.failurePolicy === 'Ignore'
        ? []
        : [{ message: `failed to configure binding: ${params.problem}`, reason: 'Invalid', config: true }];
    }
    return params.found.flatMap((param) => new Evaluation(policy, { ...matched, param, world: this.#world }).run());
  }

  #paramsFor(
    policy: CompiledPolicy,
    binding: Draft,
    request: AdmissionRequest,
  ): { found: readonly (KubeObject | null)[] } | { problem: string } {
    const { paramKind } = policy;
    const ref = asObject(binding['paramRef']);
    if (!paramKind || !ref) return { found: [null] };
    const all = this.#world.params(
      paramKind.apiVersion,
      paramKind.kind,
      asText(ref['namespace']) || request.namespace || undefined,
    );
    if (!all)
      return {
        problem: `failed to find resource referenced by paramKind: '${paramKind.apiVersion}, Kind=${paramKind.kind}'`,
      };
    const name = asText(ref['name']);
    const found =
      name !== ''
        ? all.filter((object) => object.metadata.name === name)
        : all.filter((object) => selects(ref['selector'], object.metadata.labels ?? {}));
    if (found.length > 0) return { found };
    return ref['parameterNotFoundAction'] === 'Allow'
      ? { found: [] }
      : { problem: 'no params found for policy binding with `Deny` parameterNotFoundAction' };
  }
}

function refusalOf({ message, reason }: Denial, { type, ...named }: AdmissionRequest): ApiError {
  const name = admittedName(named);
  const subject = groupResourceText(type);
  return refuse({
    reason:
      reason === 'Forbidden' || reason === 'Unauthorized' || reason === 'RequestEntityTooLarge' ? reason : 'Invalid',
    code: CODES[reason] ?? 422,
    message: `${subject} ${quote(name)} is forbidden: ${message}`,
    details: {
      name,
      ...(type.group === '' ? {} : { group: type.group }),
      kind: type.resource,
      causes: [{ message }],
    },
  });
}

/** Match conditions alone, as webhooks have them: whether all hold, or what is wrong with them. */
export function conditionsHold(policy: CompiledPolicy, matched: Matched): boolean | { readonly problem: string } {
  if (policy.problem !== undefined) return { problem: policy.problem };
  const outcome = attempt(() => new Evaluation(policy, matched).conditionsHold());
  return outcome instanceof CelError ? { problem: outcome.message } : outcome;
}

export interface Matched {
  readonly request: AdmissionRequest;
  readonly resource: ResourceType;
  readonly param: KubeObject | null;
  readonly world: PolicyWorld;
}

/** One policy with one parameter on one request. */
class Evaluation {
  readonly #policy: CompiledPolicy;
  readonly #matched: Matched;
  readonly #values: Bindings;
  #spent = 0;

  constructor(policy: CompiledPolicy, matched: Matched) {
    this.#policy = policy;
    this.#matched = matched;
    this.#values = this.#bind();
  }

  run(): Denial[] {
    const { problem } = this.#policy;
    if (problem !== undefined) return this.#failure(problem);
    try {
      if (!this.conditionsHold()) return [];
      return this.#policy.validations.flatMap((validation) => this.#validate(validation));
    } catch (error) {
      if (error instanceof CelError) return this.#failure(error.message);
      throw error;
    }
  }

  #failure(message: string): Denial[] {
    return this.#policy.failurePolicy === 'Ignore' ? [] : [{ message, reason: '' }];
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

  #eval(program: Program, expression: string): Value | CelError {
    if (this.#spent >= BINDING_BUDGET)
      throw new CelError(
        'validation failed due to running out of cost budget, no further validation rules will be run',
      );
    const meter = new Meter(PER_CALL_LIMIT);
    const outcome = attempt(() => program.run(this.#values, meter));
    this.#spent += meter.spent;
    if (outcome instanceof CostExceeded)
      return new CelError(
        `validation failed due to running out of cost budget, no further validation rules will be run`,
      );
    return outcome instanceof CelError
      ? new CelError(`expression '${expression}' resulted in error: ${outcome.message}`)
      : outcome;
  }

  #validate(validation: CompiledValidation): Denial[] {
    if (!validation.program) return [];
    const outcome = this.#eval(validation.program, validation.expression);
    if (outcome instanceof CelError) return this.#failure(outcome.message);
    if (outcome === true) return [];
    return [{ message: this.#message(validation), reason: validation.reason }];
  }

  #message(validation: CompiledValidation): string {
    const made = validation.messageProgram ? this.#eval(validation.messageProgram, '') : undefined;
    const text = typeof made === 'string' ? made.trim() : '';
    if (text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= MESSAGE_BYTES) return text;
    return validation.message === '' ? `failed expression: ${validation.expression.trim()}` : validation.message.trim();
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
      variables: () => new Variables(this.#policy, (program, expression) => this.#variable(program, expression)),
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

  #variable(program: Program, expression: string): Value {
    const outcome = this.#eval(program, expression);
    if (outcome instanceof CelError) throw new CelError(`composited variable fails to evaluate: ${outcome.message}`);
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

/** `variables.name`: evaluated when first read, once. */
class Variables extends Mapping {
  override readonly isObject = true;
  readonly #policy: CompiledPolicy;
  readonly #evaluate: (program: Program, expression: string) => Value;
  readonly #values = new Map<string, Value>();

  constructor(policy: CompiledPolicy, evaluate: (program: Program, expression: string) => Value) {
    super();
    this.#policy = policy;
    this.#evaluate = evaluate;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    if (this.#values.has(key)) return this.#values.get(key);
    const variable = this.#policy.variables.find(({ name }) => name === key);
    if (!variable?.program) return undefined;
    const value = this.#evaluate(variable.program, variable.expression);
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

function attempt<T>(run: () => T): T | CelError {
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
