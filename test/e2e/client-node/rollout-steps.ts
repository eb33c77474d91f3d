/** A Deployment: rollouts, selectors, scale, patches, Events. */
import { EventsV1Api } from '@kubernetes/client-node';
import { expect } from 'vitest';
import {
  NS,
  merge,
  strategic,
  config,
  core,
  apps,
  refusal,
  eventually,
  deployment,
  webReady,
  informed,
  informer,
  type Step,
} from './session.ts';

export const ROLLOUT_STEPS: readonly Step[] = [
  [
    'a Deployment is made with defaults',
    async () => {
      const made = await apps().createNamespacedDeployment({ namespace: NS, body: deployment('web') });
      expect(made.spec).toMatchObject({
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
      });
    },
  ],
  ['and rolls out', async () => expect((await webReady(2)).status?.readyReplicas).toBe(2)],
  [
    'by a ReplicaSet of revision 1',
    async () => {
      const { items } = await apps().listNamespacedReplicaSet({ namespace: NS, labelSelector: 'app=web' });
      expect(items.map((set) => set.metadata?.annotations?.['deployment.kubernetes.io/revision'])).toEqual(['1']);
    },
  ],
  [
    'its pods run on both nodes',
    async () => {
      const { items } = await core().listNamespacedPod({ namespace: NS, labelSelector: 'app=web' });
      expect(new Set(items.map((pod) => pod.spec?.nodeName))).toEqual(new Set(['node-1', 'node-2']));
      expect(items.map((pod) => pod.status?.phase)).toEqual(['Running', 'Running']);
    },
  ],
  [
    'a field selector finds those of one node',
    async () => {
      const { items } = await core().listNamespacedPod({ namespace: NS, fieldSelector: 'spec.nodeName=node-1' });
      expect(items).toHaveLength(1);
    },
  ],
  [
    'a bad field selector is refused',
    async () =>
      expect(
        await refusal(core().listNamespacedPod({ namespace: NS, fieldSelector: 'spec.colour=red' })),
      ).toMatchObject({
        code: 400,
        message: expect.stringContaining('field label not supported: spec.colour'),
      }),
  ],
  [
    'the informer lists what is there',
    async () => {
      await informer().start();
      await eventually(
        async () => informed.length,
        (count) => count >= 2,
      );
      expect(informer().list(NS)).toHaveLength(2);
    },
  ],
  [
    'scale is read',
    async () =>
      expect((await apps().readNamespacedDeploymentScale({ name: 'web', namespace: NS })).spec?.replicas).toBe(2),
  ],
  [
    'and written',
    async () => {
      const body = { metadata: { name: 'web', namespace: NS }, spec: { replicas: 3 } };
      await apps().replaceNamespacedDeploymentScale({ name: 'web', namespace: NS, body });
      expect((await webReady(3)).metadata?.generation).toBe(2);
    },
  ],
  [
    'the informer saw the third pod',
    async () => {
      await eventually(
        async () => informer().list(NS)?.length,
        (count) => count === 3,
      );
      expect(informed.filter((entry) => entry.startsWith('add '))).toHaveLength(3);
    },
  ],
  [
    'a strategic patch changes one container by its name',
    async () => {
      const body = {
        spec: { template: { spec: { containers: [{ name: 'main', image: 'registry.example/web:2' }] } } },
      };
      const patched = await apps().patchNamespacedDeployment({ name: 'web', namespace: NS, body }, strategic);
      expect(patched.spec?.template.spec?.containers).toMatchObject([
        { image: 'registry.example/web:2', ports: [{ containerPort: 80 }] },
      ]);
    },
  ],
  [
    'which makes revision 2',
    async () => {
      await webReady(3);
      const { items } = await apps().listNamespacedReplicaSet({ namespace: NS });
      expect(
        items
          .map((set) => [set.metadata?.annotations?.['deployment.kubernetes.io/revision'], set.status?.replicas])
          .toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
      ).toEqual([
        ['1', 0],
        ['2', 3],
      ]);
    },
  ],
  [
    'the selector of a Deployment never changes',
    async () => {
      const asked = apps().patchNamespacedDeployment(
        { name: 'web', namespace: NS, body: { spec: { selector: { matchLabels: { app: 'x' } } } } },
        merge,
      );
      expect(await refusal(asked)).toMatchObject({ code: 422, reason: 'Invalid' });
    },
  ],
  [
    'events tell the scaling',
    async () => {
      const { items } = await core().listNamespacedEvent({
        namespace: NS,
        fieldSelector: 'involvedObject.kind=Deployment',
      });
      expect(items.map(({ reason }) => reason)).toContain('ScalingReplicaSet');
    },
  ],
  [
    'and the same by events.k8s.io',
    async () => {
      const { items } = await config.makeApiClient(EventsV1Api).listNamespacedEvent({ namespace: NS });
      expect(items.some(({ reason, regarding }) => reason === 'Scheduled' && regarding?.kind === 'Pod')).toBe(true);
    },
  ],
];
