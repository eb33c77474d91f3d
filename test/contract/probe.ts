/** What a cluster has that cases may need, found by asking it. */
import type { KubeRequest, Transport } from '../../src/shapes/transport.ts';
import type { Clock } from '../../src/std/clock.ts';
import type { ContractCase, Need } from './case.ts';
import { create, eventually, get } from './steps.ts';
import { playCase } from './runner.ts';

/** Nobody's name: whoever asks as him sees nothing where access is checked. */
const NOBODY = 'contract-probe-nobody';

const HAS_CONTROLLERS: ContractCase = {
  title: 'a ConfigMap that only a controller makes',
  steps: [eventually(get('/api/v1/namespaces/{ns}/configmaps/kube-root-ca.crt'))],
};
const HAS_NODES: ContractCase = {
  title: 'two nodes that are ready',
  steps: [
    get('/api/v1/nodes?limit=2', {
      'items.0.status.conditions[type=Ready].status': 'True',
      'items.1.status.conditions[type=Ready].status': 'True',
    }),
  ],
};
/** What all of it stands on. */
const IS_CLUSTER: ContractCase = {
  title: 'a ConfigMap of its own',
  steps: [
    create('/api/v1/namespaces/{ns}/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } }),
  ],
};

export async function probe(transport: Transport, clock: Clock): Promise<ReadonlySet<Need>> {
  const has = new Set<Need>();
  const run = { transport, clock, has };
  const [problem] = await playCase(IS_CLUSTER, { ...run, id: 'probe-a' });
  if (problem !== undefined) throw new Error(`the cluster does not let the suite work: ${problem}`);
  if (await checksAccess(transport)) has.add('access');
  if ((await playCase(HAS_CONTROLLERS, { ...run, id: 'probe-b' })).length === 0) has.add('controllers');
  if (has.has('controllers') && (await playCase(HAS_NODES, { ...run, id: 'probe-c' })).length === 0) has.add('nodes');
  return has;
}

async function checksAccess(transport: Transport): Promise<boolean> {
  const request: KubeRequest = {
    method: 'GET',
    path: '/api/v1/secrets?limit=1',
    headers: { 'impersonate-user': NOBODY },
  };
  const answer = await transport.send(request);
  if (answer.body.form === 'bytes') for await (const chunk of answer.body.chunks) void chunk;
  return answer.status === 403;
}
