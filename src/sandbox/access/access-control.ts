/**
 * Access as the server uses it: who asks, may they, and what do the policies say. Rules and policies follow the store,
 * change by change.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Instant } from '../../std/clock.ts';
import { bringAlong } from '../machinery/bring-along.ts';
import { type UserInfo, SYSTEM_ADMIN } from '../machinery/identity.ts';
import { asText, at, type Draft } from '../machinery/json.ts';
import type { Registry, ResourceType } from '../machinery/registry.ts';
import type { RequestInfo } from '../machinery/route.ts';
import type { Change, Cluster, Gvr } from '../machinery/cluster.ts';
import { AdmissionPolicies, type Admission } from './admission-policies.ts';
import { CLUSTER_ROLES } from './aggregation.ts';
import {
  ALLOW_ALL,
  type Attributes,
  attributesOf,
  type Authorizer,
  type Authorization,
  forbiddenRequest,
} from './attributes.ts';
import { authenticate, type AuthenticationConfig, type Credentials } from './authentication.ts';
import {
  BOOTSTRAP_CLUSTER_ROLE_BINDINGS,
  BOOTSTRAP_CLUSTER_ROLES,
  controllerRoleBindings,
  controllerRoles,
} from './bootstrap-roles.ts';
import { escalation, type GrantAttempt } from './escalation.ts';
import { Impersonation } from './impersonation.ts';
import type { AdmissionRequest } from './policy-matching.ts';
import type { PolicyWorld } from './policy-evaluation.ts';
import { Rbac } from './rbac.ts';
import { REVIEWS } from './reviews.ts';
import type { BoundObjects } from './token-validation.ts';
import { BOOTSTRAP_ROLE_BINDINGS, BOOTSTRAP_ROLES } from './namespace-roles.ts';
import { TokenMemory } from './token-memory.ts';
import { AccountTokens } from './tokens.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const rbac = (resource: string): Gvr => ({ group: RBAC_GROUP, version: 'v1', resource });
const ROLES = rbac('roles');
const ROLE_BINDINGS = rbac('rolebindings');
const CLUSTER_ROLE_BINDINGS = rbac('clusterrolebindings');
const NAMESPACES: Gvr = { group: '', version: 'v1', resource: 'namespaces' };
const policies = (resource: string): Gvr => ({ group: 'admissionregistration.k8s.io', version: 'v1', resource });

/** `off`: nobody is asked who they are and everything is allowed; admission policies hold all the same. */
export type AccessConfig =
  | { readonly mode: 'off' }
  | { readonly mode: 'on'; readonly users: ReadonlyMap<string, UserInfo>; readonly anonymous: 'allowed' | 'refused' };

export class AccessControl {
  /** Signs the tokens of service accounts. */
  readonly tokens: AccountTokens;
  /** What policies and webhooks look things up in. */
  readonly world: PolicyWorld;
  readonly #cluster: Cluster;
  readonly #rbac: Rbac | undefined;
  readonly #authentication: AuthenticationConfig | undefined;
  readonly #policies: AdmissionPolicies;
  readonly #impersonation = new Impersonation();

  constructor(cluster: Cluster, registry: Registry, config: AccessConfig) {
    this.#cluster = cluster;
    this.tokens = new AccountTokens(cluster.prng.uuid() + cluster.prng.uuid());
    this.#rbac = config.mode === 'on' ? new Rbac() : undefined;
    const objects: BoundObjects = (resource, key) => cluster.get({ group: '', version: 'v1', resource }, key);
    this.#authentication =
      config.mode === 'on'
        ? {
            users: config.users,
            accounts: this.tokens,
            anonymous: config.anonymous,
            objects,
            memory: new TokenMemory(),
          }
        : undefined;
    this.world = {
      authorizer: { authorize: (user, attributes) => this.decide(user, attributes) },
      namespace: (name) => cluster.get(NAMESPACES, { name }),
      equivalents: (type) =>
        [...registry.all()].filter((other) => other.storageKey === type.storageKey && other !== type),
      scope: (apiVersion, kind) => {
        const type = kindNamed(registry, apiVersion, kind);
        return type && (type.namespaced ? 'namespace' : 'cluster');
      },
      params: (apiVersion, kind, namespace) => paramsOf({ cluster, registry }, { apiVersion, kind, namespace }),
    };
    this.#policies = new AdmissionPolicies(this.world);
  }

