import { afterEach, describe, expect, it } from 'vitest';
import { type Draft } from '../machinery/json.ts';
import { at, closeHookServers, map, MAPS, startHookServer } from '../test-kit/hook-server.ts';

afterEach(closeHookServers);

describe('which requests a webhook is asked about', () => {
  const asked = async (hook: Draft, object: Draft = map('m')): Promise<boolean> => {
    const server = startHookServer();
    await server.post('/api/v1/namespaces', { metadata: { name: 'shop', labels: { tier: 'prod' } } });
    await server.register('Validating', 'c', [hook]);
    const { status } = await server.post('/api/v1/namespaces/shop/configmaps', object);
    expect(status).toBe(201);
    return server.reviews.length === 1;
  };
  const rule = (fields: Draft): Draft => ({
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], ...fields }],
  });

  it.each<[string, Draft, boolean]>([
    ['all of them, by default', {}, true],
    ['by operation', rule({ operations: ['UPDATE', 'DELETE'] }), false],
    ['by group', rule({ apiGroups: ['apps'] }), false],
    ['by version', rule({ apiVersions: ['v2'] }), false],
    ['of all resources', rule({ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }), true],
    ['of subresources alone', rule({ resources: ['configmaps/status'] }), false],
    ['of namespaces', rule({ scope: 'Namespaced' }), true],
    ['of the cluster', rule({ scope: 'Cluster' }), false],
    ['by labels of the namespace', { namespaceSelector: { matchLabels: { tier: 'prod' } } }, true],
    ['by other labels of the namespace', { namespaceSelector: { matchLabels: { tier: 'test' } } }, false],
    ['by labels of the object', { objectSelector: { matchLabels: { a: 'b' } } }, false],
    ['by conditions that hold', { matchConditions: [{ name: 'c', expression: 'object.metadata.name == "m"' }] }, true],
    [
      'by conditions that do not',
      { matchConditions: [{ name: 'c', expression: 'request.operation == "DELETE"' }] },
      false,
    ],
    [
      'by the user',
      { matchConditions: [{ name: 'c', expression: 'request.userInfo.username != "system:admin"' }] },
      false,
    ],
  ])('%s', async (_title, hook, expected) => {
    expect(await asked(hook)).toBe(expected);
  });

  it('by conditions that fail is refused, unless failures are to be ignored', async () => {
    const broken = { matchConditions: [{ name: 'c', expression: 'object.data.missing == "x"' }] };
    const server = startHookServer();
    await server.register('Validating', 'c', [broken]);
    const { status, message } = await server.post(MAPS, map('m'));
    expect({ status, message }).toEqual({
      status: 403,
      message:
        'configmaps "m" is forbidden: expression \'object.data.missing == "x"\' resulted in error: no such key: data',
    });
    expect(await asked({ ...broken, failurePolicy: 'Ignore' })).toBe(false);
  });

  it('sees an equivalent resource as the version that its rule names, and no other where it wants an exact match', async () => {
    const rules = [{ operations: ['*'], apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['*'] }];
    const server = startHookServer();
    await server.register('Validating', 'c', [
      { rules },
      { name: 'two.hooks.example', rules, matchPolicy: 'Exact', ...at('/never') },
    ]);
    const made = await server.post('/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', {
      metadata: { name: 'h' },
      spec: {
        maxReplicas: 3,
        targetCPUUtilizationPercentage: 50,
        scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
      },
    });
    expect(made.status).toBe(201);
    expect(server.reviews).toHaveLength(1);
    expect(server.reviews[0]?.request).toMatchObject({
      kind: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
      requestKind: { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler' },
      object: { apiVersion: 'autoscaling/v2', spec: { metrics: [{ type: 'Resource' }] } },
    });
  });

  it('is never about webhooks and policies themselves', async () => {
    const server = startHookServer();
    const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
    await server.register('Validating', 'c', [{ rules }]);
    server.on('/hook', { allowed: false });
    await server.register('Validating', 'd', [{}]);
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/c';
    expect((await server.send('DELETE', path)).status).toBe(200);
    expect(server.reviews).toEqual([]);
  });
});
