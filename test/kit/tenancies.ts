/** Accounts of the teams that share a cluster, as their administrators make them. */
import type { PolicyRule } from '../../src/api/rbac.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { Gvr } from '../../src/sandbox/index.ts';
import type { ClusterUnderTest } from './test-cluster.ts';

const RBAC = 'rbac.authorization.k8s.io';
const rbac = (resource: string): Gvr => ({ group: RBAC, version: 'v1', resource });
const ACCOUNTS: Gvr = { group: '', version: 'v1', resource: 'serviceaccounts' };

const made = (kind: string, metadata: KubeObject['metadata'], rest: object): KubeObject => ({
  apiVersion: `${RBAC}/v1`,
  kind,
  metadata,
  ...rest,
});

/** The ServiceAccount `healer`, with the role of the installation or with these rules alone. */
export function giveHealer({ cluster }: ClusterUnderTest, namespace: string, rules?: readonly PolicyRule[]): void {
  const metadata = { namespace, name: 'healer' };
  cluster.create(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  if (rules !== undefined) cluster.create(rbac('roles'), made('Role', metadata, { rules }));
  const role = rules === undefined ? ['ClusterRole', 'kubeskippy-account'] : ['Role', 'healer'];
  const roleRef = { apiGroup: RBAC, kind: role[0], name: role[1] };
  const subjects = [{ kind: 'ServiceAccount', namespace, name: 'healer' }];
  cluster.create(rbac('rolebindings'), made('RoleBinding', metadata, { roleRef, subjects }));
}

/** What lies in no namespace is given by the administrator of the cluster. */
export function giveClusterRules({ cluster }: ClusterUnderTest, namespace: string, rules: readonly PolicyRule[]): void {
  const metadata = { name: 'healer-of-the-cluster' };
  cluster.create(rbac('clusterroles'), made('ClusterRole', metadata, { rules }));
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: metadata.name };
  const subjects = [{ kind: 'ServiceAccount', namespace, name: 'healer' }];
  cluster.create(rbac('clusterrolebindings'), made('ClusterRoleBinding', metadata, { roleRef, subjects }));
}
