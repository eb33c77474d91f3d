/** What a plugin may declare, and what a declaration covers. */
import type { PolicyRule } from '../../api/rbac.ts';
import { addressOf } from '../authority/request-path.ts';

/**
 * Each of these is a way to everything else in the cluster; an administrator who needs one grants it by hand.
 * https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
 */
const FORBIDDEN_GROUPS = new Set([
  'rbac.authorization.k8s.io',
  'admissionregistration.k8s.io',
  'certificates.k8s.io',
  'authentication.k8s.io',
]);
const FORBIDDEN_VERBS = new Set(['*', 'escalate', 'bind', 'impersonate', 'approve', 'sign']);
const FORBIDDEN_RESOURCES = new Set([
  'secrets',
  'serviceaccounts/token',
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'pods/proxy',
  'services/proxy',
  'nodes/proxy',
]);
/** The operator's own records: a plugin that wrote them could approve its own actions. */
const OWN_GROUP = 'kubeskippy.io';

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');

/** Why a plugin may not declare a rule; undefined when it may. */
export function ruleProblem(rule: unknown): string | undefined {
  const { apiGroups, resources, verbs } = (rule ?? {}) as Partial<Record<keyof PolicyRule, unknown>>;
  if (!isNames(apiGroups) || !isNames(resources) || !isNames(verbs))
    return 'a rule of rbac has not apiGroups, resources and verbs';
  const said = `a rule of rbac asks for ${verbs.join(', ')} on ${resources.join(', ')} of ${apiGroups.map((group) => group || 'the core group').join(', ')}`;
  const no = (why: string): string => `${said}: ${why}`;
  if ([...apiGroups, ...resources, ...verbs].some((name) => name.includes('*')))
    return no('wildcards are not taken; name what is needed');
  if (apiGroups.some((group) => FORBIDDEN_GROUPS.has(group)) || verbs.some((verb) => FORBIDDEN_VERBS.has(verb)))
    return no('that is a way to every permission of the cluster');
  if (apiGroups.includes('') && resources.some((resource) => FORBIDDEN_RESOURCES.has(resource)))
    return no('that is a way to what the cluster keeps secret');
  if (apiGroups.includes(OWN_GROUP)) return no('the records of the operator are its own');
  return undefined;
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Whether rules allow a request on one object, or the creation of one. Anything else (collections, non-resource paths)
 * they never do.
 */
export function permits(
  rules: readonly PolicyRule[],
  { method, path }: { readonly method: string; readonly path: string },
): boolean {
  const asked = addressOf(path);
  const verb = VERBS[method];
  if (asked === undefined || verb === undefined) return false;
  const { group, name, subresource } = asked;
  if ((name === undefined) !== (method === 'POST' && subresource === undefined)) return false;
  const resource = subresource === undefined ? asked.resource : `${asked.resource}/${subresource}`;
  return rules.some(
    ({ apiGroups, resources, verbs }) =>
      apiGroups.includes(group) && resources.includes(resource) && verbs.includes(verb),
  );
}
