import { describe, expect, it } from 'vitest';
import { API_VERSION, GROUP, HEALING_POLICY, VERSION } from '../api/names.ts';
import { actionRegistry } from '../core/actions/index.ts';
import { Cache } from '../kube/cache.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { sealedStatus, testSeals } from '../../test/kit/seals.ts';
import { turn, VirtualClock } from '../std/clock.ts';
import { Breaks } from '../std/slices.ts';
import { PolicyStore } from './policy-store.ts';

const KEY = 'shop/p';
const TYPE = {
  group: GROUP,
  version: VERSION,
  kind: HEALING_POLICY.kind,
  resource: HEALING_POLICY.plural,
  namespaced: true,
  verbs: [],
  subresources: ['status'],
  shortNames: [],
};

interface Change {
  readonly version: number;
  readonly generation: number;
  readonly uid?: string;
  readonly mode?: string;
}

const policy = ({ version, generation, uid = 'u', mode = 'automatic' }: Change): KubeObject => ({
  apiVersion: API_VERSION,
  kind: HEALING_POLICY.kind,
  metadata: { name: 'p', namespace: 'shop', uid, generation, resourceVersion: String(version) },
  spec: {
    mode,
    selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] },
    triggers: [{ name: 't', type: 'condition', conditionTrigger: { type: 'Ready', status: 'False' } }],
    actions: [{ name: 'r', type: 'restart' }],
  },
});

const SEALED = sealedStatus(policy({ version: 1, generation: 1 }), { firing: 1 })['status'] as object;

function storeOf(first: KubeObject) {
  const cache = new Cache();
  cache.begin();
  cache.page([first]);
  cache.complete(first.metadata.resourceVersion ?? '');
  const server = { live: first };
  const store = new PolicyStore({
    client: {
      breaks: new Breaks(new VirtualClock(), turn),
      find: async () => server.live as never,
      updateStatus: async (_type, object) => ({ ...object, metadata: { ...object.metadata, resourceVersion: '9' } }),
    },
    type: TYPE,
    cache,
    seals: testSeals(),
    places: 100,
    rules: {
      scope: { clusterPolicyNamespaces: [], operatorNamespace: 'kubeskippy-system' },
      impersonation: { required: false },
      deniedKinds: ['v1/Secret'],
      registry: actionRegistry(),
      checks: {},
      hasSource: () => true,
      confine: (query) => ({ query }),
    },
  });
  return { cache, server, store };
}

describe('a policy', () => {
  it('is compiled once, for whoever asks, and for all writes of its status', async () => {
    const { cache, store } = storeOf(policy({ version: 1, generation: 1 }));
    const first = store.get(KEY)?.policy;
    expect(first?.name).toBe('p');
    cache.event('MODIFIED', policy({ version: 2, generation: 1 }));
    expect(store.get(KEY)?.policy).toBe(first);
    expect(store.get(KEY)?.object.metadata.resourceVersion).toBe('2');
    expect((await store.readLive({ namespace: 'shop', name: 'p' }))?.policy).toBe(first);
  });

  it.each<[string, Change]>([
    ['its spec is edited', { version: 2, generation: 2, mode: 'monitor' }],
    ['another takes its name', { version: 2, generation: 1, uid: 'other', mode: 'monitor' }],
  ])('is compiled again when %s', (_title, change) => {
    const { cache, store } = storeOf(policy({ version: 1, generation: 1 }));
    expect(store.get(KEY)?.policy?.mode).toBe('automatic');
    cache.event('MODIFIED', policy(change));
    expect(store.get(KEY)?.policy?.mode).toBe('monitor');
  });

  it.each<[string, Change]>([
    ['edited', { version: 2, generation: 2, mode: 'manual' }],
    ['another of its name', { version: 2, generation: 1, uid: 'other', mode: 'manual' }],
  ])('is read live past the cache, which goes on with its own: %s', async (_title, change) => {
    const { server, store } = storeOf(policy({ version: 1, generation: 1 }));
    expect(store.get(KEY)?.policy?.mode).toBe('automatic');
    server.live = policy(change);
    expect((await store.readLive({ namespace: 'shop', name: 'p' }))?.policy?.mode).toBe('manual');
    expect(store.get(KEY)?.policy?.mode).toBe('automatic');
  });

  it('is gone when the cache has seen it go', () => {
    const { cache, store } = storeOf(policy({ version: 1, generation: 1 }));
    expect(store.get(KEY)).toBeDefined();
    cache.event('DELETED', policy({ version: 2, generation: 1 }));
    expect(store.get(KEY)).toBeUndefined();
  });

  it.each<[string, KubeObject, object]>([
    ['as it was sealed', sealedStatus(policy({ version: 1, generation: 1 }), { firing: 1 }), { status: { firing: 1 } }],
    ['when it is empty', policy({ version: 1, generation: 1 }), { status: {} }],
    [
      'not when somebody has changed it',
      { ...policy({ version: 1, generation: 1 }), status: { ...SEALED, firing: 2 } },
      { status: {}, doubt: expect.stringContaining('does not fit') },
    ],
    [
      'not without a seal',
      { ...policy({ version: 1, generation: 1 }), status: { firing: 1 } },
      { status: {}, doubt: expect.stringContaining('no seal') },
    ],
    [
      'not on another policy',
      { ...policy({ version: 1, generation: 1, uid: 'other' }), status: SEALED },
      { status: {}, doubt: expect.stringContaining('does not fit') },
    ],
  ])('has a status that is believed %s', (_title, object, believed) => {
    expect(storeOf(object).store.get(KEY)?.believed()).toEqual(believed);
  });

  it('has a status that is not believed when an older one was put back', async () => {
    const { cache, store } = storeOf(policy({ version: 1, generation: 1 }));
    const first = await store.writeStatus(policy({ version: 1, generation: 1 }), { firing: 1 });
    const second = await store.writeStatus(first, { firing: 2 });
    const { metadata } = second;
    cache.event('MODIFIED', { ...second, metadata: { ...metadata, resourceVersion: '10' } });
    expect(store.get(KEY)?.believed()).toEqual({ status: { firing: 2 } });
    cache.event('MODIFIED', { ...first, metadata: { ...metadata, resourceVersion: '11' } });
    expect(store.get(KEY)?.believed().doubt).toContain('put an older status back');
  });

  it('is not visible from a write of its status until the cache shows it (I11)', async () => {
    const { cache, store } = storeOf(policy({ version: 1, generation: 1 }));
    expect(store.visible(KEY)).toBe(true);
    const written = await store.writeStatus(policy({ version: 1, generation: 1 }), { firing: 1 });
    expect(written['status']).toEqual({ firing: 1, seal: expect.stringMatching(/^\w+\.1\./) });
    expect(store.visible(KEY)).toBe(false);
    cache.event('MODIFIED', written);
    expect(store.visible(KEY)).toBe(true);
  });
});
