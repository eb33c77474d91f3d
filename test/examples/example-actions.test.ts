/**
 * Every file of `examples/actions` on the embedded cluster: it breaks, and the operator heals it with no permissions
 * but those of its ClusterRole, or as the account of the namespace with none but the account's. Each gets the opt-ins
 * that `SCENES` names for it, and no more.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { rightsOf } from '../../src/cli/check/permissions.ts';
import { requestWords } from '../../src/kube/request-words.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { Discovery } from '../../src/kube/discovery.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { loadPlugins } from '../../src/cli/load-plugins.ts';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import type { EndpointCall } from '../../src/operator/ports.ts';
import { SYSTEM_ADMIN } from '../../src/sandbox/index.ts';
import { type ExampleAction, exampleActions } from '../kit/example-actions.ts';
import { mend, MIRROR, type Scene, SCENES, type Stage } from '../kit/example-scenes.ts';
import { giveClusterRules, giveHealer } from '../kit/tenancies.ts';
import { JOBS } from '../kit/resources.ts';
import { COMPONENT, DEFAULT_NAMESPACE } from '../../src/api/names.ts';
import { operatorRules, optIns, rbacObjects, type Tenancy, tenancies } from '../../src/api/rbac.ts';
import { type OutsideOptions, type RunningOperator, TestCluster } from '../kit/test-cluster.ts';

const EXAMPLES = exampleActions();
const ROOT = join(import.meta.dirname, '../..');
/** By the operator of any example, in tenancy single. */
const used = new Set<string>();

const stageOf = ({ cluster }: TestCluster): Stage => ({
  namespace: 'default',
  node: 'node-1',
  get: (gvr, key) => cluster.get(gvr, key),
  list: (gvr) => cluster.list(gvr, 'default'),
  modify: (gvr, key, change, subresource) => void cluster.modify(gvr, key, change, subresource),
});

/** The one that is called mends the Deployment that the call names, a second later. */
function receiver(world: TestCluster): OutsideOptions {
  const send = async ({ body }: EndpointCall) => {
    const { target } = JSON.parse(body) as { readonly target: { readonly name: string } };
    void world.clock.until(world.clock.now() + 1000).then(() => mend(stageOf(world), target.name));
    return { kind: 'answered', status: 202 } as const;
  };
  const settings = { ...DEFAULT_ACTION_SETTINGS, endpoints: ['runbooks'], channels: ['on-call', 'shop-chat'] };
  return { registry: actionRegistry(), settings, endpoints: { send } };
}

async function outsideOf(world: TestCluster, { needs }: Scene): Promise<OutsideOptions | undefined> {
  if (needs === 'receiver') return receiver(world);
  if (needs === undefined) return undefined;
  const registry = actionRegistry({ disabled: [], plugins: await loadPlugins([MIRROR]) });
  return { registry, settings: DEFAULT_ACTION_SETTINGS };
}

/** The program in a Job runs before the operator starts. */
function runsJobs(world: TestCluster, name: string, { mendedWhen }: Scene): void {
  let isMended = false;
  if (mendedWhen === undefined) return;
  world.cluster.subscribe(JOBS, () => {
    if (isMended || !mendedWhen(stageOf(world))) return;
    isMended = true;
    void mend(stageOf(world), name);
  });
}

async function played(
  { name, objects, policy }: ExampleAction,
  scene: Scene,
  tenancy: Tenancy,
): Promise<{ readonly world: TestCluster; readonly running: RunningOperator }> {
  const world = new TestCluster(2, 'on', 'on');
  const client = new KubeClient({ transport: world.sandbox.transport(SYSTEM_ADMIN), clock: world.clock });
  const types = new Discovery(client);
  runsJobs(world, name, scene);
  const actions = await outsideOf(world, scene);
  const { allow = [], needs } = scene;
  const { rules } = actions?.registry ?? actionRegistry();
  // The plugin changes images.
  const templates = needs === 'plugin' ? 'changed' : 'kept';
  const token = await world.account(rules, { tenancy, templates, allow });
  if (tenancy === 'shared') {
    const home = policy.metadata.namespace ?? 'default';
    giveHealer(world, home);
    // What an example for nodes does lies in every namespace, and in none.
    if (home !== 'default') giveClusterRules(world, home, [...rules, ...operatorRules([], { allow })]);
  }
  const impersonation =
    tenancy === 'shared' ? { required: true, defaultServiceAccount: 'healer' } : { required: false };
  const running = world.operator({ token, config: { impersonation }, ...(actions !== undefined && { actions }) });
  for (const object of [...objects, policy]) {
    const type = await types.resolve(object.apiVersion, object.kind);
    if (type === undefined) throw new Error(`the cluster has no ${object.kind} of ${object.apiVersion}`);
    await client.create(
      type,
      type.namespaced ? { ...object, metadata: { namespace: 'default', ...object.metadata } } : object,
    );
  }
  if (scene.afterwards !== undefined) {
    await world.clock.advance(30_000);
    expect(world.actions()).toEqual([]);
    await scene.afterwards(stageOf(world));
  }
  await world.until(() => world.phases().some((phase) => ['Succeeded', 'Failed', 'Cancelled'].includes(phase)));
  return { world, running };
}

