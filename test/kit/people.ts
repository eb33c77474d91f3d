/** People of an embedded cluster with RBAC on, and what they may do. */
import type { HealingApproval } from '../../src/api/healing-approval.ts';
import { API_VERSION, HEALING_APPROVAL } from '../../src/api/names.ts';
import type { PolicyRule } from '../../src/api/rbac.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { isKubeError } from '../../src/kube/errors.ts';
import { SYSTEM_ADMIN } from '../../src/sandbox/index.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { TestCluster } from './test-cluster.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const rbac = (resource: string) => ({ group: 'rbac.authorization.k8s.io', version: 'v1', resource });

export const as = (world: TestCluster, name: string, groups: readonly string[] = []): KubeClient =>
  new KubeClient({
    transport: world.sandbox.transport({ name, groups: [...groups, 'system:authenticated'] }),
    clock: world.clock,
  });

export const asAdmin = (world: TestCluster): KubeClient =>
  new KubeClient({ transport: world.sandbox.transport(SYSTEM_ADMIN), clock: world.clock });

/** Somebody who may do this in namespace `default`: by a ClusterRole that is there, or by rules. */
export function member(world: TestCluster, name: string, may: string | readonly PolicyRule[]): KubeClient {
  const role = typeof may === 'string' ? { kind: 'ClusterRole', name: may } : { kind: 'Role', name };
  const metadata = { name, namespace: 'default' };
  if (typeof may !== 'string')
    world.cluster.create(rbac('roles'), { apiVersion: RBAC, kind: 'Role', metadata, rules: may });
  world.cluster.create(rbac('rolebindings'), {
    apiVersion: RBAC,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...role },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name }],
  });
  return as(world, name);
}

/** The word of Ada on the action, as it is now. */
export function wordOn(action: KubeObject | undefined, change: Partial<HealingApproval['spec']> = {}): KubeObject {
  const { name = '', namespace = '' } = action?.metadata ?? {};
  const status = action?.['status'] as {
    readonly approval?: { readonly specHash?: string; readonly planHash?: string };
  };
  const { specHash = '', planHash = '' } = status?.approval ?? {};
  return {
    apiVersion: API_VERSION,
    kind: HEALING_APPROVAL.kind,
    metadata: { name: `${name}-${change.approvedBy ?? 'ada'}-${planHash.slice(7, 15)}`, namespace },
    spec: { action: name, decision: 'Approve', approvedBy: 'ada', specHash, planHash, reason: 'seen', ...change },
  };
}

/** What the server says to a request. */
export async function answerTo(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'accepted';
  } catch (error) {
    if (isKubeError(error)) return `${error.status}: ${error.message}`;
    throw error;
  }
}
