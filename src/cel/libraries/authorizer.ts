/**
 * `authorizer.group('apps').resource('deployments').check('delete').allowed()`.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library
 */
import { noSuchOverload } from '../errors.ts';
import { type Declaration, declare, str } from '../functions.ts';
import { Opaque, type Value } from '../values.ts';

export interface ResourceQuery {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Authorization {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}

/** Who asks, and the answers for whom. */
export interface Authority {
  resource(query: ResourceQuery): Authorization;
  path(path: string, verb: string): Authorization;
  /** The same for a service account. */
  serviceAccount(namespace: string, name: string): Authority;
}

abstract class Unequal extends Opaque {
  equals(other: Opaque): boolean {
    return other === this;
  }
}

export class AuthorizerValue extends Unequal {
  readonly typeName = 'kubernetes.authorization.Authorizer';
  readonly authority: Authority;
  constructor(authority: Authority) {
    super();
    this.authority = authority;
  }
}

class PathCheck extends Unequal {
  readonly typeName = 'kubernetes.authorization.PathCheck';
  readonly authority: Authority;
  readonly path: string;
  constructor(authority: Authority, path: string) {
    super();
    this.authority = authority;
    this.path = path;
  }
}

class GroupCheck extends Unequal {
  readonly typeName = 'kubernetes.authorization.GroupCheck';
  readonly authority: Authority;
  readonly group: string;
  constructor(authority: Authority, group: string) {
    super();
    this.authority = authority;
    this.group = group;
  }
}

export class ResourceCheck extends Unequal {
  readonly typeName = 'kubernetes.authorization.ResourceCheck';
  readonly authority: Authority;
  readonly query: Omit<ResourceQuery, 'verb'>;
  constructor(authority: Authority, query: Omit<ResourceQuery, 'verb'>) {
    super();
    this.authority = authority;
    this.query = query;
  }
}

class DecisionValue extends Unequal {
  readonly typeName = 'kubernetes.authorization.Decision';
  readonly decision: Authorization;
  constructor(decision: Authorization) {
    super();
    this.decision = decision;
  }
}

function as<T extends Opaque>(kind: abstract new (...args: never[]) => T, value: Value | undefined): T {
  if (value instanceof kind) return value;
  throw noSuchOverload();
}

const P = 'kubernetes.authorization';
const refine = (field: 'subresource' | 'namespace' | 'name') =>
  declare(`${P}.ResourceCheck->${field}(string): ${P}.ResourceCheck`, ([a, b]) => {
    const { authority, query } = as(ResourceCheck, a);
    return new ResourceCheck(authority, { ...query, [field]: str(b) });
  });
// Selectors narrow what an authorizer may know of a request. RBAC does not look at them, so that they change nothing.
const selector = (name: string) =>
  declare(`${P}.ResourceCheck->${name}(string): ${P}.ResourceCheck`, ([a]) => as(ResourceCheck, a));

export const AUTHORIZER_LIBRARY: readonly Declaration[] = [
  declare(
    `${P}.Authorizer->path(string): ${P}.PathCheck`,
    ([a, b]) => new PathCheck(as(AuthorizerValue, a).authority, str(b)),
  ),
  declare(
    `${P}.Authorizer->group(string): ${P}.GroupCheck`,
    ([a, b]) => new GroupCheck(as(AuthorizerValue, a).authority, str(b)),
  ),
  declare(
    `${P}.Authorizer->serviceAccount(string, string): ${P}.Authorizer`,
    ([a, namespace, name]) =>
      new AuthorizerValue(as(AuthorizerValue, a).authority.serviceAccount(str(namespace), str(name))),
  ),
  declare(`${P}.GroupCheck->resource(string): ${P}.ResourceCheck`, ([a, b]) => {
    const { authority, group } = as(GroupCheck, a);
    return new ResourceCheck(authority, { group, resource: str(b), subresource: '', namespace: '', name: '' });
  }),
  refine('subresource'),
  refine('namespace'),
  refine('name'),
  selector('fieldSelector'),
  selector('labelSelector'),
  declare(`${P}.PathCheck->check(string): ${P}.Decision`, ([a, verb]) => {
    const { authority, path } = as(PathCheck, a);
    return new DecisionValue(authority.path(path, str(verb)));
  }),
  declare(`${P}.ResourceCheck->check(string): ${P}.Decision`, ([a, verb]) => {
    const { authority, query } = as(ResourceCheck, a);
    return new DecisionValue(authority.resource({ ...query, verb: str(verb) }));
  }),
  declare(`${P}.Decision->allowed(): bool`, ([a]) => as(DecisionValue, a).decision.allowed),
  declare(`${P}.Decision->reason(): string`, ([a]) => as(DecisionValue, a).decision.reason),
  declare(`${P}.Decision->errored(): bool`, ([a]) => as(DecisionValue, a).decision.error !== undefined),
  declare(`${P}.Decision->error(): string`, ([a]) => as(DecisionValue, a).decision.error ?? ''),
];
