/**
 * Nobody grants what they don't have:
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
import { type ApiError, forbidden, notFound, rawServerError } from '../machinery/errors.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { asObject, asText, type Draft, equalJson } from '../machinery/json.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { describeRule, type PolicyRule, readRules, uncovered } from './policy-rules.ts';
import { MASTERS, type Rbac } from './rbac.ts';

const GROUP = 'rbac.authorization.k8s.io';

export interface GrantAttempt {
  readonly user: UserInfo;
  readonly resource: 'roles' | 'clusterroles' | 'rolebindings' | 'clusterrolebindings';
  readonly object: Draft;
  readonly old?: KubeObject;
  readonly namespace: string;
  readonly name: string;
}

/** Undefined: granted. */
export function escalation(rbac: Rbac, attempt: GrantAttempt): ApiError | undefined {
  const { user, resource } = attempt;
  if (user.groups.includes(MASTERS)) return undefined;
  return resource === 'roles' || resource === 'clusterroles'
    ? roleEscalation(rbac, attempt)
    : bindingEscalation(rbac, attempt);
}

function roleEscalation(rbac: Rbac, attempt: GrantAttempt): ApiError | undefined {
  const { user, object, old, resource, namespace, name } = attempt;
  // A change that leaves the rules alone grants nothing.
  if (
    old &&
    equalJson(old['rules'] ?? null, object['rules'] ?? null) &&
    equalJson(old['aggregationRule'], object['aggregationRule'])
  )
    return undefined;
  const asked = {
    kind: 'resource',
    verb: 'escalate',
    group: GROUP,
    version: 'v1',
    resource,
    subresource: '',
    namespace,
    name,
  } as const;
  if (rbac.authorize(user, asked).allowed) return undefined;
  if (object['aggregationRule'] && !equalJson(old?.['aggregationRule'], object['aggregationRule'])) {
    const everything = [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
      { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
    ];
    if (uncovered(rbac.rulesFor(user, namespace), everything).length > 0) {
      return forbidden(
        { group: GROUP, resource },
        name,
        'must have cluster-admin privileges to use the aggregationRule',
      );
    }
  }
  return refusal(rbac, attempt, readRules(object['rules']));
}

function bindingEscalation(rbac: Rbac, attempt: GrantAttempt): ApiError | undefined {
  const { user, object, old, resource, namespace, name } = attempt;
  if (
    old &&
    equalJson(old['roleRef'], object['roleRef']) &&
    equalJson(old['subjects'] ?? null, object['subjects'] ?? null)
  )
    return undefined;
  const ref = asObject(object['roleRef']) ?? {};
  const roleRef = { kind: asText(ref['kind']), name: asText(ref['name']) };
  if (roleRef.kind !== 'ClusterRole' && roleRef.kind !== 'Role')
    return rawServerError(`unsupported role reference kind: ${JSON.stringify(roleRef.kind)}`);
  const roles = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  const asked = {
    kind: 'resource',
    verb: 'bind',
    group: GROUP,
    version: 'v1',
    resource: roles,
    subresource: '',
    namespace,
    name: roleRef.name,
  } as const;
  if (rbac.authorize(user, asked).allowed) return undefined;
  const rules = rbac.rulesOfRole(roleRef, namespace);
  if (!rules) return notFound({ group: GROUP, resource }, roleRef.name);
  return refusal(rbac, { ...attempt, name }, rules);
}

function refusal(
  rbac: Rbac,
  { user, resource, namespace, name }: GrantAttempt,
  wanted: readonly PolicyRule[],
): ApiError | undefined {
  const missing = uncovered(rbac.rulesFor(user, namespace), wanted);
  if (missing.length === 0) return undefined;
  const groups = `(groups=[${user.groups.map((group) => JSON.stringify(group)).join(' ')}])`;
  const lines = missing.map(describeRule).sort().join('\n');
  return forbidden(
    { group: GROUP, resource },
    name,
    `user ${JSON.stringify(user.name)} ${groups} is attempting to grant RBAC permissions not currently held:\n${lines}`,
  );
}
