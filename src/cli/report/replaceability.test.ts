import { describe, expect, it } from 'vitest';
import { DEPLOYMENTS, PODS, SECRETS } from '../../../test/kit/resources.ts';
import { deployment, TestCluster } from '../../../test/kit/test-cluster.ts';
import { KubeClient } from '../../kube/client.ts';
import { Discovery } from '../../kube/discovery.ts';
import type { MutableObject } from '../../sandbox/index.ts';
import { SharedSight } from '../../operator/action/shared-sight.ts';
import { replaceabilityIn, replaceabilityText } from './replaceability.ts';

const needing = (name: string, secret: string): MutableObject => {
  const made = deployment(name) as MutableObject;
  made.spec.template.spec.containers[0].envFrom = [{ secretRef: { name: secret } }];
  return made;
};

describe('the report of what would not come back', () => {
  it('names workloads whose next pod would not start, and pods that nothing brings back', async () => {
    const world = new TestCluster();
    world.cluster.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'key', namespace: 'default' },
    });
    for (const object of [needing('lost', 'gone'), needing('kept', 'key'), deployment('plain')])
      world.cluster.create(DEPLOYMENTS, object);
    const spec = { containers: [{ name: 'main', image: 'registry.example/app:1' }] };
    world.cluster.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'bare', namespace: 'default' },
      spec,
    });
    await world.clock.advance(10_000);
    const writes: string[] = [];
    const inner = world.sandbox.transport();
    const client = new KubeClient({
      clock: world.clock,
      transport: {
        send: (request, signal) => {
          if (request.method !== 'GET') writes.push(`${request.method} ${request.path}`);
          return inner.send(request, signal);
        },
      },
    });
    const types = new Discovery(client);
    const rows = await replaceabilityIn({
      client,
      resolve: (version, kind) => types.resolve(version, kind),
      shared: new SharedSight(client, world.clock),
    });
    expect(replaceabilityText(rows, 80)).toBe(
      [
        'Deployment default/lost',
        '  - Secret gone, which the environment of container main names, is not there',
        'Pod default/bare',
        '  - it has no controller: nothing would bring it back',
        '2 of 4 workloads would not come back once their pods are gone.',
        '',
      ].join('\n'),
    );
    const earnest = writes.filter((one) => !one.endsWith('dryRun=All') && !one.endsWith('/selfsubjectaccessreviews'));
    expect(earnest).toEqual([]);
  });
});
