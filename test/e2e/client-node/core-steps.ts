/** Objects: writes, patches, apply, lists. */
import { VersionApi, ApisApi } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { NS, merge, jsonPatch, apply, config, core, refusal, eventually, type Step } from './session.ts';

export const CORE_STEPS: readonly Step[] = [
  ['the version is a 1.36', async () => expect((await config.makeApiClient(VersionApi).getCode()).minor).toBe('36')],
  [
    'the groups of discovery',
    async () => {
      const { groups } = await config.makeApiClient(ApisApi).getAPIVersions();
      expect(groups.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['apps', 'batch', 'policy', 'metrics.k8s.io']),
      );
    },
  ],
  [
    'the resources of the core group',
    async () => {
      const { resources } = await core().getAPIResources();
      expect(resources.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['pods', 'pods/eviction', 'nodes', 'configmaps']),
      );
    },
  ],
  [
    'both nodes become ready',
    async () => {
      const { items } = await eventually(
        () => core().listNode(),
        (list) =>
          list.items.every((node) =>
            node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
          ),
      );
      expect(items.map((node) => node.metadata?.name)).toEqual(['node-1', 'node-2']);
    },
  ],
  [
    'a namespace is made',
    async () =>
      expect((await core().createNamespace({ body: { metadata: { name: NS } } })).status?.phase).toBe('Active'),
  ],
  [
    'making it again conflicts',
    async () =>
      expect(await refusal(core().createNamespace({ body: { metadata: { name: NS } } }))).toEqual({
        code: 409,
        reason: 'AlreadyExists',
        message: 'namespaces "shop" already exists',
      }),
  ],
  [
    'it gets a default service account',
    async () => {
      const { items } = await eventually(
        () => core().listNamespacedServiceAccount({ namespace: NS }),
        (list) => list.items.length > 0,
      );
      expect(items.map((account) => account.metadata?.name)).toEqual(['default']);
    },
  ],
  [
    'and the root certificate as a ConfigMap',
    async () => {
      const { items } = await eventually(
        () => core().listNamespacedConfigMap({ namespace: NS }),
        (list) => list.items.length > 0,
      );
      expect(items.map((map) => map.metadata?.name)).toEqual(['kube-root-ca.crt']);
    },
  ],
  [
    'a ConfigMap is made, with a version and no generation',
    async () => {
      const made = await core().createNamespacedConfigMap({
        namespace: NS,
        body: { metadata: { name: 'settings' }, data: { a: '1' } },
      });
      expect(made.metadata?.resourceVersion).toMatch(/^\d+$/);
      expect(made.metadata?.generation).toBeUndefined();
    },
  ],
  [
    'and read',
    async () =>
      expect((await core().readNamespacedConfigMap({ name: 'settings', namespace: NS })).data).toEqual({ a: '1' }),
  ],
  [
    'replacing it with an old version conflicts',
    async () => {
      const old = await core().readNamespacedConfigMap({ name: 'settings', namespace: NS });
      await core().replaceNamespacedConfigMap({
        name: 'settings',
        namespace: NS,
        body: Object.assign({}, old, { data: { a: '2' } }),
      });
      const late = core().replaceNamespacedConfigMap({
        name: 'settings',
        namespace: NS,
        body: Object.assign({}, old, { data: { a: '3' } }),
      });
      expect(await refusal(late)).toMatchObject({ code: 409, reason: 'Conflict' });
    },
  ],
  [
    'a merge patch adds and takes away',
    async () => {
      const patched = await core().patchNamespacedConfigMap(
        { name: 'settings', namespace: NS, body: { data: { a: null, b: '2' } } },
        merge,
      );
      expect(patched.data).toEqual({ b: '2' });
    },
  ],
  [
    'a JSON patch tests and replaces',
    async () => {
      const body = [
        { op: 'test', path: '/data/b', value: '2' },
        { op: 'replace', path: '/data/b', value: '3' },
      ];
      expect(
        (await core().patchNamespacedConfigMap({ name: 'settings', namespace: NS, body }, jsonPatch)).data,
      ).toEqual({ b: '3' });
    },
  ],
  [
    'a JSON patch whose test fails changes nothing',
    async () => {
      const body = [{ op: 'test', path: '/data/b', value: '9' }];
      expect(
        await refusal(core().patchNamespacedConfigMap({ name: 'settings', namespace: NS, body }, jsonPatch)),
      ).toMatchObject({
        code: 422,
      });
      expect((await core().readNamespacedConfigMap({ name: 'settings', namespace: NS })).data).toEqual({ b: '3' });
    },
  ],
  [
    'server-side apply owns its fields',
    async () => {
      const body = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'applied', namespace: NS },
        data: { x: '1' },
      };
      const made = await core().patchNamespacedConfigMap(
        { name: 'applied', namespace: NS, body, fieldManager: 'one' },
        apply,
      );
      expect(made.metadata?.managedFields).toMatchObject([{ manager: 'one', operation: 'Apply' }]);
    },
  ],
  [
    'another manager conflicts with it',
    async () => {
      const body = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'applied', namespace: NS },
        data: { x: '2' },
      };
      const asked = core().patchNamespacedConfigMap(
        { name: 'applied', namespace: NS, body, fieldManager: 'two' },
        apply,
      );
      expect(await refusal(asked)).toEqual({
        code: 409,
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "one": .data.x',
      });
    },
  ],
  [
    'unless it forces',
    async () => {
      const body = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'applied', namespace: NS },
        data: { x: '2' },
      };
      const forced = await core().patchNamespacedConfigMap(
        { name: 'applied', namespace: NS, body, fieldManager: 'two', force: true },
        apply,
      );
      expect(forced.data).toEqual({ x: '2' });
    },
  ],
  [
    'a dry run leaves nothing',
    async () => {
      await core().createNamespacedConfigMap({ namespace: NS, dryRun: 'All', body: { metadata: { name: 'ghost' } } });
      expect(await refusal(core().readNamespacedConfigMap({ name: 'ghost', namespace: NS }))).toEqual({
        code: 404,
        reason: 'NotFound',
        message: 'configmaps "ghost" not found',
      });
    },
  ],
  [
    'a bad name is refused',
    async () => {
      const asked = core().createNamespacedConfigMap({ namespace: NS, body: { metadata: { name: 'Bad_Name' } } });
      expect(await refusal(asked)).toMatchObject({ code: 422, reason: 'Invalid' });
    },
  ],
  [
    'lists come in pages',
    async () => {
      const first = await core().listNamespacedConfigMap({ namespace: NS, limit: 2 });
      expect(first.metadata?.remainingItemCount).toBe(1);
      const { metadata } = first;
      const rest = await core().listNamespacedConfigMap({
        namespace: NS,
        limit: 2,
        _continue: metadata?._continue ?? '',
      });
      expect([...first.items, ...rest.items].map((map) => map.metadata?.name)).toEqual([
        'applied',
        'kube-root-ca.crt',
        'settings',
      ]);
    },
  ],
  [
    'a Secret takes text and gives base64',
    async () => {
      const made = await core().createNamespacedSecret({
        namespace: NS,
        body: { metadata: { name: 'key' }, stringData: { token: 'abc' } },
      });
      expect(made).toMatchObject({ type: 'Opaque', data: { token: 'YWJj' } });
    },
  ],
  [
    'its type never changes',
    async () => {
      const asked = core().patchNamespacedSecret({ name: 'key', namespace: NS, body: { type: 'other' } }, merge);
      expect(await refusal(asked)).toMatchObject({ code: 422, message: expect.stringContaining('field is immutable') });
    },
  ],
];
