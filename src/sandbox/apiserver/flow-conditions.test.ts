/** k8s.io/apiserver pkg/apis/flowcontrol/bootstrap and pkg/util/flowcontrol; rbac/bootstrappolicy. */
import { afterEach, expect, test } from 'vitest';
import { at, objectsOf } from '../machinery/json.ts';
import { closeHookServers, startHookServer } from '../test-kit/hook-server.ts';

afterEach(closeHookServers);

const GROUP = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1' };
const SCHEMAS = { ...GROUP, resource: 'flowschemas' };
const LEVELS = { ...GROUP, resource: 'prioritylevelconfigurations' };
const ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'roles' };

const clusterWith = (mode: 'on' | 'off') =>
  startHookServer({ access: mode === 'on' ? { mode, users: new Map(), anonymous: 'refused' } : { mode } }).sandbox
    .cluster;

test('a server with access makes its flows and their levels, and the roles of its own namespaces', () => {
  const cluster = clusterWith('on');
  const names = (gvr: typeof SCHEMAS) => cluster.list(gvr).map(({ metadata }) => metadata.name);
  expect(names(LEVELS)).toEqual([
    'catch-all',
    'exempt',
    'global-default',
    'leader-election',
    'node-high',
    'system',
    'workload-high',
    'workload-low',
  ]);
  expect(names(SCHEMAS)).toHaveLength(11);
  expect(cluster.get(SCHEMAS, { name: 'probes' })).toMatchObject({
    metadata: { generation: 1, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } },
    spec: { matchingPrecedence: 2, priorityLevelConfiguration: { name: 'exempt' } },
    status: { conditions: [{ type: 'Dangling', status: 'False', reason: 'Found' }] },
  });
  expect(cluster.list(ROLES, 'kube-system').map(({ metadata }) => metadata.name)).toHaveLength(6);
});

test('without access there are none', () => {
  const cluster = clusterWith('off');
  expect([...cluster.list(SCHEMAS), ...cluster.list(LEVELS), ...cluster.list(ROLES)]).toEqual([]);
});

test('a flow says whether its level is there', () => {
  const cluster = clusterWith('on');
  cluster.create(SCHEMAS, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: 'f' },
    spec: { matchingPrecedence: 5, priorityLevelConfiguration: { name: 'later' } },
  });
  const told = () => objectsOf(at(cluster.get(SCHEMAS, { name: 'f' }), 'status', 'conditions'))[0];
  expect(told()).toMatchObject({
    status: 'True',
    reason: 'NotFound',
    message:
      'This FlowSchema references the PriorityLevelConfiguration object named "later" but there is no such object',
  });
  cluster.create(LEVELS, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'later' },
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
  });
  expect(told()).toMatchObject({ status: 'False', reason: 'Found' });
});
