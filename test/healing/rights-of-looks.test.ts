/**
 * What the operator may read beside its targets: a right that is missing is no error, since an action goes on without
 * what cannot be seen. So each is held here by what an installation with every opt-in leaves unseen.
 */
import { describe, expect, it } from 'vitest';
import { optIns } from '../../src/api/rbac.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { requestWords } from '../../src/kube/request-words.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { DEFINITIONS, DEPLOYMENTS, POLICIES, SECRETS } from '../kit/resources.ts';
import { CRASHES, deployment, policy, type RunningOperator, TestCluster } from '../kit/test-cluster.ts';

const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };

const CRASHING = {
  name: 'looping',
  type: 'condition',
  conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '20s' },
};
const UNAVAILABLE = {
  name: 'unavailable',
  type: 'condition',
  conditionTrigger: { type: 'Available', status: 'False', duration: '20s' },
};

const MORE = { memory: { factor: 2, max: '256Mi' } };
const RESTART: readonly object[] = [{ name: 'restart', type: 'restart' }];

/** As the autoscaler of vertical size brings it. */
const AUTOSCALERS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'verticalpodautoscalers.autoscaling.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/kubernetes/pull/63797' },
  },
  spec: {
    group: 'autoscaling.k8s.io',
    scope: 'Namespaced',
    names: { plural: 'verticalpodautoscalers', singular: 'verticalpodautoscaler', kind: 'VerticalPodAutoscaler' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

interface Ill {
  readonly world: TestCluster;
  readonly operator: RunningOperator;
}

async function ill(change: (draft: MutableObject) => void, actions = RESTART): Promise<Ill> {
  const world = new TestCluster(2, 'on', 'on');
  world.cluster.create(DEFINITIONS, AUTOSCALERS);
  const token = await world.account(actionRegistry().rules, { allow: optIns });
  const operator = world.operator({ token });
  const web = deployment('web', CRASHES) as MutableObject;
  change(web);
  for (const [resource, kind] of [
    [SERVICE_ACCOUNTS, 'ServiceAccount'],
    [SECRETS, 'Secret'],
  ] as const)
    world.cluster.create(resource, { apiVersion: 'v1', kind, metadata: { namespace: 'default', name: 'named' } });
  world.cluster.create(DEPLOYMENTS, web);
  world.cluster.create(POLICIES, policy({ mode: 'manual', triggers: [CRASHING, UNAVAILABLE], actions }));
  return { world, operator };
}

describe('an operator with the rights of an installation with every opt-in', () => {
  it('sees of a pod without a node everything that analysis asks for', async () => {
    const { world, operator } = await ill(({ spec }) => {
      spec.template.spec.containers[0].resources = { requests: { cpu: '1000' } };
    });
    expect(await world.until(() => world.actionStatus().analysis !== undefined)).toBe(true);
    const asked = new Set(operator.sent.map(({ request }) => requestWords(request).resource));
    for (const resource of ['nodes', 'persistentvolumes', 'storageclasses.storage.k8s.io'])
      expect(asked).toContain(resource);
    expect(operator.forbidden).toEqual([]);
  });

  it('sees everything that the next pod would need', async () => {
    const { world } = await ill(({ spec }) => {
      spec.template.spec.serviceAccountName = 'named';
      spec.template.spec.containers[0].envFrom = [{ secretRef: { name: 'named' } }];
    });
    expect(await world.until(() => world.actionStatus().plan !== undefined)).toBe(true);
    expect(world.actionStatus().plan?.summary).toBe('restart Deployment default/web by a rolling update');
  });

  it('asks an autoscaler of size before it resizes', async () => {
    const { world, operator } = await ill(() => undefined, [{ name: 'more', type: 'resize', resizeAction: MORE }]);
    expect(await world.until(() => world.actions().length > 0)).toBe(true);
    await world.clock.advance(10_000);
    expect(operator.sent.map(({ request }) => requestWords(request).resource)).toContain(
      'verticalpodautoscalers.autoscaling.k8s.io',
    );
    expect(operator.forbidden).toEqual([]);
  });

  it('watches a kind of workload that no example has', async () => {
    const { world, operator } = await ill(() => undefined);
    const resources = [{ apiVersion: 'v1', kind: 'ReplicationController' }];
    const { metadata, ...other } = policy({ mode: 'monitor', selector: { resources } });
    world.cluster.create(POLICIES, { ...other, metadata: { ...metadata, name: 'controllers' } });
    await world.clock.advance(30_000);
    expect(operator.sent.map(({ request }) => requestWords(request).resource)).toContain('replicationcontrollers');
    expect(operator.forbidden).toEqual([]);
  });
});
