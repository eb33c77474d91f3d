/**
 * Which objects a policy may touch (I27). An empty resource list matches nothing; an empty label selector everything of
 * the listed kinds.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { selects } from '../../api/label-selector.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import { matchesGlob } from '../../std/glob.ts';

export interface ScopeRules {
  /** Policies in these namespaces may reach into others; elsewhere a policy stays at home. */
  readonly clusterPolicyNamespaces: readonly string[];
  readonly operatorNamespace: string;
}

type Scoped = Pick<HealingPolicy, 'namespace' | 'selector'>;

/** Namespaces that the policy asks for and may not have; empty when all is well. */
export function forbiddenNamespaces(policy: Scoped, rules: ScopeRules): readonly string[] {
  if (rules.clusterPolicyNamespaces.includes(policy.namespace)) return [];
  return policy.selector.namespaces.filter((namespace) => namespace !== policy.namespace);
}

/** Undefined: every namespace. */
export function namespacesOf(policy: Scoped, rules: ScopeRules): readonly string[] | undefined {
  const asked = policy.selector.namespaces;
  const permitted = rules.clusterPolicyNamespaces.includes(policy.namespace);
  if (permitted && asked.includes('*')) return undefined;
  if (asked.length === 0)
    return permitted && policy.namespace === rules.operatorNamespace ? undefined : [policy.namespace];
  return permitted ? asked : asked.filter((namespace) => namespace === policy.namespace);
}

/** Why the object is not one of the policy's targets; undefined when it is. */
export function outsideScope(policy: Scoped, object: KubeObject, rules: ScopeRules): string | undefined {
  const { name, namespace, labels } = object.metadata;
  const filters = policy.selector.resources.filter(
    ({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind,
  );
  if (filters.length === 0) return `kind ${object.kind} is not among the policy's resources`;
  if (filters.every(({ excludeNames }) => excludeNames.some((glob) => matchesGlob(glob, name))))
    return `${name} is excluded by excludeNames`;
  if (namespace === undefined && !rules.clusterPolicyNamespaces.includes(policy.namespace))
    return `${object.kind} ${name} lies in no namespace; policies in namespace ${policy.namespace} may not reach it`;
  const namespaces = namespacesOf(policy, rules);
  if (namespace !== undefined && namespaces !== undefined && !namespaces.includes(namespace))
    return `namespace ${namespace} is not among the policy's namespaces`;
  if (!selects(policy.selector.labels, labels)) return `its labels do not match the policy's labelSelector`;
  return undefined;
}