describe.each(tenancies)('the examples of actions, in tenancy %s', (tenancy) => {
  it.each(EXAMPLES.map((example) => [example.name, example] as const))('%s heals', async (name, example) => {
    const scene = SCENES[name];
    if (scene === undefined)
      throw new Error(`say in test/kit/example-scenes.ts what becomes of examples/actions/${name}.yaml`);
    const { world, running } = await played(example, scene, tenancy);
    const statuses = world.actions().map((action) => (action['status'] ?? {}) as ActionStatus);
    expect(
      statuses.map(({ phase, reason }) => [phase, reason]),
      statuses[0]?.message,
    ).toEqual([['Succeeded', scene.reason ?? 'Verified']]);
    // Proof of a Delivered is none of the target: it is mended by whoever was told.
    if (scene.reason !== undefined) await world.clock.advance(60_000);
    expect(scene.state(stageOf(world))).toEqual(scene.healed);
    // Nothing more is done: it is healed.
    await world.clock.advance(600_000);
    expect(world.actions().length).toBe(1);
    expect(running.forbidden).toEqual([]);
    if (tenancy === 'single') for (const { request } of running.sent) used.add(rightOf(requestWords(request)));
  });
});

const RECORDS = 'test/healing/rights-of-records.test.ts';
const LOOKS = 'test/healing/rights-of-looks.test.ts';
const KINDS = 'test/healing/rights-of-actions.test.ts';

/** Rights that no example of an action needs, and the test that fails without them. */
const NEEDED_ELSEWHERE: Readonly<Record<string, string>> = {
  'create configmaps': RECORDS,
  'create leases.coordination.k8s.io': 'test/e2e/hand-over.test.ts',
  'create pods': 'test/healing/replacement.test.ts',
  'create secrets': 'test/e2e/installation.test.ts',
  'delete cronjobs.batch': KINDS,
  'delete daemonsets.apps': KINDS,
  'delete deployments.apps': KINDS,
  'delete healingactions.kubeskippy.io': RECORDS,
  'delete horizontalpodautoscalers.autoscaling': KINDS,
  'delete poddisruptionbudgets.policy': KINDS,
  'delete replicasets.apps': KINDS,
  'delete replicationcontrollers': KINDS,
  'delete services': KINDS,
  'patch cronjobs.batch': KINDS,
  'patch daemonsets.apps': KINDS,
  'patch events': RECORDS,
  'patch healingactions.kubeskippy.io': RECORDS,
  'patch horizontalpodautoscalers.autoscaling': KINDS,
  'patch jobs.batch': KINDS,
  'patch persistentvolumeclaims': KINDS,
  'patch poddisruptionbudgets.policy': KINDS,
  'patch pods': KINDS,
  'patch replicasets.apps': KINDS,
  'patch replicasets.apps/scale': KINDS,
  'patch replicationcontrollers': KINDS,
  'patch services': KINDS,
  'patch statefulsets.apps': KINDS,
  'patch statefulsets.apps/scale': KINDS,
  'read controllerrevisions.apps': 'test/matrix/rollback.test.ts',
  'read persistentvolumes': LOOKS,
  'read replicasets.apps/scale': KINDS,
  'read replicationcontrollers': LOOKS,
  'read serviceaccounts': LOOKS,
  'read statefulsets.apps/scale': KINDS,
  'read storageclasses.storage.k8s.io': LOOKS,
  'read validatingadmissionpolicies.admissionregistration.k8s.io': 'test/attacks/approvals.test.ts',
  'read validatingadmissionpolicybindings.admissionregistration.k8s.io': 'test/attacks/approvals.test.ts',
  'read verticalpodautoscalers.autoscaling.k8s.io': LOOKS,
  'update configmaps': RECORDS,
  'update leases.coordination.k8s.io': 'test/e2e/hand-over.test.ts',
};

/** Every example above ends with an operator to which nothing was forbidden: without a rule that it uses it fails. */
describe('the rules of the operator', () => {
  it('are each needed by an example, or by a test that is named', () => {
    const roles = rbacObjects({
      namespace: DEFAULT_NAMESPACE,
      actionRules: actionRegistry().rules,
      allow: optIns,
    }).filter(({ metadata }) => [`${COMPONENT}-operator`, `${COMPONENT}-leader`].includes(metadata.name));
    const granted = new Set(
      rightsOf(roles).map(({ group, resource, verb }) => rightOf({ verb, resource: whole(group, resource) })),
    );
    const unused = [...granted].filter((resource) => !used.has(resource));
    expect(unused.toSorted()).toEqual(Object.keys(NEEDED_ELSEWHERE).toSorted());
    for (const file of Object.values(NEEDED_ELSEWHERE))
      expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
  });
});

/** Whether a list is read or watched from its start is for the server to say: all three are one right to read. */
const rightOf = ({ verb, resource }: { readonly verb: string; readonly resource: string }): string =>
  `${['get', 'list', 'watch'].includes(verb) ? 'read' : verb} ${resource}`;

/** As `requestWords` names resources: the group stands before the subresource. */
function whole(group: string, resource: string): string {
  const [name = '', sub] = resource.split('/');
  return `${group === '' ? name : `${name}.${group}`}${sub === undefined ? '' : `/${sub}`}`;
}

describe('the examples of actions', () => {
  it('are about the action that their file is named after', () => {
    expect(
      EXAMPLES.filter(({ name, policy }) => !policy.spec.actions.some(({ type }) => name.startsWith(type))),
    ).toEqual([]);
    expect(Object.keys(SCENES).filter((name) => !EXAMPLES.some((example) => example.name === name))).toEqual([]);
  });
});
