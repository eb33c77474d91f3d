import { afterEach, describe, expect, it } from 'vitest';
import { type Draft, at as fieldAt } from '../machinery/json.ts';
import { closeHookServers, jsonPatch, map, startHookServer } from '../test-kit/hook-server.ts';

afterEach(closeHookServers);

describe('the controllers of the cluster', () => {
  it('have their pods changed and refused by webhooks, too', async () => {
    const server = startHookServer({ controllers: 'on', scheduler: 'on', kubelet: 'on', nodes: 1 });
    await server.clock.advance(1_000);
    const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
    await server.register('Mutating', 'c', [{ rules }]);
    server.on('/hook', ({ request }) =>
      fieldAt(request['object'], 'metadata', 'labels', 'app') === 'bad'
        ? { allowed: false, status: { message: 'bad apps do not run here' } }
        : jsonPatch({ op: 'add', path: '/spec/containers/-', value: { name: 'side', image: 'proxy:1' } }),
    );
    const deployment = (app: string): Draft => ({
      metadata: { name: app },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app } },
        template: { metadata: { labels: { app } }, spec: { containers: [{ name: 'main', image: 'app:1' }] } },
      },
    });
    for (const app of ['good', 'bad'])
      await server.post('/apis/apps/v1/namespaces/default/deployments', deployment(app));
    await server.clock.advance(60_000);
    const pods = (await server.send('GET', '/api/v1/namespaces/default/pods')).value['items'] as Draft[];
    expect(
      pods.map((pod) => [
        fieldAt(pod, 'metadata', 'labels', 'app'),
        (fieldAt(pod, 'spec', 'containers') as Draft[]).length,
        fieldAt(pod, 'status', 'phase'),
      ]),
    ).toEqual([
      ['good', 2, 'Running'],
      ['good', 2, 'Running'],
    ]);
    const events = (await server.send('GET', '/api/v1/namespaces/default/events')).value['items'] as Draft[];
    expect(events.map(({ reason, message }) => `${String(reason)}: ${String(message)}`)).toContain(
      'FailedCreate: Error creating: admission webhook "one.hooks.example" denied the request: bad apps do not run here',
    );
  });

  it('go on where a webhook is asked about everything that they write', async () => {
    const server = startHookServer({ controllers: 'on', scheduler: 'on', kubelet: 'on', nodes: 1 });
    await server.clock.advance(1_000);
    const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
    await server.register('Validating', 'c', [{ rules }]);
    await server.post('/api/v1/namespaces', map('team'));
    const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } };
    await server.post('/apis/batch/v1/namespaces/team/jobs', map('j', { spec }));
    await server.clock.advance(120_000);
    const job = (await server.send('GET', '/apis/batch/v1/namespaces/team/jobs/j')).value;
    expect(fieldAt(job, 'status', 'succeeded')).toBe(1);
    const lease = (await server.send('GET', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1'))
      .value;
    expect(Date.parse(String(fieldAt(lease, 'spec', 'renewTime')))).toBeGreaterThan(server.clock.now() - 20_000);
    const events = (await server.send('GET', '/api/v1/namespaces/team/events')).value['items'] as Draft[];
    expect(events.map(({ reason }) => reason)).toContain('Scheduled');
    await server.send('DELETE', '/api/v1/namespaces/team');
    await server.clock.advance(60_000);
    expect((await server.send('GET', '/api/v1/namespaces/team')).status).toBe(404);
  });
});
