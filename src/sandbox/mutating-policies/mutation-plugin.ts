/**
 * MutatingAdmissionPolicies at work: k8s.io/apiserver pkg/admission/plugin/policy/mutating. Which of them are about a
 * request is settled before the first changes its object.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { CelError } from '../../cel/index.ts';
import { attempt, type Matched, PolicyExpressions, type PolicyWorld } from '../access/policy-evaluation.ts';
import { type AdmissionRequest, matchedResource } from '../access/policy-matching.ts';
import { kindProblem, matchedByBoth, paramsFor } from '../access/policy-params.ts';
import { kindOf } from '../access/request-versions.ts';
import type { CompiledMutation } from '../access/compiled-policy.ts';
import { admittedName } from '../machinery/admission-errors.ts';
import { type ApiError, refuse } from '../machinery/errors.ts';
import type { Draft } from '../machinery/json.ts';
import {
  type AdmissionAttributes,
  type AdmissionPlugin,
  type AdmissionRound,
  converted,
} from '../machinery/machinery.ts';
import type { ResourceType } from '../machinery/registry.ts';
import type { Session } from '../machinery/session.ts';
import { takeOver } from '../webhooks/hook-patch.ts';
import { isExempt, shown } from '../webhooks/hook-plugins.ts';
import { Reinvocation } from '../webhooks/reinvocation.ts';
import { type Changed, configured, jsonPatched } from './changes.ts';
import type { MutatingPolicies, MutatingPolicy } from './policy-index.ts';

export interface MutationParts {
  readonly policies: MutatingPolicies;
  readonly world: () => PolicyWorld;
}

/** Belongs before the webhooks, behind all other plugins that change objects. */
export function mutatingPolicies({ policies, world }: MutationParts): AdmissionPlugin {
  const states = new WeakMap<AdmissionAttributes, Reinvocation>();
  return {
    admit: (attributes, { session }, round) => {
      if (policies.bound.length === 0 || attributes.operation === 'DELETE' || isExempt(attributes)) return undefined;
      const state = states.get(attributes) ?? new Reinvocation();
      states.set(attributes, state);
      const mutation = new Mutation({ attributes, session, world: world() }, state, round);
      return mutation.run(policies) ? 'again' : undefined;
    },
  };
}

interface Asking {
  readonly attributes: AdmissionAttributes;
  readonly session: Session | undefined;
  readonly world: PolicyWorld;
}

/** A policy by one binding with one parameter. */
interface Invocation {
  readonly policy: MutatingPolicy;
  readonly binding: string;
  readonly resource: ResourceType;
  readonly param: KubeObject | null;
}

interface Problem {
  readonly message: string;
  /** What it makes the reason of the refusal. */
  readonly reason: 'Forbidden' | 'Invalid';
}

const invocationId = ({ policy, binding, param }: Invocation): string =>
  JSON.stringify([policy.compiled.name, binding, param?.metadata.namespace, param?.metadata.name]);

/** One round of the policies on one request. */
class Mutation {
  readonly #asking: Asking;
  readonly #state: Reinvocation;
  readonly #round: AdmissionRound;
  readonly #problems: Problem[] = [];
  #changed = false;

  constructor(asking: Asking, state: Reinvocation, round: AdmissionRound) {
    this.#asking = asking;
    this.#state = state;
    this.#round = round;
  }

