import { describe, expect, it } from 'vitest';
import { seeingOn } from '../../../test/kit/seeing.ts';
import { deployment, TestCluster } from '../../../test/kit/test-cluster.ts';
import { at, claim } from '../../../test/kit/action-data.ts';
import { healingAction, policyOf } from '../../../test/kit/core-data.ts';
import type { ResourceChange } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { Scene, Watched } from '../../core/action/proof.ts';
import { restart } from '../../core/actions/restart.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { baselineNow, cachedScene, liveScene } from './proof-scenes.ts';
import { DEPLOYMENTS, PODS } from '../../../test/kit/resources.ts';

const named = (name: string) => ({ namespace: 'default', name });
const isReady = (count: number) => (object: KubeObject) => ({
  ...object,
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: count, availableReplicas: count },
});

/** A Deployment with a pod that it made, on an API server alone: nothing happens there by itself. */
async function playing() {
  const world = new TestCluster(0, 'off');
  const { cluster } = world;
  const web = cluster.create(DEPLOYMENTS, deployment('web'));
  cluster.modify(DEPLOYMENTS, named('web'), isReady(1), 'status');
  const controller = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: 'web',
    uid: web.metadata.uid ?? '',
    controller: true,
  };
  const pod = (name: string) =>
    cluster.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: { app: 'web' }, ownerReferences: [controller] },
      spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
    });
  const first = pod('web-1');
  const sight = await seeingOn(world);
  const { seeing, live, reads } = sight;
  const watch = (action: HealingAction): Watched => ({ action, kind: restart, policy: policyOf() });
  return {
    ...sight,
    cluster,
    web,
    first,
    pod,
    cached: (action: HealingAction) => cachedScene(seeing, watch(action)),
    live: async (action: HealingAction) => {
      reads.length = 0;
      return liveScene(seeing, live, watch(action));
    },
  };
}

const actionOn = (
  { apiVersion, kind, metadata }: KubeObject,
  root: KubeObject,
  changes: readonly ResourceChange[] = [],
) =>
  healingAction(claim({ effectTime: at(0), result: { success: false, changes: [...changes] } }), {
    spec: { targetResource: { apiVersion, kind, name: metadata.name, namespace: 'default', uid: metadata.uid } },
    labels: { 'kubeskippy.io/root-uid': root.metadata.uid ?? '' },
  });
const evicting = (pod: KubeObject, root: KubeObject) =>
  actionOn(pod, root, [
    { resourceRef: 'x', changeType: 'delete', field: 'metadata.uid', oldValue: pod.metadata.uid ?? '' },
  ]);

/** The scene in short: names, and how many are ready. */
const inShort = ({ target, workload, keepers, replacements }: Scene) => ({
  target: target?.target.metadata.name,
  ready: (workload?.['status'] as { readonly readyReplicas?: number } | undefined)?.readyReplicas,
  keepers: keepers.map((one) => (one['status'] as { readonly readyReplicas?: number } | undefined)?.readyReplicas),
  replacements: replacements.map(({ target: { metadata } }) => metadata.name),
});

describe('a target that stays', () => {
  it('is what the caches have, or what is read', async () => {
    const { cluster, web, caughtUp, lag, cached, live, reads } = await playing();
    const action = actionOn(web, web);
    await caughtUp();
    const scene = { target: 'web', ready: 1, keepers: [], replacements: [] };
    expect(inShort(cached(action))).toEqual(scene);
    await lag();
    cluster.modify(DEPLOYMENTS, named('web'), isReady(0), 'status');
    const seen = await live(action);
    expect(seen.target?.target['status']).toMatchObject({ readyReplicas: 0 });
    expect(reads).toEqual(['/apis/apps/v1/namespaces/default/deployments/web']);
    expect(cached(action).target?.target['status']).toMatchObject({ readyReplicas: 1 });
  });

  it('is seen with its pods, as triggers see it; without a policy there are no triggers', async () => {
    const { seeing, web, caughtUp, cached } = await playing();
    await caughtUp();
    const action = actionOn(web, web);
    expect(cached(action).target?.pods.map(({ metadata }) => metadata.name)).toEqual(['web-1']);
    expect(cachedScene(seeing, { action, kind: restart, policy: undefined }).target?.pods).toEqual([]);
  });

  it('is not another object that has its name by now', async () => {
    const { cluster, web, live } = await playing();
    cluster.remove(DEPLOYMENTS, named('web'), { gracePeriodSeconds: 0 });
    cluster.create(DEPLOYMENTS, deployment('web'));
    expect((await live(actionOn(web, web))).target).toBeUndefined();
  });
});

describe('a pod that was evicted', () => {
  it('is replaced by the pods that its controller made since', async () => {
    const { cluster, web, first, pod, caughtUp, cached } = await playing();
    const action = evicting(first, web);
    await caughtUp();
    expect(inShort(cached(action))).toEqual({ target: 'web-1', ready: 1, keepers: [1], replacements: ['web-1'] });
    cluster.remove(PODS, named('web-1'), { gracePeriodSeconds: 0 });
    pod('web-2');
    await caughtUp();
    expect(inShort(cached(action))).toEqual({ target: undefined, ready: 1, keepers: [1], replacements: ['web-2'] });
  });

  it('is not read once it is seen to be gone: a UID never comes back. Its controller is', async () => {
    const { cluster, web, first, caughtUp, lag, live, reads } = await playing();
    cluster.remove(PODS, named('web-1'), { gracePeriodSeconds: 0 });
    await caughtUp();
    await lag();
    cluster.modify(DEPLOYMENTS, named('web'), isReady(0), 'status');
    expect(inShort(await live(evicting(first, web)))).toMatchObject({ target: undefined, keepers: [0] });
    expect(reads).toEqual(['/apis/apps/v1/namespaces/default/deployments/web']);
  });

  it('is read where nothing brings it back', async () => {
    const { first, live, reads } = await playing();
    expect(inShort(await live(evicting(first, first)))).toMatchObject({ target: 'web-1', keepers: [] });
    expect(reads).toEqual(['/api/v1/namespaces/default/pods/web-1']);
  });

  it('is read where nothing brings it back, though the caches say that it is gone: success needs a live read (I6)', async () => {
    const { cluster, first, caughtUp, live, reads } = await playing();
    cluster.remove(PODS, named('web-1'), { gracePeriodSeconds: 0 });
    await caughtUp();
    expect(inShort(await live(evicting(first, first)))).toMatchObject({ target: undefined, keepers: [] });
    expect(reads).toEqual(['/api/v1/namespaces/default/pods/web-1']);
  });

  it('has no controller that is gone', async () => {
    const { cluster, web, first, caughtUp, lag, live } = await playing();
    await caughtUp();
    await lag();
    cluster.remove(DEPLOYMENTS, named('web'), { gracePeriodSeconds: 0 });
    expect((await live(evicting(first, web))).keepers).toEqual([]);
  });
});

describe('readiness before the first request', () => {
  it('is that of the workload, of a pod too', async () => {
    const { web, first, seeing, caughtUp } = await playing();
    await caughtUp();
    expect(baselineNow(seeing, { action: actionOn(first, web), policy: undefined })).toEqual({ wanted: 1, ready: 1 });
  });

  it('is not known of what no cache holds', async () => {
    const { web, seeing } = await playing();
    const unknown = { ...web, metadata: { ...web.metadata, uid: 'another' } };
    expect(baselineNow(seeing, { action: actionOn(unknown, unknown), policy: undefined })).toBeUndefined();
  });
});
