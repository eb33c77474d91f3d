import { describe, expect, it } from 'vitest';
import { KubeClient } from './client.ts';
import { KubeError } from './errors.ts';
import { type ResourceAddress, resourcePath } from './resource.ts';
import { VirtualClock } from '../std/clock.ts';

const SERVICES = { group: '', version: 'v1', resource: 'services', kind: 'Service', namespaced: true };

describe('a path', () => {
  it('addresses an object of its namespace', () => {
    const key = { namespace: 'shop', name: 'web.v1', subresource: 'status' };
    expect(resourcePath(SERVICES, key)).toBe('/api/v1/namespaces/shop/services/web.v1/status');
  });

  it.each(['kube-system/services/kube-dns', '..', '.', '', 'a%2fb', 'a/../b', 'a\n', '\u0000', '/'])(
    'is never made with %j for a name or a namespace',
    (text) => {
      const made: ResourceAddress[] = [
        { namespace: 'shop', name: text },
        { namespace: text, name: 'web' },
      ];
      for (const address of made) {
        const problem = (() => {
          try {
            return resourcePath(SERVICES, address);
          } catch (error) {
            return error;
          }
        })();
        expect(problem).toBeInstanceOf(KubeError);
        expect(problem).toMatchObject({ code: 'InvalidName', delivered: 'no' });
      }
    },
  );
});

describe('a read', () => {
  const answering = (object: object) =>
    new KubeClient({
      clock: new VirtualClock(),
      transport: { send: async () => ({ status: 200, headers: {}, body: { form: 'object' as const, value: object } }) },
    });
  const web = { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name: 'web' } };

  it.each<[string, object]>([
    ['name', { ...web, metadata: { namespace: 'shop', name: 'other' } }],
    ['namespace', { ...web, metadata: { namespace: 'kube-system', name: 'web' } }],
    ['kind', { ...web, kind: 'Pod' }],
    ['apiVersion', { ...web, apiVersion: 'v2' }],
  ])('that is answered with another %s is no answer', async (what, object) => {
    const read = answering(object).get(SERVICES, { namespace: 'shop', name: 'web' });
    await expect(read).rejects.toMatchObject({ code: 'Malformed', message: expect.stringContaining(what) });
  });

  it.each<[string, object, object]>([
    [
      'namespace kube-system instead of shop',
      SERVICES,
      { ...web, metadata: { namespace: 'kube-system', name: 'web' } },
    ],
    ['namespace missing instead of shop', SERVICES, { ...web, metadata: { name: 'web' } }],
    ['kind Secret instead of Service', { ...SERVICES, kind: 'Service' }, { ...web, kind: 'Secret' }],
  ])('of a list that holds an item with %s is no answer', async (what, type, item) => {
    const read = answering({ items: [web, item] }).list({ ...SERVICES, ...type }, { namespace: 'shop' });
    await expect(read).rejects.toMatchObject({ code: 'Malformed', message: expect.stringContaining(what) });
  });
});
