/** The demo's set: reads the examples, puts them on a cluster, and reads back what is there. */
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { customResourceDefinitions } from '../../api/crd.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import type { ActionType } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { DEFAULT_NAMESPACE, GROUP, HEALING_ACTION, HEALING_POLICY, VERSION } from '../../api/names.ts';
import type { PolicyStatus } from '../../api/policy-status.ts';
import type { EventObject, Pod } from '../../shapes/workloads.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { ResourceRef } from '../../kube/resource.ts';
import { NAMESPACES } from '../../kube/well-known.ts';
import { CliError } from '../cli-error.ts';
import { type ActionSeen, CAUSE_FOUND, type Seen } from './observe.ts';
import type { Scenario } from './scenarios.ts';

export const NAMESPACE = 'default';

const apps = (resource: string): ResourceRef => ({ group: 'apps', version: 'v1', resource, namespaced: true });
const POLICIES: ResourceRef = { group: GROUP, version: VERSION, resource: HEALING_POLICY.plural, namespaced: true };
const ACTIONS: ResourceRef = { group: GROUP, version: VERSION, resource: HEALING_ACTION.plural, namespaced: true };
const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods', namespaced: true };
const EVENTS: ResourceRef = { group: '', version: 'v1', resource: 'events', namespaced: true };
const DEFINITIONS: ResourceRef = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  namespaced: false,
};

const RESOURCES: Readonly<Record<string, ResourceRef>> = {
  Deployment: apps('deployments'),
  StatefulSet: apps('statefulsets'),
  DaemonSet: apps('daemonsets'),
  HealingPolicy: POLICIES,
};

/** The folder `examples` beside `package.json`, from a source file as well as from the bundle. */
export function examplesFolder(from: string): string {
  for (let folder = from; dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'examples');
  }
  throw new CliError('the folder examples is not there; run the demo from a checkout');
}

export async function readExample(folder: string, { name }: Pick<Scenario, 'name'>): Promise<readonly KubeObject[]> {
  const text = await readFile(join(folder, `${name}.yaml`), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}

export async function installDefinitions(client: KubeClient): Promise<void> {
  for (const definition of customResourceDefinitions()) await client.create(DEFINITIONS, definition);
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: DEFAULT_NAMESPACE } });
}

export async function apply(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    const type = RESOURCES[object.kind];
    if (type === undefined) throw new CliError(`the demo does not know kind ${object.kind}`);
    await client.create(type, { ...object, metadata: { ...object.metadata, namespace: NAMESPACE } });
  }
}

/** All scenarios at (nearly) one time: a list a kind, whatever their number. */
export async function look(client: KubeClient, scenarios: readonly Scenario[]): Promise<readonly Seen[]> {
  const list = async <T extends KubeObject>(type: ResourceRef): Promise<readonly T[]> =>
    (await client.list<T>(type, { namespace: NAMESPACE })).items;
  const kinds = [...new Set(scenarios.map(({ kind }) => kind))];
  const [pods, policies, actions, events, ...workloads] = await Promise.all([
    list<Pod>(PODS),
    list(POLICIES),
    list(ACTIONS),
    list<EventObject>(EVENTS),
    ...kinds.map(async (kind) => ({ kind, items: await list(RESOURCES[kind] ?? PODS) })),
  ]);
  const at = client.clock.now();
  return scenarios.map(({ name, kind }) => ({
    at,
    workload: workloads.find((one) => one.kind === kind)?.items.find(({ metadata }) => metadata.name === name),
    pods: pods.filter(({ metadata }) => metadata.labels?.['app'] === name),
    policy: policies.find(({ metadata }) => metadata.name === name)?.['status'] as PolicyStatus | undefined,
    actions: actions.map(actionSeen).filter(({ policy }) => policy === name),
    events: events.filter(({ reason, involvedObject: about }) =>
      about.name === name
        ? about.kind === HEALING_POLICY.kind || reason === CAUSE_FOUND
        : reason === CAUSE_FOUND && about.kind === 'Pod' && about.name?.startsWith(`${name}-`) === true,
    ),
  }));
}

function actionSeen(object: KubeObject): ActionSeen & { readonly policy: string | undefined } {
  const spec = object['spec'] as {
    readonly policyRef?: { readonly name: string };
    readonly action: { readonly type: ActionType };
    readonly targetResource: { readonly kind: string; readonly name: string };
  };
  const { kind, name } = spec.targetResource;
  const status = (object['status'] ?? {}) as ActionStatus;
  return {
    name: object.metadata.name,
    type: spec.action.type,
    target: `${kind}/${name}`,
    status,
    policy: spec.policyRef?.name,
  };
}
