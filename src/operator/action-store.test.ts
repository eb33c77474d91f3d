import { describe, expect, it } from 'vitest';
import { FINALIZER, GROUP, HEALING_ACTION, VERSION } from '../api/names.ts';
import { keyringOf } from '../core/authority/seal.ts';
import { Cache } from '../kube/cache.ts';
import { KubeError } from '../kube/errors.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { healingAction, T0 } from '../../test/kit/core-data.ts';
import { VirtualClock } from '../std/clock.ts';
import { testSeals } from '../../test/kit/seals.ts';
import { ActionStore } from './action-store.ts';

const TYPE = {
  group: GROUP,
  version: VERSION,
  kind: HEALING_ACTION.kind,
  resource: HEALING_ACTION.plural,
  namespaced: true,
  verbs: [],
  subresources: ['status'],
  shortNames: [],
};
const KEY = 'shop/web-0123456789';

const held = healingAction();
const objectAt = (resourceVersion: string): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: HEALING_ACTION.kind,
  metadata: { ...held.metadata, resourceVersion },
  spec: held.spec,
  status: {},
});

function storeOf(refusal?: KubeError, server: 'keeps seals' | 'drops seals' = 'keeps seals') {
  const cache = new Cache();
  const deleted: unknown[] = [];
  const seals = testSeals();
  const store = new ActionStore({
    client: {
      clock: new VirtualClock(T0),
      create: async () => {
        if (refusal !== undefined) throw refusal;
        return objectAt('5') as never;
      },
      find: async () => objectAt('4') as never,
      patch: async (_type, key, { body }) => {
        deleted.push(key.name, body);
        return objectAt('8') as never;
      },
      updateStatus: async (_type, object) => {
        const { seal: _seal, ...rest } = object['status'] as { readonly seal?: string };
        const status = server === 'keeps seals' ? object['status'] : rest;
        return { ...object, status, metadata: { ...object.metadata, resourceVersion: '9' } };
      },
      delete: async (_type, key, options) => void deleted.push(key, options) as never,
      list: async () => ({ items: [objectAt('7')] }) as never,
    },
    type: TYPE,
    cache,
    seals,
  });
  return { cache, deleted, seals, store };
}

const refusalOf = (code: 'AlreadyExists' | 'Forbidden') => new KubeError(code, { code, delivered: 'no' });

describe('an action', () => {
  it('is parsed once for each version that the cache has seen', () => {
    const { cache, store } = storeOf();
    expect(store.get(KEY)).toBeUndefined();
    cache.event('ADDED', objectAt('1'));
    const first = store.get(KEY);
    expect(first?.action?.name).toBe('web-0123456789');
    expect(store.get(KEY)).toBe(first);
    cache.event('MODIFIED', objectAt('2'));
    expect(store.get(KEY)?.action?.metadata.resourceVersion).toBe('2');
  });

  it('is created, and not visible until the cache shows it (I11)', async () => {
    const { cache, store } = storeOf();
    expect(await store.create(objectAt('0'))).toBe('created');
    expect(store.visible(KEY)).toBe(false);
    cache.event('ADDED', objectAt('5'));
    expect(store.visible(KEY)).toBe(true);
  });

  it('exists already: its name is its idempotency key (law 1)', async () => {
    const { cache, store } = storeOf(refusalOf('AlreadyExists'));
    expect(await store.create(objectAt('0'))).toBe('exists');
    expect(store.visible(KEY)).toBe(false);
    cache.event('ADDED', objectAt('4'));
    expect(store.visible(KEY)).toBe(true);
  });

  it('is not created for any other refusal', async () => {
    await expect(storeOf(refusalOf('Forbidden')).store.create(objectAt('0'))).rejects.toThrow('Forbidden');
  });

  it('comes back as it was written', async () => {
    const { store } = storeOf();
    const written = await store.writeStatus(held, { phase: 'Approved' });
    expect([written.phase, written.metadata.resourceVersion, store.visible(KEY)]).toEqual(['Approved', '9', false]);
  });

  it.each([
    ['after the answer', 'answer first'],
    ['before it', 'watch first'],
  ] as const)('is parsed once when the watch shows it %s', async (_title, order) => {
    const { cache, store } = storeOf();
    cache.event('ADDED', objectAt('3'));
    const written = await store.writeStatus(held, { phase: 'Approved' });
    const shown = { ...objectAt('9'), status: written.status };
    if (order === 'answer first') {
      cache.event('MODIFIED', shown);
      expect(store.get(KEY)?.action).toBe(written);
      return;
    }
    const other = storeOf();
    other.cache.event('ADDED', shown);
    expect(await other.store.writeStatus(held, { phase: 'Approved' })).toBe(other.store.get(KEY)?.action);
  });

  it('is parsed again when the watch shows another version than was written', async () => {
    const { cache, store } = storeOf();
    cache.event('ADDED', objectAt('3'));
    const written = await store.writeStatus(held, { phase: 'Approved' });
    cache.event('MODIFIED', { ...objectAt('10'), status: written.status });
    expect(store.get(KEY)?.action).not.toBe(written);
    expect(store.get(KEY)?.action?.metadata.resourceVersion).toBe('10');
  });

  it('is sealed as it is written, and counts its writes', async () => {
    const { store } = storeOf();
    const written = await store.writeStatus(held, { phase: 'Approved' });
    expect(written.status.seal).toMatch(/^\w+\.1\.[0-9a-f]{64}$/);
    expect((await store.writeStatus(written, { phase: 'InProgress' })).status.seal).toMatch(/^\w+\.2\./);
  });

  it('is doubted while its key is not known, and believed when it is', async () => {
    const { cache, seals, store } = storeOf();
    const { keyring } = seals;
    const written = await store.writeStatus(held, { phase: 'Approved' });
    const object = { ...objectAt('10'), status: written.status };
    const [other] = [keyringOf([{ id: 'later', secret: new Uint8Array(32) }])];
    if (other !== undefined) seals.replace(other);
    cache.event('ADDED', object);
    expect(store.get(KEY)?.action).toMatchObject({ phase: 'Pending', status: {}, doubt: { reason: 'StatusTampered' } });
    seals.replace(keyring);
    expect(store.get(KEY)?.action).toMatchObject({ phase: 'Approved' });
  });

  it('says so when the API server drops the seal', async () => {
    const { store } = storeOf(undefined, 'drops seals');
    await expect(store.writeStatus(held, { phase: 'Approved' })).rejects.toThrow('kubeskippy install');
  });

  it('is held, and let go by those who hold it too', async () => {
    const { deleted, store } = storeOf();
    const one = (finalizers: string[]) => ({
      ...held,
      metadata: { ...held.metadata, resourceVersion: '7', finalizers },
    });
    await store.hold(one(['other/one']));
    await store.release(one([FINALIZER, 'other/one']));
    await store.release(one(['other/one']));
    const { name, uid } = held.metadata;
    expect(deleted).toEqual([
      name,
      { metadata: { uid, resourceVersion: '7', finalizers: ['other/one', FINALIZER] } },
      name,
      { metadata: { uid, resourceVersion: '7', finalizers: ['other/one'] } },
    ]);
  });

  it('is deleted by its UID alone', async () => {
    const { deleted, store } = storeOf();
    await store.delete(held);
    expect(deleted).toEqual([{ namespace: 'shop', name: 'web-0123456789' }, { uid: 'action-uid' }]);
  });
});
