/** Questions about access that clients ask as objects: nothing is stored, the answer is in the status. */
import { toTimestamp, type Instant } from '../../std/clock.ts';
import { aggregate, badRequest, refuse, type ApiError } from '../machinery/errors.ts';
import {
  type FieldError,
  fieldErrorBody,
  fieldErrorReason,
  fieldErrorText,
  invalidValue,
  required,
} from '../machinery/field-errors.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { asList, asObject, asText, type Draft, isObject } from '../machinery/json.ts';
import type { Attributes, Authorizer } from './attributes.ts';
import { selectorProblems } from './review-selectors.ts';
import { type AuthenticationConfig, type Bearer, bearerOf } from './authentication.ts';
import type { PolicyRule } from './policy-rules.ts';
import type { Rbac } from './rbac.ts';

export interface ReviewContext {
  readonly user: UserInfo;
  readonly authorizer: Authorizer;
  /** Undefined: access is switched off. */
  readonly rbac: Rbac | undefined;
  readonly authentication: AuthenticationConfig | undefined;
  readonly now: Instant;
  /** Of the request's path. */
  readonly namespace: string;
}

/** Answers the object with its status. Throws where it is malformed. */
type Review = (object: Draft, context: ReviewContext) => Draft;

/** Reviews have no name, and the server leaves their kind out of the error. */
function invalidReview(errors: readonly FieldError[]): ApiError {
  return refuse({
    reason: 'Invalid',
    message: `.authorization.k8s.io "" is invalid: ${aggregate(errors.map(fieldErrorText))}`,
    details: {
      group: 'authorization.k8s.io',
      causes: errors.map((error) => ({
        reason: fieldErrorReason(error),
        message: fieldErrorBody(error),
        field: error.field,
      })),
    },
  });
}

const texts = (value: unknown): readonly string[] => asList(value).map(asText);

/** As the server's own type has it, whose fields are not named for JSON. */
const shownPath = (path: Draft): Draft => ({ Path: asText(path['path']), Verb: asText(path['verb']) });

function askedErrors(spec: Draft): FieldError[] {
  const resource = asObject(spec['resourceAttributes']);
  const path = asObject(spec['nonResourceAttributes']);
  if (resource && path)
    return [
      invalidValue(
        'spec.nonResourceAttributes',
        shownPath(path),
        'cannot be specified in combination with resourceAttributes',
      ),
    ];
  if (resource)
    return ['fieldSelector', 'labelSelector'].flatMap((name) =>
      selectorErrors(resource[name], `spec.resourceAttributes.${name}`),
    );
  if (path) return [];
  return [
    invalidValue(
      'spec.resourceAttributes',
      null,
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ),
  ];
}

