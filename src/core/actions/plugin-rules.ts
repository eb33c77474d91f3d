/** What a plugin may declare, and what a declaration covers. */
import { given } from '../../std/given.ts';
import type { PolicyRule } from '../../api/rbac.ts';

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
  const asked = resourceOf(path);
  const verb = VERBS[method];
  if (
    asked === undefined ||
    verb === undefined ||
    (asked.name === undefined) !== (method === 'POST' && !asked.resource.includes('/'))
  )
    return false;
  return rules.some(
    ({ apiGroups, resources, verbs }) =>
      apiGroups.includes(asked.group) && resources.includes(asked.resource) && verbs.includes(verb),
  );
}

interface Asked {
  readonly group: string;
  /** With the subresource: `deployments/scale`. */
  readonly resource: string;
  readonly name?: string;
}

const SEGMENT = /^[A-Za-z0-9][-A-Za-z0-9._:]*$/;

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris */
function resourceOf(path: string): Asked | undefined {
  const [plain = '', query] = path.split('?');
  // `dryRun` and `fieldManager` are the operator's to add.
  if (query !== undefined && /(^|&)(dryRun|fieldManager)=/.test(query)) return undefined;
  const [root, ...segments] = plain.split('/').slice(1);
  if (!plain.startsWith('/') || segments.some((segment) => !SEGMENT.test(segment))) return undefined;
  const group = root === 'api' ? '' : root === 'apis' ? segments.shift() : undefined;
  const version = segments.shift();
  if (group === undefined || version === undefined) return undefined;
  const rest = segments[0] === 'namespaces' && segments.length > 2 ? segments.slice(2) : segments;
  const [resource, name, subresource, ...more] = rest;
  if (resource === undefined || more.length > 0) return undefined;
  return {
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...given({ name }),
  };
}
