/**
 * Role-based access control. Roles and bindings are indexed as they change, by subject, so that a question costs the
 * bindings of the user and its groups, not all there are.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { joined } from '../machinery/admission-errors.ts';
import { asObject, asText, objectsOf } from '../machinery/json.ts';
import type { Attributes, Authorizer, Authorization } from './attributes.ts';
import { type PolicyRule, readRules, ruleAllows } from './policy-rules.ts';

export const MASTERS = 'system:masters';

interface RbacSubject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  readonly namespace: string;
}

interface RoleRef {
  readonly kind: string;
  readonly name: string;
}

interface Binding {
  readonly name: string;
  /** Empty for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly roleRef: RoleRef;
  readonly subjects: readonly RbacSubject[];
  /** Bindings are asked in the order of their keys. */
  readonly key: string;
}

/** A binding that concerns a user, by the subject that does. */
interface Grant {
  readonly binding: Binding;
  readonly subject: RbacSubject;
}

const roleKey = (namespace: string, name: string): string => `${namespace}/${name}`;
const subjectKey = ({ kind, namespace, name }: RbacSubject): string =>
  kind === 'ServiceAccount' ? `User:system:serviceaccount:${namespace}:${name}` : `${kind}:${name}`;

export class Rbac implements Authorizer {
  readonly #roles = new Map<string, readonly PolicyRule[]>();
  readonly #clusterRoles = new Map<string, readonly PolicyRule[]>();
  readonly #bindings = new Map<string, Binding>();
  /** Subject → keys of the bindings that name it. */
  readonly #bySubject = new Map<string, Set<string>>();

  setRole(role: KubeObject): void {
    this.#roles.set(roleKey(role.metadata.namespace ?? '', role.metadata.name), readRules(role['rules']));
  }

  removeRole(role: KubeObject): void {
    this.#roles.delete(roleKey(role.metadata.namespace ?? '', role.metadata.name));
  }

  setClusterRole(role: KubeObject): void {
    this.#clusterRoles.set(role.metadata.name, readRules(role['rules']));
  }

  removeClusterRole(role: KubeObject): void {
    this.#clusterRoles.delete(role.metadata.name);
  }

  /** A RoleBinding or a ClusterRoleBinding. */
  setBinding(object: KubeObject): void {
    this.removeBinding(object);
    const binding = readBinding(object);
    this.#bindings.set(binding.key, binding);
    for (const subject of binding.subjects) {
      const id = subjectKey(subject);
      const keys = this.#bySubject.get(id);
      if (keys) keys.add(binding.key);
      else this.#bySubject.set(id, new Set([binding.key]));
    }
  }

  removeBinding(object: KubeObject): void {
    const key = bindingKey(object);
    const known = this.#bindings.get(key);
    if (!known) return;
    this.#bindings.delete(key);
    for (const subject of known.subjects) {
      const id = subjectKey(subject);
      const keys = this.#bySubject.get(id);
      keys?.delete(key);
      if (keys?.size === 0) this.#bySubject.delete(id);
    }
  }

  authorize(user: UserInfo, attributes: Attributes): Authorization {
    if (user.groups.includes(MASTERS)) return { allowed: true, reason: '' };
    const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
    const missing: string[] = [];
    for (const grant of this.#grants(user, namespace)) {
      const rules = this.#rulesOf(grant.binding);
      if (!rules) missing.push(absent(grant.binding.roleRef));
      else if (rules.some((rule) => ruleAllows(rule, attributes)))
        return { allowed: true, reason: `RBAC: ${describe(grant)}` };
    }
    return { allowed: false, reason: missing.length === 0 ? '' : `RBAC: ${joined(missing)}` };
  }

  /** All rules that hold for a user in a namespace (empty: cluster-wide ones alone). */
  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[] {
    return this.#grants(user, namespace).flatMap(({ binding }) => this.#rulesOf(binding) ?? []);
  }

  /** The rules behind a role reference; undefined when there is no such role. */
  rulesOfRole({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    return kind === 'ClusterRole' ? this.#clusterRoles.get(name) : this.#roles.get(roleKey(namespace, name));
  }

  #rulesOf(binding: Binding): readonly PolicyRule[] | undefined {
    return this.rulesOfRole(binding.roleRef, binding.namespace);
  }

  /** Cluster-wide bindings first, then those of the namespace. */
  #grants(user: UserInfo, namespace: string): readonly Grant[] {
    const keys = new Set(
      [`User:${user.name}`, ...user.groups.map((group) => `Group:${group}`)].flatMap((id) => [
        ...(this.#bySubject.get(id) ?? []),
      ]),
    );
    const grants: Grant[] = [];
    for (const key of [...keys].sort()) {
      const binding = this.#bindings.get(key);
      if (!binding || (binding.namespace !== '' && binding.namespace !== namespace)) continue;
      const subject = binding.subjects.find((candidate) => concerns(candidate, user));
      if (subject) grants.push({ binding, subject });
    }
    return grants;
  }
}

function concerns(subject: RbacSubject, user: UserInfo): boolean {
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  return subjectKey(subject) === `User:${user.name}`;
}

/** Sorts cluster-wide bindings before namespaced ones. */
const bindingKey = (object: KubeObject): string =>
  `${object.metadata.namespace === undefined ? '' : `~${object.metadata.namespace}`}/${object.metadata.name}`;

function readBinding(object: KubeObject): Binding {
  const namespace = object.metadata.namespace ?? '';
  const roleRef = asObject(object['roleRef']);
  const subjects = objectsOf(object['subjects']).flatMap((subject): RbacSubject[] => {
    const kind = asText(subject['kind']);
    if (kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount') return [];
    return [
      {
        kind,
        name: asText(subject['name']),
        namespace: asText(subject['namespace']) || (kind === 'ServiceAccount' ? namespace : ''),
      },
    ];
  });
  return {
    name: object.metadata.name,
    namespace,
    roleRef: { kind: asText(roleRef?.['kind']), name: asText(roleRef?.['name']) },
    subjects,
    key: bindingKey(object),
  };
}

const absent = ({ kind, name }: RoleRef): string =>
  `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`;

function describe({ binding, subject }: Grant): string {
  const kind = binding.namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding';
  const name = binding.namespace === '' ? binding.name : `${binding.name}/${binding.namespace}`;
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace}` : subject.name;
  return `allowed by ${kind} ${JSON.stringify(name)} of ${binding.roleRef.kind} ${JSON.stringify(binding.roleRef.name)} to ${subject.kind} ${JSON.stringify(who)}`;
}
