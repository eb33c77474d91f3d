import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../std/clock.ts';
import { KubeClient } from './client.ts';
import { Discovery } from './discovery.ts';
import type { KubeRequest, KubeResponse } from '../shapes/transport.ts';

const legacy: Record<string, unknown> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': {
    kind: 'APIGroupList',
    groups: [
      { name: 'apps', preferredVersion: { groupVersion: 'apps/v1' }, versions: [{ groupVersion: 'apps/v1' }] },
      { name: 'down', versions: [{ groupVersion: 'down/v1' }] },
    ],
  },
  '/api/v1': {
    kind: 'APIResourceList',
    resources: [
      { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['get'], shortNames: ['po'] },
      { name: 'pods/status', kind: 'Pod', namespaced: true, verbs: ['get'] },
    ],
  },
  '/apis/apps/v1': {
    kind: 'APIResourceList',
    resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['get'], shortNames: ['deploy'] }],
  },
};
const item = (name: string, version: string, resources: unknown[]) => ({
  metadata: { name },
  versions: [{ version, resources }],
});
const aggregated: Record<string, unknown> = {
  '/api': {
    kind: 'APIGroupDiscoveryList',
    items: [
      item('', 'v1', [
        {
          resource: 'pods',
          responseKind: { kind: 'Pod' },
          scope: 'Namespaced',
          verbs: ['get'],
          shortNames: ['po'],
          subresources: [{ subresource: 'status' }],
        },
      ]),
    ],
  },
  '/apis': {
    kind: 'APIGroupDiscoveryList',
    items: [
      item('apps', 'v1', [
        {
          resource: 'deployments',
          responseKind: { kind: 'Deployment' },
          scope: 'Namespaced',
          verbs: ['get'],
          shortNames: ['deploy'],
        },
      ]),
    ],
  },
};

function setUp(documents: Record<string, unknown>) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const send = async ({ path }: KubeRequest): Promise<KubeResponse> => {
    asked.push(path);
    const value = documents[path];
    return { status: value === undefined ? 503 : 200, headers: {}, body: { form: 'object', value } };
  };
  return { clock, asked, documents, discovery: new Discovery(new KubeClient({ transport: { send }, clock })) };
}

describe.each([
  ['group by group', legacy],
  ['aggregated', aggregated],
])('discovery %s', (_, documents) => {
  it('resolves kinds, plurals and short names', async () => {
    const { discovery } = setUp(documents);
    expect(await discovery.resolve('v1', 'Pod')).toEqual({
      group: '',
      version: 'v1',
      kind: 'Pod',
      resource: 'pods',
      namespaced: true,
      verbs: ['get'],
      subresources: ['status'],
      shortNames: ['po'],
    });
    for (const name of ['deploy', 'Deployment', 'deployments', 'deployments.apps', 'deployments.v1.apps']) {
      expect((await discovery.resolveName(name))?.kind).toBe('Deployment');
    }
  });

  it('asks again for an unknown kind, but not more often than every ten seconds', async () => {
    const world = setUp({ ...documents });
    expect(await world.discovery.resolve('x.dev/v1', 'Thing')).toBeUndefined();
    const first = world.asked.length;
    expect(await world.discovery.resolve('x.dev/v1', 'Thing')).toBeUndefined();
    expect(world.asked.length).toBe(first);
    world.documents['/apis'] = {
      kind: 'APIGroupDiscoveryList',
      items: [item('x.dev', 'v1', [{ resource: 'things', responseKind: { kind: 'Thing' }, scope: 'Cluster' }])],
    };
    await world.clock.advance(10_000);
    expect(await world.discovery.resolve('x.dev/v1', 'Thing')).toMatchObject({ resource: 'things', namespaced: false });
  });
});

describe('discovery', () => {
  it('goes on without a group whose server is down, and names it', async () => {
    const { discovery } = setUp(legacy);
    await discovery.refresh();
    expect([discovery.types.length, discovery.unavailable]).toEqual([2, ['down/v1']]);
  });

  it('shares one refresh among all who ask at once', async () => {
    const { discovery, asked } = setUp(aggregated);
    await Promise.all([discovery.resolve('v1', 'Pod'), discovery.resolveName('deploy'), discovery.refresh()]);
    expect(asked).toEqual(['/api', '/apis']);
  });
});