function selectorErrors(selector: unknown, path: string): FieldError[] {
  if (!isObject(selector)) return [];
  const raw = asText(selector['rawSelector']);
  const requirements = asList(selector['requirements']);
  if (raw !== '' && requirements.length > 0)
    return [invalidValue(`${path}.rawSelector`, raw, 'may not specified at the same time as requirements')];
  if (raw === '' && requirements.length === 0)
    return [required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`)];
  return [];
}

/** Nothing is stored under a name. https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/authorization/validation */
function metadataErrors(object: Draft, detail = 'must be empty'): FieldError[] {
  const metadata = asObject(object['metadata']) ?? {};
  const allowed = detail === 'must be empty' ? ['managedFields'] : ['managedFields', 'namespace'];
  const given = Object.entries(metadata).filter(
    ([name, value]) => value !== '' && value !== null && !allowed.includes(name),
  );
  return given.length === 0 ? [] : [invalidValue('metadata', withoutEmpty(metadata), detail)];
}

function subjectErrors(spec: Draft): FieldError[] {
  if (asText(spec['user']) !== '' || asList(spec['groups']).length > 0) return [];
  return [invalidValue('spec.user', '', 'at least one of user or group must be specified')];
}

function check(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidReview(errors);
}

/** Of a spec that was checked. */
function askedFor(spec: Draft): Attributes {
  const resource = asObject(spec['resourceAttributes']) ?? {};
  const path = asObject(spec['nonResourceAttributes']);
  if (path) return { kind: 'path', verb: asText(path['verb']), path: asText(path['path']) };
  const field = (name: string) => asText(resource[name]);
  return {
    kind: 'resource',
    verb: field('verb'),
    group: field('group'),
    version: field('version') || '*',
    resource: field('resource'),
    subresource: field('subresource'),
    namespace: field('namespace'),
    name: field('name'),
  };
}

/** Empty strings are left out, as the server's encoder does. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  const object = asObject(value);
  if (!object) return value;
  return Object.fromEntries(
    Object.entries(object)
      .filter(([, field]) => field !== '' && field !== null && !(Array.isArray(field) && field.length === 0))
      .map(([name, field]) => [name, withoutEmpty(field)]),
  );
}

function answer(object: Draft, spec: Draft, status: Draft): Draft {
  const metadata = asObject(object['metadata']) ?? {};
  return { kind: object['kind'], apiVersion: object['apiVersion'], metadata, spec: withoutEmpty(spec), status };
}

function accessStatus(authorizer: Authorizer, user: UserInfo, spec: Draft): Draft {
  const { allowed, reason } = authorizer.authorize(user, askedFor(spec));
  const evaluationError = selectorProblems(spec);
  return {
    allowed,
    ...(reason === '' ? {} : { reason }),
    ...(evaluationError === '' ? {} : { evaluationError }),
  };
}

const selfSubjectAccessReview: Review = (object, { user, authorizer }) => {
  const spec = asObject(object['spec']) ?? {};
  check([...askedErrors(spec), ...metadataErrors(object)]);
  return answer(object, spec, accessStatus(authorizer, user, spec));
};

function reviewedUser(spec: Draft): UserInfo {
  const name = asText(spec['user']);
  const groups = texts(spec['groups']);
  const uid = asText(spec['uid']);
  return { name, groups, ...(uid === '' ? {} : { uid }) };
}

const subjectAccessReview: Review = (object, { authorizer }) => {
  const spec = asObject(object['spec']) ?? {};
  check([...askedErrors(spec), ...subjectErrors(spec), ...metadataErrors(object)]);
  return answer(object, spec, accessStatus(authorizer, reviewedUser(spec), spec));
};

const localSubjectAccessReview: Review = (object, { authorizer, namespace }) => {
  const spec = asObject(object['spec']) ?? {};
  const metadata = { ...asObject(object['metadata']), namespace };
  const asked = asText(asObject(spec['resourceAttributes'])?.['namespace']);
  const path = asObject(spec['nonResourceAttributes']);
  check([
    ...askedErrors(spec),
    ...subjectErrors(spec),
    ...metadataErrors({ metadata }, 'must be empty except for namespace'),
    ...(asObject(spec['resourceAttributes']) && asked !== namespace
      ? [invalidValue('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace')]
      : []),
    ...(path
      ? [invalidValue('spec.nonResourceAttributes', shownPath(path), 'disallowed on this kind of request')]
      : []),
  ]);
  return answer({ ...object, metadata }, spec, accessStatus(authorizer, reviewedUser(spec), spec));
};

const shownRule = (rule: PolicyRule): Draft => ({
  verbs: rule.verbs,
  ...(rule.nonResourceURLs.length > 0 ? { nonResourceURLs: rule.nonResourceURLs } : {}),
  ...(rule.apiGroups.length > 0 ? { apiGroups: rule.apiGroups } : {}),
  ...(rule.resources.length > 0 ? { resources: rule.resources } : {}),
  ...(rule.resourceNames.length > 0 ? { resourceNames: rule.resourceNames } : {}),
});

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
];

const selfSubjectRulesReview: Review = (object, { user, rbac }) => {
  const namespace = asText(asObject(object['spec'])?.['namespace']);
  if (namespace === '') throw badRequest('no namespace on request');
  const rules = rbac ? rbac.rulesFor(user, namespace) : EVERYTHING;
  const status = {
    resourceRules: rules.filter((rule) => rule.resources.length > 0).map(shownRule),
    nonResourceRules: rules.filter((rule) => rule.nonResourceURLs.length > 0).map(shownRule),
    incomplete: false,
  };
  return answer(object, {}, status);
};

const userInfo = (user: UserInfo): Draft => ({
  username: user.name,
  ...(user.uid === undefined || user.uid === '' ? {} : { uid: user.uid }),
  groups: user.groups,
  ...(user.extra === undefined ? {} : { extra: user.extra }),
});

const selfSubjectReview: Review = (object, { user, now }) => ({
  kind: object['kind'],
  apiVersion: object['apiVersion'],
  metadata: { creationTimestamp: toTimestamp(now) },
  status: { userInfo: userInfo(user) },
});

const tokenReview: Review = (object, { authentication, now }) => {
  const spec = asObject(object['spec']) ?? {};
  const token = asText(spec['token']);
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const asked = texts(spec['audiences']);
  const bearer: Bearer =
    authentication === undefined
      ? { kind: 'unknown', error: 'invalid bearer token' }
      : bearerOf(token, authentication, {
          now,
          audiences: asked.length === 0 ? [authentication.accounts.issuer] : asked,
        });
  const status: Draft =
    bearer.kind === 'known'
      ? { authenticated: true, user: userInfo(bearer.user), audiences: bearer.audiences }
      : { user: {}, error: bearer.error };
  return answer(object, spec, status);
};

/** By resource. */
export const REVIEWS: Readonly<Record<string, Review>> = {
  selfsubjectaccessreviews: selfSubjectAccessReview,
  subjectaccessreviews: subjectAccessReview,
  localsubjectaccessreviews: localSubjectAccessReview,
  selfsubjectrulesreviews: selfSubjectRulesReview,
  selfsubjectreviews: selfSubjectReview,
  tokenreviews: tokenReview,
};