  /** True: a policy had its say. Throws the refusal. */
  run(policies: MutatingPolicies): boolean {
    const { attributes } = this.#asking;
    const invocations = this.#invocations(policies);
    if (invocations.length > 0) {
      if (this.#round === 'again') this.#state.enter(attributes.object);
      for (const invocation of invocations) this.#invoke(invocation);
      if (this.#changed) this.#state.recall();
      this.#state.leave(attributes.object);
    }
    if (this.#problems.length > 0) throw refusalOf(this.#problems, attributes);
    return this.#changed;
  }

  #request(): AdmissionRequest {
    const { attributes, session } = this.#asking;
    const { terms, form: _, ...rest } = shown(attributes);
    return { ...rest, user: terms.user, dryRun: terms.dryRun, ...(session ? { session } : {}) };
  }

  #invocations(policies: MutatingPolicies): readonly Invocation[] {
    const { world } = this.#asking;
    const request = this.#request();
    return policies.bound.flatMap(([policy, bindings]) => {
      const { compiled } = policy;
      const matching = bindings.flatMap(({ name, spec }) => {
        const resource = matchedByBoth(compiled, spec, { request, world });
        return resource ? [{ name, spec, resource }] : [];
      });
      const problem = kindProblem(compiled, world);
      if (problem !== undefined && matchedResource(compiled.constraints, request, world)) {
        this.#refuse(policy, {
          binding: undefined,
          problem: `failed to configure policy: ${problem}`,
          reason: 'Forbidden',
        });
        return [];
      }
      return matching.flatMap(({ name, spec, resource }) => {
        const params = paramsFor(compiled, spec, { request, world });
        if ('found' in params) return params.found.map((param) => ({ policy, binding: name, resource, param }));
        this.#refuse(policy, {
          binding: name,
          problem: `failed to configure binding: ${params.problem}`,
          reason: 'Forbidden',
        });
        return [];
      });
    });
  }

  #refuse(
    { compiled }: MutatingPolicy,
    { binding, problem, reason }: { binding: string | undefined; problem: string; reason: Problem['reason'] },
  ): void {
    if (compiled.failurePolicy === 'Ignore') return;
    const who = binding === undefined ? JSON.stringify(compiled.name) : `'${compiled.name}' with binding '${binding}'`;
    this.#problems.push({ message: `policy ${who} denied request: ${problem}`, reason });
  }

  #invoke(invocation: Invocation): void {
    const { policy, binding, resource, param } = invocation;
    const { world, attributes } = this.#asking;
    const fail = (problem: string) => this.#refuse(policy, { binding, problem, reason: 'Invalid' });
    const matched = (): Matched => ({ request: this.#request(), resource, param, world });
    const hold = attempt(() => new PolicyExpressions(policy.compiled, matched()).conditionsHold());
    if (hold instanceof CelError) return fail(hold.message);
    const id = invocationId(invocation);
    if (!hold || (this.#round === 'again' && !this.#state.isDue(id))) return;
    let changed = false;
    for (const mutation of policy.compiled.mutations) {
      const { object } = attributes;
      if (!object) continue;
      const outcome = attempt(() =>
        this.#mutate(mutation, object, { expressions: new PolicyExpressions(policy.compiled, matched()), resource }),
      );
      if (outcome instanceof CelError) fail(outcome.message);
      else {
        this.#changed = true;
        changed ||= outcome === 'changed';
      }
    }
    if (changed) this.#state.recall();
    if (policy.reinvocation === 'IfNeeded') this.#state.asked(id);
  }

  /** Changes the request's object in place, through the version that the policy is about. Throws CelError. */
  #mutate(mutation: CompiledMutation, object: Draft, { expressions, resource }: Evaluating): 'changed' | 'same' {
    const { type, subresource, form } = this.#asking.attributes;
    const { session } = this.#asking;
    if (!mutation.program) throw new CelError('the expression does not compile');
    const value = expressions.evaluate(mutation.program, mutation.expression);
    if (value instanceof CelError) throw value;
    const change = (changed: Changed, from: Draft): Draft =>
      mutation.patchType === 'JSONPatch' ? jsonPatched(changed, from, value) : configured(changed, from, value);
    const next = (): Draft => {
      if (form) {
        const stored = object as unknown as KubeObject;
        return form.apply(stored, change({ type, subresource }, { ...form.show(stored) }));
      }
      // What is sent to a subresource has one form only.
      if (resource === type || kindOf(type, subresource).kind !== type.kind)
        return change({ type, subresource }, object);
      if (!type.custom) {
        // Only custom resources come back from the version that they were changed in: the server knows no such way.
        change({ type: resource, subresource }, converted(object, { from: type, to: resource }, session));
        const [from, to] = [resource, type].map(({ version, kind }) => `(${version}.${kind})`);
        throw new CelError(`converting ${from} to ${to}: unknown conversion`);
      }
      const seen = converted(object, { from: type, to: resource }, session);
      return converted(change({ type: resource, subresource }, seen), { from: resource, to: type }, session);
    };
    return takeOver(object, next()) ? 'changed' : 'same';
  }
}

interface Evaluating {
  readonly expressions: PolicyExpressions;
  readonly resource: ResourceType;
}

function refusalOf(problems: readonly Problem[], attributes: AdmissionAttributes): ApiError {
  const { type } = attributes;
  const [first] = problems;
  return refuse({
    reason: first?.reason ?? 'Forbidden',
    code: 403,
    message: first?.message ?? '',
    details: {
      name: admittedName(attributes),
      ...(type.group === '' ? {} : { group: type.group }),
      kind: type.resource,
      causes: problems.map(({ message }) => ({ message })),
    },
  });
}
