/**
 * The variables of admission expressions and their types.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#validation-expression
 */
import {
  BOOL,
  type CelType,
  DYN,
  INT,
  listOf,
  mapOf,
  type ObjectField,
  opaque,
  STRING,
  TIMESTAMP,
} from '../../cel/index.ts';

const object = (name: string, fields: Readonly<Record<string, CelType>>): CelType => ({
  kind: 'object',
  name,
  params: [],
  fields: new Map(Object.entries(fields).map(([field, type]): [string, ObjectField] => [field, { name: field, type }])),
});

const KIND = object('kubernetes.GroupVersionKind', { group: STRING, version: STRING, kind: STRING });
const RESOURCE = object('kubernetes.GroupVersionResource', { group: STRING, version: STRING, resource: STRING });
const USER = object('kubernetes.UserInfo', {
  username: STRING,
  uid: STRING,
  groups: listOf(STRING),
  extra: mapOf(STRING, listOf(STRING)),
});

export const REQUEST_TYPE = object('kubernetes.AdmissionRequest', {
  kind: KIND,
  resource: RESOURCE,
  subResource: STRING,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: USER,
  dryRun: BOOL,
  options: DYN,
});

const METADATA = object('kubernetes.NamespaceMetadata', {
  name: STRING,
  generateName: STRING,
  namespace: STRING,
  labels: mapOf(STRING, STRING),
  annotations: mapOf(STRING, STRING),
  UID: STRING,
  creationTimestamp: TIMESTAMP,
  deletionGracePeriodSeconds: INT,
  deletionTimestamp: TIMESTAMP,
  generation: INT,
  resourceVersion: STRING,
  finalizers: listOf(STRING),
});
const CONDITION = object('kubernetes.NamespaceCondition', {
  status: STRING,
  type: STRING,
  lastTransitionTime: TIMESTAMP,
  message: STRING,
  reason: STRING,
});

export const NAMESPACE_TYPE = object('kubernetes.Namespace', {
  metadata: METADATA,
  spec: object('kubernetes.NamespaceSpec', { finalizers: listOf(STRING) }),
  status: object('kubernetes.NamespaceStatus', { conditions: listOf(CONDITION), phase: STRING }),
});

export const AUTHORIZER_TYPE = opaque('kubernetes.authorization.Authorizer');
export const RESOURCE_CHECK_TYPE = opaque('kubernetes.authorization.ResourceCheck');

export interface Scope {
  readonly params: 'params' | 'no params';
  readonly authorizer: 'authorizer' | 'no authorizer';
  /** Composed variables known so far, by name. */
  readonly variables: ReadonlyMap<string, CelType>;
}

export function variablesOf(scope: Scope): ReadonlyMap<string, CelType> {
  const fields = new Map([...scope.variables].map(([name, type]): [string, ObjectField] => [name, { name, type }]));
  return new Map<string, CelType>([
    ['object', DYN],
    ['oldObject', DYN],
    ['namespaceObject', NAMESPACE_TYPE],
    ['request', REQUEST_TYPE],
    ['variables', { kind: 'object', name: 'kubernetes.variables', params: [], fields }],
    ...(scope.params === 'params' ? ([['params', DYN]] as const) : []),
    ...(scope.authorizer === 'authorizer'
      ? ([
          ['authorizer', AUTHORIZER_TYPE],
          ['authorizer.requestResource', RESOURCE_CHECK_TYPE],
        ] as const)
      : []),
  ]);
}
