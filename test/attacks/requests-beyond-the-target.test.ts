/**
 * The attack: somebody who may write the status of an action puts a request of theirs there, as the plan or as the way
 * back, and the operator sends it with its own rights. The guard: every request is held to the reach of its action by
 * its own path (src/core/authority), right before it is read for and right before it is sent, whoever has written it.
 */
import { describe, expect, it } from 'vitest';
import type { Inverse } from '../../src/api/action-status.ts';
import { type HealingAction, parseAction } from '../../src/api/parse-action.ts';
import { liveGates } from '../../src/operator/action/gate-scenes.ts';
import { readNamed } from '../../src/operator/action/live-objects.ts';
import { errandOf, lookBack, reachCheck } from '../../src/operator/action/reach-check.ts';
import { sendStage } from '../../src/operator/action/sending.ts';
import { NO_ENDPOINTS } from '../../src/operator/ports.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { seeingOn } from '../kit/seeing.ts';
import { deployment, TestCluster } from '../kit/test-cluster.ts';
import { ACTIONS, DEPLOYMENTS, NAMESPACES } from '../kit/resources.ts';

const COREDNS = '/apis/apps/v1/namespaces/kube-system/deployments/coredns';
const WEB = '/apis/apps/v1/namespaces/default/deployments/web';
const IMAGE = { spec: { template: { spec: { containers: [{ name: 'main', image: 'evil' }] } } } };

const inverse = (change: Partial<Inverse>): Inverse => ({
  method: 'PATCH',
  path: COREDNS,
  contentType: 'application/merge-patch+json',
  body: JSON.stringify({ spec: { replicas: 0 } }),
  description: 'set it back',
  guard: {},
  restores: { '/spec/replicas': '0' },
  ...change,
});

async function attacked(block: object = { type: 'restart', restartAction: { strategy: 'recreate' } }) {
  const world = new TestCluster(0, 'off');
  const { cluster } = world;
  for (const name of ['kubeskippy-system', 'team-b'])
    cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const web = cluster.create(DEPLOYMENTS, deployment('web'));
  for (const [namespace, name] of [
    ['kube-system', 'coredns'],
    ['team-b', 'web'],
    ['default', 'other'],
  ] as const) {
    const one = deployment(name);
    cluster.create(DEPLOYMENTS, { ...one, metadata: { ...one.metadata, namespace } });
  }
  const { metadata } = cluster.create(ACTIONS, {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { name: 'heal', namespace: 'default' },
    spec: {
      targetResource: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: 'default',
        name: 'web',
        uid: web.metadata.uid,
      },
      action: { name: 'heal', ...block },
    },
  });
  const stored: KubeObject = cluster.get(ACTIONS, { namespace: 'default', name: metadata.name }) ?? web;
  const { action } = parseAction(stored);
  if (action === undefined) throw new Error('the action cannot be read');
  return { world, action, web, ...(await seeingOn(world)) };
}

type Attacked = Awaited<ReturnType<typeof attacked>>;

/** What the operator does about one inverse: what it reads, what it sends, and what it says. */
async function undoing({ seeing, live, stores, reads }: Attacked, action: HealingAction, one: Inverse) {
  reads.length = 0;
  const step = await lookBack(seeing, live, { action, inverse: one });
  const looked = reads.filter((path) => path.endsWith(one.path));
  // As if the lap had found it in order: the second guard stands for itself.
  const scene = await liveGates(seeing, { live, stores, how: 'continues' }, action);
  reads.length = 0;
  const trail: string[] = [];
  const { client } = live;
  const sent = await sendStage(
    {
      clock: seeing.clock,
      client,
      audit: { record: async ({ entry, result }) => void trail.push(`${entry} ${result ?? ''}`.trim()) },
      endpoints: NO_ENDPOINTS,
      mayAct: () => true,
    },
    action,
    {
      requests: [step.kind === 'request' ? step.request : one],
      rules: {},
      check: reachCheck(
        live,
        { scene, how: 'continues', look: async (read) => read.scene, clock: seeing.clock },
        await errandOf(seeing, live, action),
      ),
    },
  );
  return { step, looked, sent, written: reads.filter((path) => path.endsWith(one.path)), trail };
}

const FORGED: readonly (readonly [string, Inverse])[] = [
  ['another namespace, past its protection', inverse({})],
  ['the namespace of another team', inverse({ path: WEB.replace('default', 'team-b') })],
  ['another object of its own namespace', inverse({ path: WEB.replace('/web', '/other') })],
  ['a Secret', inverse({ path: '/api/v1/namespaces/default/secrets/token' })],
  ['the cluster', inverse({ path: '/api/v1/nodes/node-1' })],
  ['the status of the target', inverse({ path: `${WEB}/status` })],
  ['the target, by a path with steps', inverse({ path: `${WEB}/../other` })],
  ['the target, encoded', inverse({ path: WEB.replace('/deployments/', '%2Fdeployments%2F') })],
  ['the target, in a query of its own', inverse({ path: `${WEB}?dryRun=` })],
  ['the removal of the target', inverse({ path: WEB, method: 'DELETE' })],
  ['an endpoint', inverse({ path: '', method: 'POST', endpoint: 'pager' })],
];

describe('an inverse that somebody wrote into the status reaches', () => {
  it.each(FORGED)('%s: nothing is read there, nothing is sent, and it is said (I37)', async (_title, forged) => {
    const scene = await attacked();
    const { step, looked, sent, written, trail } = await undoing(scene, scene.action, forged);
    expect(step).toMatchObject({ kind: 'impossible', message: expect.stringContaining('OutOfReach') });
    expect(sent).toMatchObject({ kind: 'refused', failures: [{ code: 'OutOfReach' }] });
    expect([looked, written, trail]).toEqual([[], [], ['intent', 'outcome OutOfReach']]);
  });
});

describe('an inverse that goes to the target', () => {
  it.each<[string, Inverse, string]>([
    ['sets what its type sets', inverse({ path: WEB, restores: { '/spec/replicas': '7' } }), 'done'],
    [
      'sets an image',
      inverse({ path: WEB, body: JSON.stringify(IMAGE), restores: { '/spec/replicas': '7' } }),
      'refused',
    ],
    [
      'removes a label',
      inverse({ path: WEB, body: '{"metadata":{"labels":null}}', restores: { '/spec/replicas': '7' } }),
      'refused',
    ],
  ])('%s (I37)', async (_title, one, kind) => {
    const scene = await attacked();
    const { sent } = await undoing(scene, scene.action, one);
    expect(sent.kind).toBe(kind);
    const now = await readNamed(scene.live, { ...scene.action.spec.targetResource });
    expect(JSON.stringify(now)).not.toContain('evil');
    expect(now?.metadata.labels).toEqual({ app: 'web' });
  });

  it('sets nothing that another type would set', async () => {
    const scene = await attacked({ type: 'restart', restartAction: { strategy: 'rolling' } });
    const { sent } = await undoing(scene, scene.action, inverse({ path: WEB, restores: { '/spec/replicas': '7' } }));
    expect(sent).toMatchObject({ kind: 'refused', failures: [{ code: 'OutOfReach' }] });
  });
});
