/** What the cases of access share. Users are impersonated, so that no credentials are needed. */
import { BINDINGS, ROLES } from './bodies.ts';
import type { Request } from './case.ts';
import { by, create, eventually, refused } from './steps.ts';

export const RBAC = 'rbac.authorization.k8s.io/v1';
export const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
export const USER = '{id}-user';
export const rule = (
  resources: readonly string[],
  verbs: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
) => ({
  apiGroups: [''],
  resources,
  verbs,
  ...more,
});
export const role = (...rules: readonly unknown[]): Request =>
  create(ROLES, { apiVersion: RBAC, kind: 'Role', metadata: { name: 'r' }, rules });
export const roleBinding = (name: string, kind: string, subject: Readonly<Record<string, unknown>>) => ({
  apiVersion: RBAC,
  kind: 'RoleBinding',
  metadata: { name: 'b' },
  subjects: [subject],
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
});
export const user = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: USER };
export const bound = create(BINDINGS, roleBinding('r', 'Role', user));
export const first = (step: Request): Request => eventually(by(USER, step));
export const forbidden = (step: Request, message?: string | RegExp): Request =>
  by(
    USER,
    refused(step, 403, {
      kind: 'Status',
      reason: 'Forbidden',
      code: 403,
      ...(message === undefined ? {} : { message }),
    }),
  );
export const needs = ['access'] as const;
