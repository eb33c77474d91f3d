/**
 * ClusterRoles that are made of others:
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { asList, asObject, asText, objectsOf, type Draft } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';

export const CLUSTER_ROLES: Gvr = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };

function matches(selector: Draft, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(asObject(selector['matchLabels']) ?? {}).every(([key, value]) => labels[key] === value);
  return equal && objectsOf(selector['matchExpressions']).every((term) => holds(term, labels));
}

function holds(term: Draft, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[asText(term['key'])];
  const values = asList(term['values']);
  switch (term['operator']) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/**
 * The rules an aggregated role should have: those of the selected roles by name, selector after selector, each rule
 * once.
 */
export function aggregatedRules(role: KubeObject, roles: readonly KubeObject[]): readonly unknown[] {
  const rules = new Map<string, unknown>();
  for (const selector of objectsOf(asObject(role['aggregationRule'])?.['clusterRoleSelectors'])) {
    for (const other of roles) {
      if (other.metadata.name === role.metadata.name || !matches(selector, other.metadata.labels ?? {})) continue;
      for (const rule of objectsOf(other['rules'])) {
        const text = ruleText(rule);
        if (!rules.has(text)) rules.set(text, rule);
      }
    }
  }
  return [...rules.values()];
}

const RULE_FIELDS = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'];

/** The same for equal rules. */
const ruleText = (rule: Draft): string => JSON.stringify(RULE_FIELDS.map((field) => rule[field]));
