/** Whether an account has the rights that an installation gives, asked of the server one by one. */
import { stringify } from 'yaml';
import type { PolicyRule } from '../../api/rbac.ts';
import type { KubeClient } from '../../kube/client.ts';
import { errorOfAnswer } from '../../kube/errors.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { oneLine } from '../connect.ts';
import type { CheckFinding } from './finding.ts';

export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  /** Absent: all objects. */
  readonly name?: string;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** `ClusterRole kubeskippy-operator`. */
  readonly role: string;
}

/** Every right of these ClusterRoles and Roles, each once. */
export function rightsOf(roles: readonly KubeObject[]): readonly Right[] {
  const rights = new Map<string, Right>();
  for (const { kind, metadata, ...role } of roles)
    for (const rule of (role['rules'] ?? []) as readonly PolicyRule[])
      for (const group of rule.apiGroups)
        for (const resource of rule.resources)
          for (const verb of rule.verbs)
            for (const name of rule.resourceNames ?? [undefined]) {
              const right = { group, resource, verb, role: `${kind} ${metadata.name}` };
              const place = given({ name, namespace: metadata.namespace });
              rights.set(JSON.stringify([group, resource, verb, place]), { ...right, ...place });
            }
  return [...rights.values()];
}

export type Who =
  | { readonly kind: 'self' }
  | { readonly kind: 'account'; readonly namespace: string; readonly name: string };

type Asked = 'allowed' | 'denied' | { readonly cannotAsk: string };

const REVIEWS = '/apis/authorization.k8s.io/v1';

async function ask(
  client: KubeClient,
  { right, who }: { right: Right; who: Who },
  signal: AbortSignal,
): Promise<Asked> {
  const [resource = '', subresource] = right.resource.split('/');
  const { group, verb, name, namespace } = right;
  const resourceAttributes = { group, resource, verb, ...given({ subresource, name, namespace }) };
  const self = who.kind === 'self';
  const spec = self
    ? { resourceAttributes }
    : {
        resourceAttributes,
        user: `system:serviceaccount:${who.namespace}:${who.name}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${who.namespace}`, 'system:authenticated'],
      };
  const kind = self ? 'SelfSubjectAccessReview' : 'SubjectAccessReview';
  const path = `${REVIEWS}/${kind.toLowerCase()}s`;
  const body = JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind, spec });
  const headers = { 'content-type': 'application/json' };
  const answer = await client.request({ method: 'POST', path, headers, body }, { signal });
  if (answer.status >= 300)
    return {
      cannotAsk: oneLine(
        errorOfAnswer({ status: answer.status, body: answer.value, retryAfter: undefined, what: `POST ${path}` }),
      ),
    };
  const { status } = answer.value as { readonly status?: { readonly allowed?: boolean } };
  return status?.allowed === true ? 'allowed' : 'denied';
}

/** At once: the client keeps to its rate limit by itself. */
const AT_ONCE = 10;

export async function rightFindings(
  client: KubeClient,
  { rights, who }: { readonly rights: readonly Right[]; readonly who: Who },
  signal: AbortSignal,
): Promise<readonly CheckFinding[]> {
  const check = who.kind === 'self' ? 'your rights' : `rights of ${who.namespace}/${who.name}`;
  const denied: Right[] = [];
  for (let index = 0; index < rights.length; index += AT_ONCE) {
    const part = rights.slice(index, index + AT_ONCE);
    const answers = await Promise.all(part.map((right) => ask(client, { right, who }, signal)));
    for (const [place, answer] of answers.entries()) {
      const right = part[place];
      if (typeof answer === 'object')
        return [
          {
            check,
            state: 'warning',
            message: `they cannot be asked for: ${answer.cannotAsk}`,
            todo: 'ask as an administrator, or check your own rights with --who me',
          },
        ];
      if (answer === 'denied' && right !== undefined) denied.push(right);
    }
  }
  if (denied.length === 0) return [{ check, state: 'ok', message: `all ${rights.length} are there` }];
  const [absent, some] = splitByRole(rights, denied);
  const whole = absent.map(
    ({ role, count }): CheckFinding => ({
      check,
      state: 'failed',
      message: `none of the ${count} of ${role} are there`,
      todo: who.kind === 'self' ? `have ${role} bound to you` : 'run kubeskippy install',
    }),
  );
  const parts = missingRules(some).map(
    ({ role, rule, namespace }): CheckFinding => ({
      check,
      state: 'failed',
      message: `may not ${rule.verbs.join(', ')} ${rule.resources.join(', ')}${namespace === undefined ? '' : ` in ${namespace}`}`,
      todo: `add to ${role}: ${oneLineYaml(rule)}`,
    }),
  );
  return [...whole, ...parts];
}

interface AbsentRole {
  readonly role: string;
  readonly count: number;
}

/** Roles of which nothing is there, and what is denied of the others. */
function splitByRole(rights: readonly Right[], denied: readonly Right[]): [readonly AbsentRole[], readonly Right[]] {
  const counts = (list: readonly Right[]): Map<string, number> => {
    const found = new Map<string, number>();
    for (const { role } of list) found.set(role, (found.get(role) ?? 0) + 1);
    return found;
  };
  const missing = counts(denied);
  const absent = [...counts(rights)].filter(([role, count]) => missing.get(role) === count && count > 1);
  const roles = new Set(absent.map(([role]) => role));
  return [absent.map(([role, count]) => ({ role, count })), denied.filter(({ role }) => !roles.has(role))];
}

interface MissingRule {
  readonly role: string;
  readonly namespace: string | undefined;
  readonly rule: PolicyRule;
}

/** One rule for each resource, with the verbs that are missing. */
function missingRules(denied: readonly Right[]): readonly MissingRule[] {
  const rules = new Map<string, MissingRule>();
  for (const { role, group, resource, verb, name, namespace } of denied) {
    const key = JSON.stringify([role, group, resource, name, namespace]);
    const verbs = [...(rules.get(key)?.rule.verbs ?? []), verb];
    const resourceNames = name === undefined ? undefined : [name];
    rules.set(key, {
      role,
      namespace,
      rule: { apiGroups: [group], resources: [resource], verbs, ...given({ resourceNames }) },
    });
  }
  return byNames([...rules.values()]);
}

/** Rules that differ by the name of the object alone are one. */
function byNames(rules: readonly MissingRule[]): readonly MissingRule[] {
  const joined = new Map<string, MissingRule>();
  for (const { role, namespace, rule } of rules) {
    const { resourceNames, ...rest } = rule;
    const key = JSON.stringify([role, namespace, rest, resourceNames === undefined]);
    const names = [...(joined.get(key)?.rule.resourceNames ?? []), ...(resourceNames ?? [])];
    joined.set(key, { role, namespace, rule: { ...rest, ...(names.length > 0 ? { resourceNames: names } : {}) } });
  }
  return [...joined.values()];
}

const oneLineYaml = (rule: PolicyRule): string =>
  `- ${stringify(rule, { collectionStyle: 'flow', lineWidth: 0, compat: 'yaml-1.1' }).trim()}`;
