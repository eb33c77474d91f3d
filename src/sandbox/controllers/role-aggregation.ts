/**
 * ClusterRoles that are made of others are kept up to date.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 */
import { aggregatedRules } from '../access/aggregation.ts';
import { equalJson } from '../machinery/json.ts';
import type { Context } from '../runtime/context.ts';
import { CLUSTER_ROLES } from '../runtime/resources.ts';

export function startRoleAggregation(context: Context): void {
  const queue = context.queue((name) => {
    const role = context.get(CLUSTER_ROLES, { name });
    if (role?.aggregationRule === undefined) return;
    const rules = aggregatedRules(role, context.list(CLUSTER_ROLES));
    if (equalJson(role.rules ?? [], rules)) return;
    context.modify(CLUSTER_ROLES, role, (draft) => ({ ...draft, rules: rules.length === 0 ? null : [...rules] }));
  });
  const aggregated = new Set<string>();
  context.watch(CLUSTER_ROLES, ({ type, object }) => {
    const { name } = object.metadata;
    if (type === 'DELETED' || object.aggregationRule === undefined) aggregated.delete(name);
    else aggregated.add(name);
    // Few roles are aggregated, and roles change rarely: every change asks all of them.
    for (const other of aggregated) queue.add(other);
  });
}
