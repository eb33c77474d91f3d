import { afterEach, describe, expect, it } from 'vitest';
import { type Draft } from '../machinery/json.ts';
import { at, closeHookServers, jsonPatch, map, MAPS, startHookServer, URL_OF_HOOK } from '../test-kit/hook-server.ts';
import type { SandboxOptions } from '../index.ts';

afterEach(closeHookServers);

describe('an admission review', () => {
  it('tells a validating webhook of a creation what is going to be stored', async () => {
    const server = startHookServer();
    await server.register('Validating', 'c', [{}]);
    await server.post(`${MAPS}?fieldManager=me`, { metadata: { generateName: 'm-' }, data: { a: 'b' } });
    const [review] = server.reviews;
    expect(review?.url).toBe(URL_OF_HOOK);
    const object = review?.request['object'] as { metadata: Draft };
    expect(review?.request).toEqual({
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
      requestResource: { group: '', version: 'v1', resource: 'configmaps' },
      name: object.metadata['name'],
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'system:admin', groups: ['system:masters', 'system:authenticated'] },
      object: expect.objectContaining({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } }),
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me' },
    });
    // The name and the uid that it was shown are those that are stored.
    const stored = await server.send('GET', `${MAPS}/${String(object.metadata['name'])}`);
    expect(stored.value['metadata']).toMatchObject({ name: object.metadata['name'], uid: object.metadata['uid'] });
    expect(server.reviews).toHaveLength(1);
  });

  it('tells of an update what was there, and of a deletion no object', async () => {
    const server = startHookServer();
    await server.post(MAPS, map('m', { data: { a: '1' } }));
    await server.register('Validating', 'c', [{}]);
    await server.merge(`${MAPS}/m`, { data: { a: '2' } });
    await server.send('DELETE', `${MAPS}/m`);
    const [update, deletion] = server.reviews.map(({ request }) => request);
    expect(update).toMatchObject({
      operation: 'UPDATE',
      object: { data: { a: '2' } },
      oldObject: { data: { a: '1' } },
    });
    expect(deletion).toMatchObject({ operation: 'DELETE', object: null, oldObject: { data: { a: '2' } }, name: 'm' });
  });

  it('of a namespace names it as its namespace', async () => {
    const server = startHookServer();
    const rules = [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['namespaces'] }];
    await server.register('Validating', 'c', [
      { rules: rules.map((rule) => ({ ...rule, scope: 'Cluster' })) },
      { name: 'two.hooks.example', rules: rules.map((rule) => ({ ...rule, scope: 'Namespaced' })), ...at('/never') },
    ]);
    await server.post('/api/v1/namespaces', map('team'));
    expect(server.reviews.map(({ path, request }) => [path, request['namespace'], request['name']])).toEqual([
      ['/hook', 'team', 'team'],
    ]);
  });

  it('in the older version is sent to a webhook that takes it first', async () => {
    const server = startHookServer();
    await server.register('Validating', 'c', [{ admissionReviewVersions: ['v9', 'v1beta1', 'v1'] }]);
    // It need not repeat the uid there.
    server.on('/hook', { uid: 'another', allowed: true });
    expect((await server.post(MAPS, map('m'))).status).toBe(201);
  });

  it('about subresources shows their own kinds', async () => {
    const server = startHookServer();
    const deployment = {
      metadata: { name: 'd' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    };
    const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
    await server.post(DEPLOYMENTS, deployment);
    await server.register('Mutating', 'm', [
      {
        rules: [{ operations: ['UPDATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments/scale'] }],
      },
    ]);
    server.on('/hook', jsonPatch({ op: 'replace', path: '/spec/replicas', value: 2 }));
    const scaled = await server.merge(`${DEPLOYMENTS}/d/scale`, { spec: { replicas: 7 } });
    expect(scaled.value['spec']).toEqual({ replicas: 2 });
    expect(server.reviews[0]?.request).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      subResource: 'scale',
      object: { kind: 'Scale', spec: { replicas: 7 } },
      oldObject: { kind: 'Scale', spec: { replicas: 1 } },
    });
  });

  it('about an eviction shows the eviction, and the deletion that follows is not asked about', async () => {
    const server = startHookServer();
    const PODS = '/api/v1/namespaces/default/pods';
    await server.post(PODS, map('p', { spec: { containers: [{ name: 'c', image: 'i' }] } }));
    await server.register('Validating', 'c', [
      { rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods', 'pods/*'] }] },
    ]);
    const evicted = await server.post(`${PODS}/p/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'p' },
    });
    expect(evicted.status).toBe(201);
    expect(
      server.reviews.map(({ request }) => [request['operation'], request['subResource'], request['kind']]),
    ).toEqual([['CREATE', 'eviction', { group: 'policy', version: 'v1', kind: 'Eviction' }]]);
  });
});

describe('where a webhook is', () => {
  const message = async (
    options: Partial<SandboxOptions>,
    made: Draft | undefined,
    hook: Draft = {},
  ): Promise<string> => {
    const server = startHookServer(options);
    await server.post('/api/v1/namespaces', map('shop'));
    if (made) await server.post('/api/v1/namespaces/shop/services', made);
    await server.register('Validating', 'c', [hook]);
    return (await server.post(MAPS, map('m'))).message.replace(/^.*timeout=10s": /, '');
  };
  const nowhere: Partial<SandboxOptions> = {
    outside: { call: () => Promise.reject(new Error('called')), resolve: () => undefined },
  };

  it('is asked of the test, and a Service that it does not know is looked up', async () => {
    expect(await message(nowhere, undefined)).toBe('service "hooks" not found');
    const service = (spec: Draft): Draft => map('hooks', { spec });
    expect(await message(nowhere, service({ ports: [{ port: 80 }] }))).toBe(
      'no service port 443 found for service "hooks"',
    );
    expect(await message(nowhere, service({ ports: [{ port: 443 }] }))).toMatch(
      /^dial tcp 10\.96\.\d+\.\d+:443: connect: connection refused$/,
    );
    expect(await message(nowhere, service({ clusterIP: 'None', ports: [{ port: 443 }] }))).toBe(
      'cannot route to service with ClusterIP "None"',
    );
  });
});
