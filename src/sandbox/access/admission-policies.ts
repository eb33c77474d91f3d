/**
 * ValidatingAdmissionPolicies at work: the policies and bindings there are, kept compiled, and their verdict on a
 * request.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { type ApiError, refuse, groupResourceText, quote } from '../machinery/errors.ts';
import { admittedName } from '../machinery/admission-errors.ts';
import { asList, asObject, asText, type Draft } from '../machinery/json.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { CelError } from '../../cel/index.ts';
import { compilePolicy, type CompiledPolicy, type CompiledValidation } from './compiled-policy.ts';
import { attempt, type Matched, PolicyExpressions, type PolicyWorld } from './policy-evaluation.ts';
import { type AdmissionRequest } from './policy-matching.ts';
import { kindProblem, matchedByBoth, paramsFor } from './policy-params.ts';

/** Longest message an expression may make. */
const MESSAGE_BYTES = 5 * 1024;

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

  /** Whether a policy is bound at all. */
  get any(): boolean {
    return this.#bindings.size > 0;
  }

  judge(request: AdmissionRequest): Admission {
    // Policies are not about themselves, so that a bad one can be taken back.
    if (request.type.group === 'admissionregistration.k8s.io') return { refusal: undefined, warnings: [] };
    const denials: Denial[] = [];
    const warnings: string[] = [];
    for (const name of [...this.#bindings.keys()].sort()) {
      const binding = this.#bindings.get(name) as KubeObject;
      const spec = asObject(binding['spec']) ?? {};
      const policy = this.#policies.get(asText(spec['policyName']));
      const resource = policy && matchedByBoth(policy, spec, { request, world: this.#world });
      if (!policy || !resource) continue;
      const unknown = kindProblem(policy, this.#world);
      if (unknown !== undefined) {
        if (policy.failurePolicy === 'Fail')
          denials.push({
            message: `ValidatingAdmissionPolicy '${policy.name}' denied request: failed to configure policy: ${unknown}`,
            reason: 'Invalid',
          });
        continue;
      }
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

  #evaluate(
    policy: CompiledPolicy,
    matched: { spec: Draft; request: AdmissionRequest; resource: ResourceType },
  ): (Denial & { config?: true })[] {
    const params = paramsFor(policy, matched.spec, { request: matched.request, world: this.#world });
    if ('problem' in params) {
      return policy.failurePolicy === 'Ignore'
        ? []
        : [{ message: `failed to configure binding: ${params.problem}`, reason: 'Invalid', config: true }];
    }
    return params.found.flatMap((param) => new Evaluation(policy, { ...matched, param, world: this.#world }).run());
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
  const outcome = attempt(() => new PolicyExpressions(policy, matched).conditionsHold());
  return outcome instanceof CelError ? { problem: outcome.message } : outcome;
}

/** One policy with one parameter on one request. */
class Evaluation {
  readonly #policy: CompiledPolicy;
  readonly #expressions: PolicyExpressions;

  constructor(policy: CompiledPolicy, matched: Matched) {
    this.#policy = policy;
    this.#expressions = new PolicyExpressions(policy, matched);
  }

  run(): Denial[] {
    const { problem } = this.#policy;
    if (problem !== undefined) return this.#failure(problem);
    try {
      if (!this.#expressions.conditionsHold()) return [];
      return this.#policy.validations.flatMap((validation) => this.#validate(validation));
    } catch (error) {
      if (error instanceof CelError) return this.#failure(error.message);
      throw error;
    }
  }

  #failure(message: string): Denial[] {
    return this.#policy.failurePolicy === 'Ignore' ? [] : [{ message, reason: '' }];
  }

  #validate(validation: CompiledValidation): Denial[] {
    if (!validation.program) return [];
    const outcome = this.#expressions.evaluate(validation.program, validation.expression);
    if (outcome instanceof CelError) return this.#failure(outcome.message);
    if (outcome === true) return [];
    return [{ message: this.#message(validation), reason: validation.reason }];
  }

  #message(validation: CompiledValidation): string {
    const made = validation.messageProgram ? this.#expressions.evaluate(validation.messageProgram, '') : undefined;
    const text = typeof made === 'string' ? made.trim() : '';
    if (text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= MESSAGE_BYTES) return text;
    return validation.message === '' ? `failed expression: ${validation.expression.trim()}` : validation.message.trim();
  }
}
