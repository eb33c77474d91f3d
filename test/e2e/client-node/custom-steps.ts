/** Custom kinds, and how things go. */
import { AuthorizationV1Api, PatchStrategy, CoordinationV1Api, loadYaml, type V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import {
  NS,
  GROUP,
  merge,
  config,
  core,
  apps,
  custom,
  scaling,
  rbac,
  objects,
  definitions,
  refusal,
  eventually,
  crd,
  healing,
  informed,
  informer,
  type Step,
} from './session.ts';

export const CUSTOM_STEPS: readonly Step[] = [
  [
    'a Lease keeps its microseconds',
    async () => {
      const body = loadYaml<object>('{metadata: {name: leader}, spec: {holderIdentity: me, leaseDurationSeconds: 15}}');
      const made = await config.makeApiClient(CoordinationV1Api).createNamespacedLease({ namespace: NS, body });
      expect(made.spec).toMatchObject({ holderIdentity: 'me', leaseDurationSeconds: 15 });
    },
  ],
  [
    'a Role and its binding are kept',
    async () => {
      await rbac().createNamespacedRole({
        namespace: NS,
        body: { metadata: { name: 'reader' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
      });
      const made = await rbac().createNamespacedRoleBinding({
        namespace: NS,
        body: {
          metadata: { name: 'reader' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
          subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: NS }],
        },
      });
      expect(made.roleRef.name).toBe('reader');
    },
  ],
  [
    'everybody may do everything while access is off',
    async () => {
      const { status } = await config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({
        body: { spec: { resourceAttributes: { verb: 'delete', resource: 'nodes' } } },
      });
      expect(status?.allowed).toBe(true);
    },
  ],
  [
    'custom kinds are defined and established',
    async () => {
      for (const plural of ['healingpolicies', 'healingactions'])
        await definitions().createCustomResourceDefinition({ body: crd(plural) });
      const found = await eventually(
        () => definitions().readCustomResourceDefinition({ name: 'healingpolicies.kubeskippy.io' }),
        (definition) =>
          definition.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ===
          true,
      );
      expect(found.status?.acceptedNames?.shortNames).toEqual(['hp']);
    },
  ],
  [
    'a custom object is made with its defaults',
    async () => {
      const made = (await custom().createNamespacedCustomObject({ ...GROUP, body: healing('monitor') })) as ReturnType<
        typeof healing
      >;
      expect(made.spec).toMatchObject({ mode: 'monitor', suspend: false, safetyRules: { maxConcurrent: 1 } });
    },
  ],
  [
    'one that its schema forbids is refused',
    async () =>
      expect(
        await refusal(custom().createNamespacedCustomObject({ ...GROUP, body: healing('reckless') })),
      ).toMatchObject({
        code: 422,
        message: expect.stringContaining('spec.mode: Unsupported value: "reckless"'),
      }),
  ],
  [
    'a merge patch raises its generation',
    async () => {
      const patched = (await custom().patchNamespacedCustomObject(
        { ...GROUP, name: 'web', body: { spec: { mode: 'automatic' } } },
        merge,
      )) as V1Pod;
      expect(patched.metadata?.generation).toBe(2);
    },
  ],
  [
    'its status is written apart',
    async () => {
      const body = { spec: { mode: 'manual' }, status: { observedGeneration: 2 } };
      const patched: unknown = await custom().patchNamespacedCustomObjectStatus({ ...GROUP, name: 'web', body }, merge);
      expect(patched).toMatchObject({
        metadata: { generation: 2 },
        spec: { mode: 'automatic' },
        status: { observedGeneration: 2 },
      });
    },
  ],
  [
    'custom objects are listed',
    async () =>
      expect(((await custom().listNamespacedCustomObject(GROUP)) as { items: unknown[] }).items).toHaveLength(1),
  ],
  [
    'and found by the generic client',
    async () => {
      const found = await objects().read({
        apiVersion: 'kubeskippy.io/v1alpha1',
        kind: 'HealingPolicy',
        metadata: { name: 'web', namespace: NS },
      });
      expect(found).toMatchObject({ kind: 'HealingPolicy', spec: { mode: 'automatic' } });
    },
  ],
  [
    'the generic client makes, patches and deletes',
    async () => {
      const made = await objects().create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'generic', namespace: NS },
      });
      const labelled = await objects().patch(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'generic', namespace: NS, labels: { a: 'b' } } },
        undefined,
        undefined,
        undefined,
        undefined,
        PatchStrategy.MergePatch,
      );
      expect(labelled.metadata?.labels).toEqual({ a: 'b' });
      expect(await objects().delete(made)).toMatchObject({ status: 'Success' });
    },
  ],
  [
    'a custom object with a finalizer stays until it is taken away',
    async () => {
      await custom().patchNamespacedCustomObject(
        { ...GROUP, name: 'web', body: { metadata: { finalizers: ['example.com/hold'] } } },
        merge,
      );
      await custom().deleteNamespacedCustomObject({ ...GROUP, name: 'web' });
      expect(await custom().getNamespacedCustomObject({ ...GROUP, name: 'web' })).toMatchObject({
        metadata: { deletionTimestamp: expect.any(String) },
      });
      await custom().patchNamespacedCustomObject(
        { ...GROUP, name: 'web', body: { metadata: { finalizers: null } } },
        merge,
      );
      expect(await refusal(custom().getNamespacedCustomObject({ ...GROUP, name: 'web' }))).toMatchObject({ code: 404 });
    },
  ],
  [
    'a definition that is deleted takes its API along',
    async () => {
      await definitions().deleteCustomResourceDefinition({ name: 'healingpolicies.kubeskippy.io' });
      await eventually(
        () => definitions().listCustomResourceDefinition(),
        (list) => list.items.length === 1,
      );
      const error: unknown = await custom()
        .listNamespacedCustomObject(GROUP)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 404 });
    },
  ],
  [
    'a deletion with a wrong uid is refused',
    async () => {
      const asked = core().deleteNamespacedConfigMap({
        name: 'settings',
        namespace: NS,
        body: { preconditions: { uid: 'other' } },
      });
      expect(await refusal(asked)).toMatchObject({ code: 409, reason: 'Conflict' });
    },
  ],
  [
    'a collection is deleted by label',
    async () => {
      await core().deleteCollectionNamespacedConfigMap({ namespace: NS, labelSelector: 'tier=b' });
      expect(await refusal(core().readNamespacedConfigMap({ name: 'moving', namespace: NS }))).toMatchObject({
        code: 404,
      });
    },
  ],
  [
    'deleting the Deployment collects ReplicaSets and pods',
    async () => {
      await scaling().deleteNamespacedHorizontalPodAutoscaler({ name: 'web', namespace: NS });
      await apps().deleteNamespacedDeployment({ name: 'web', namespace: NS, propagationPolicy: 'Foreground' });
      const left = await eventually(
        () => core().listNamespacedPod({ namespace: NS, labelSelector: 'app=web' }),
        (list) => list.items.length === 0,
      );
      expect(left.items).toEqual([]);
    },
  ],
  [
    'the informer saw them go',
    async () => {
      await eventually(
        async () => informed.filter((entry) => entry.startsWith('delete web-')).length,
        (count) => count >= 4,
      );
      await informer().stop();
      expect(
        informer()
          .list(NS)
          ?.map((pod) => pod.metadata?.labels?.['app']),
      ).not.toContain('web');
    },
  ],
  [
    'a namespace goes with all that is in it',
    async () => {
      await core().deleteNamespace({ name: NS });
      const { items } = await eventually(
        () => core().listNamespace(),
        (list) => list.items.every((namespace) => namespace.metadata?.name !== NS),
      );
      expect(items.map((namespace) => namespace.metadata?.name)).toEqual([
        'default',
        'kube-node-lease',
        'kube-public',
        'kube-system',
      ]);
      expect((await core().listNamespacedPod({ namespace: NS })).items).toEqual([]);
    },
  ],
];