  /** Follows roles, bindings and policies. Returns the function that ends it. */
  start(): () => void {
    const stops = [
      this.#follow(
        policies('validatingadmissionpolicies'),
        (object) => this.#policies.setPolicy(object),
        (object) => this.#policies.removePolicy(object),
      ),
      this.#follow(
        policies('validatingadmissionpolicybindings'),
        (object) => this.#policies.setBinding(object),
        (object) => this.#policies.removeBinding(object),
      ),
    ];
    const index = this.#rbac;
    if (index) {
      stops.push(
        this.#follow(
          ROLES,
          (role) => index.setRole(role),
          (role) => index.removeRole(role),
        ),
        this.#follow(
          CLUSTER_ROLES,
          (role) => index.setClusterRole(role),
          (role) => index.removeClusterRole(role),
        ),
        this.#follow(
          ROLE_BINDINGS,
          (binding) => index.setBinding(binding),
          (binding) => index.removeBinding(binding),
        ),
        this.#follow(
          CLUSTER_ROLE_BINDINGS,
          (binding) => index.setBinding(binding),
          (binding) => index.removeBinding(binding),
        ),
      );
    }
    return () => {
      for (const stop of stops) stop();
    };
  }

  #follow(gvr: Gvr, set: (object: KubeObject) => void, remove: (object: KubeObject) => void): () => void {
    const stop = this.#cluster.subscribe(gvr, ({ type, object }: Change) =>
      type === 'DELETED' ? remove(object) : set(object),
    );
    for (const object of this.#cluster.list(gvr)) set(object);
    return stop;
  }

  /** Creates the roles and bindings every cluster has, those that are not there yet. */
  bootstrap(): void {
    const bring = (gvr: Gvr, objects: readonly KubeObject[]) => {
      for (const object of objects) bringAlong(this.#cluster, gvr, object);
    };
    bring(CLUSTER_ROLES, BOOTSTRAP_CLUSTER_ROLES);
    bring(CLUSTER_ROLE_BINDINGS, BOOTSTRAP_CLUSTER_ROLE_BINDINGS);
    if (!this.#rbac) return;
    bring(CLUSTER_ROLES, controllerRoles());
    bring(CLUSTER_ROLE_BINDINGS, controllerRoleBindings());
    bring(ROLES, BOOTSTRAP_ROLES);
    bring(ROLE_BINDINGS, BOOTSTRAP_ROLE_BINDINGS);
  }

  /** Whom the request acts as. Throws 401, or the 403 of an impersonation that is not allowed. */
  user(credentials: Credentials, info: RequestInfo, now: Instant): UserInfo {
    if (!this.#authentication) return SYSTEM_ADMIN;
    return this.#impersonation.user(credentials.headers, {
      requester: authenticate(credentials, this.#authentication, now),
      attributes: attributesOf(info),
      authorizer: { authorize: (user, attributes) => this.decide(user, attributes) },
    });
  }

  decide(user: UserInfo, attributes: Attributes): Authorization {
    return (this.#rbac ?? ALLOW_ALL).authorize(user, attributes);
  }

  /** Throws the 403. `verb` replaces the request's own: a PUT or an apply that would create needs `create` too. */
  authorize(user: UserInfo, info: RequestInfo, verb = info.verb): void {
    if (!this.#rbac) return;
    const attributes = { ...attributesOf(info), verb };
    const decision = this.decide(user, attributes);
    if (!decision.allowed) throw forbiddenRequest(user, attributes, decision.reason);
  }

  /** Throws where a role or binding would grant what the user does not have. */
  checkGrant(attempt: GrantAttempt): void {
    const refusal = this.#rbac && escalation(this.#rbac, attempt);
    if (refusal) throw refusal;
  }

  /** The verdict of the admission policies. */
  get hasPolicies(): boolean {
    return this.#policies.any;
  }

  judge(request: AdmissionRequest): Admission {
    return this.#policies.judge(request);
  }

  isReview(type: ResourceType): boolean {
    return (
      (type.group === 'authorization.k8s.io' || type.group === 'authentication.k8s.io') &&
      Object.hasOwn(REVIEWS, type.resource)
    );
  }

  /** Answers a review. */
  review(
    type: ResourceType,
    object: Draft,
    { user, now, namespace }: { readonly user: UserInfo; readonly now: Instant; readonly namespace: string },
  ): Draft {
    const review = REVIEWS[type.resource];
    if (!review) return object;
    const authorizer: Authorizer = { authorize: (who, attributes) => this.decide(who, attributes) };
    return review(object, { user, now, namespace, authorizer, rbac: this.#rbac, authentication: this.#authentication });
  }
}

function kindNamed(registry: Registry, apiVersion: string, kind: string): ResourceType | undefined {
  const [first = '', second] = apiVersion.split('/');
  return second === undefined ? registry.findKind('', first, kind) : registry.findKind(first, second, kind);
}

function paramsOf(
  { cluster, registry }: { cluster: Cluster; registry: Registry },
  wanted: { apiVersion: string; kind: string; namespace: string | undefined },
): readonly KubeObject[] | undefined {
  const type = kindNamed(registry, wanted.apiVersion, wanted.kind);
  if (!type) return undefined;
  return type.namespaced && wanted.namespace !== undefined ? cluster.list(type, wanted.namespace) : cluster.list(type);
}

/** What a write to RBAC's kinds would grant; undefined for other kinds. */
export function grantAttempt(
  type: ResourceType,
  write: {
    readonly user: UserInfo;
    readonly object: Draft;
    readonly old?: KubeObject;
    readonly namespace: string;
    readonly name: string;
  },
): GrantAttempt | undefined {
  const { resource } = type;
  if (type.group !== RBAC_GROUP) return undefined;
  if (
    resource !== 'roles' &&
    resource !== 'clusterroles' &&
    resource !== 'rolebindings' &&
    resource !== 'clusterrolebindings'
  )
    return undefined;
  return { ...write, resource, name: write.name === '' ? asText(at(write.object, 'metadata', 'name')) : write.name };
}
