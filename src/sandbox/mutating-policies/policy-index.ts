/** The MutatingAdmissionPolicies there are, compiled, with their bindings: policies by name, and bindings by theirs. */
import type { KubeObject } from '../../shapes/kube.ts';
import { compilePolicy, type CompiledPolicy } from '../access/compiled-policy.ts';
import type { Cluster } from '../machinery/cluster.ts';
import { asObject, asText, at, type Draft } from '../machinery/json.ts';

export interface MutatingPolicy {
  readonly compiled: CompiledPolicy;
  readonly reinvocation: 'Never' | 'IfNeeded';
}

export interface PolicyBinding {
  readonly name: string;
  readonly spec: Draft;
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

export class MutatingPolicies {
  readonly #policies = new Map<string, MutatingPolicy>();
  readonly #bindings = new Map<string, PolicyBinding>();
  #pairs: readonly (readonly [MutatingPolicy, readonly PolicyBinding[]])[] = [];

  /** Policies that have a binding. */
  get bound(): readonly (readonly [MutatingPolicy, readonly PolicyBinding[]])[] {
    return this.#pairs;
  }

  setPolicy(policy: KubeObject): void {
    const reinvocation = at(policy, 'spec', 'reinvocationPolicy') === 'IfNeeded' ? 'IfNeeded' : 'Never';
    this.#policies.set(policy.metadata.name, { compiled: compilePolicy(policy).policy, reinvocation });
    this.#pair();
  }

  removePolicy({ metadata }: KubeObject): void {
    this.#policies.delete(metadata.name);
    this.#pair();
  }

  setBinding({ metadata, spec }: KubeObject): void {
    this.#bindings.set(metadata.name, { name: metadata.name, spec: asObject(spec) ?? {} });
    this.#pair();
  }

  removeBinding({ metadata }: KubeObject): void {
    this.#bindings.delete(metadata.name);
    this.#pair();
  }

  #pair(): void {
    const bindings = [...this.#bindings.values()].sort(byName);
    this.#pairs = [...this.#policies.values()]
      .sort((a, b) => byName(a.compiled, b.compiled))
      .map((policy) => {
        const own = bindings.filter(({ spec }) => asText(spec['policyName']) === policy.compiled.name);
        return [policy, own] as const;
      })
      .filter(([, own]) => own.length > 0);
  }
}

/** Follows policies and bindings in the store. Returns the function that ends it. */
export function followPolicies(cluster: Cluster, policies: MutatingPolicies): () => void {
  const gvr = (resource: string) => ({ group: 'admissionregistration.k8s.io', version: 'v1', resource });
  const stops = [
    cluster.subscribe(gvr('mutatingadmissionpolicies'), ({ type, object }) =>
      type === 'DELETED' ? policies.removePolicy(object) : policies.setPolicy(object),
    ),
    cluster.subscribe(gvr('mutatingadmissionpolicybindings'), ({ type, object }) =>
      type === 'DELETED' ? policies.removeBinding(object) : policies.setBinding(object),
    ),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
