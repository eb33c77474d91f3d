/**
 * Manifests as charts write them, each with its end on a real cluster: ready, waiting with which message, or refused
 * with which sentence.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../shapes/kube.ts';
import { isApiError } from './machinery/errors.ts';
import { CLAIMS, DAEMON_SETS, DEPLOYMENTS, EVENTS, JOBS, type Resource, STATEFUL_SETS } from './runtime/resources.ts';
import { ascending, closeWorlds, MINUTE, SECOND, World } from './test-kit/world.ts';

afterEach(closeWorlds);

const FOLDER = join(import.meta.dirname, 'test-kit/manifests');

/** Object after object, as kubectl does, in the cluster's time between them. Returns what was refused. */
async function apply(world: World, file: string): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const document of parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8'))) {
    const object = document.toJS() as KubeObject & { readonly apiVersion: string; readonly kind: string };
    const [version = '', group = ''] = object.apiVersion.split('/').toReversed();
    const type = world.sandbox.server.registry.findKind(group, version, object.kind);
    if (type === undefined) throw new Error(`${file} has a ${object.kind}, which is not served`);
    try {
      world.sandbox.cluster.create(type, object);
    } catch (cause) {
      if (!isApiError(cause)) throw cause;
      refused.push(cause.message);
    }
    await world.pass(2 * SECOND);
  }
  return refused;
}

interface Counts extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly readyReplicas?: number;
    readonly numberReady?: number;
    readonly desiredNumberScheduled?: number;
    readonly conditions?: readonly { readonly type: string }[];
    readonly phase?: string;
  };
}

/** What is there of each workload and claim, and each distinct warning once. */
function ends(world: World): readonly string[] {
  const { cluster } = world.sandbox;
  const lines: string[] = [];
  const all = (resource: Resource): readonly Counts[] => cluster.list(resource);
  for (const { metadata, spec, status } of [...all(DEPLOYMENTS), ...all(STATEFUL_SETS)])
    lines.push(`${metadata.name}: ${status?.readyReplicas ?? 0} of ${spec?.replicas ?? 1} ready`);
  for (const { metadata, status } of all(DAEMON_SETS))
    lines.push(`${metadata.name}: ${status?.numberReady ?? 0} of ${status?.desiredNumberScheduled ?? 0} ready`);
  for (const { metadata, status } of all(JOBS))
    lines.push(`${metadata.name}: ${status?.conditions?.at(-1)?.type ?? 'running'}`);
  for (const { metadata, status } of all(CLAIMS)) lines.push(`${metadata.name}: ${status?.phase ?? 'Pending'}`);
  const warnings = all(EVENTS)
    .filter(({ type }) => type === 'Warning')
    .map(({ reason, message }) => `${String(reason)}: ${String(message)}`);
  return [...lines, ...[...new Set(warnings)].sort(ascending)];
}

const NO_VICTIMS = (victims: number, helpless: number): string =>
  'no new claims to deallocate, preemption: 0/3 nodes are available: ' +
  [
    ...(victims > 0 ? [`${victims} No preemption victims found for incoming pod`] : []),
    ...(helpless > 0 ? [`${helpless} Preemption is not helpful for scheduling`] : []),
  ].join(', ') +
  '.';

const ENDS: Readonly<Record<string, { readonly ends: readonly (string | RegExp)[] }>> = {
  'ingress-controller.yaml': { ends: ['ingress: 2 of 2 ready'] },
  'database.yaml': {
    ends: ['db: 3 of 3 ready', 'data-db-0: Bound', 'data-db-1: Bound', 'data-db-2: Bound'],
  },
  'node-agent.yaml': {
    ends: [
      'exporter: 3 of 3 ready',
      'rival: 0 of 3 ready',
      "FailedScheduling: 0/3 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, " +
        `2 node(s) didn't satisfy plugin(s) [NodeAffinity]. ${NO_VICTIMS(1, 2)}`,
    ],
  },
  'migration.yaml': { ends: ['migrate: Complete'] },
  'operator.yaml': { ends: ['backup: 1 of 1 ready'] },
  'training.yaml': {
    ends: [
      'train: 0 of 1 ready',
      `FailedScheduling: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu. ${NO_VICTIMS(0, 3)}`,
    ],
  },
  'web-without-secrets.yaml': {
    ends: [
      'api: 0 of 1 ready',
      'front: 0 of 1 ready',
      'Failed: Error: secret "api-settings" not found',
      'FailedMount: MountVolume.SetUp failed for volume "tls" : secret "front-tls" not found',
    ],
  },
  'cloud-volumes.yaml': {
    ends: [
      'search: 0 of 3 ready',
      'data-search-0: Pending',
      'FailedScheduling: 0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
    ],
  },
  'privileged-agent.yaml': {
    ends: [
      'agent: 0 of 1 ready',
      /^FailedCreate: (?:\(combined from similar events\): )?Error creating: pods "agent-[\w-]+" is forbidden: violates PodSecurity "restricted:latest": privileged \(container "agent" must not set securityContext\.privileged=true\), allowPrivilegeEscalation != false/,
    ],
  },
  'tenant.yaml': {
    ends: [
      'silent: 0 of 1 ready',
      /^FailedCreate: (?:\(combined from similar events\): )?Error creating: pods "silent-[\w-]+" is forbidden: failed quota: limits: must specify requests\.cpu for: main; requests\.memory for: main$/,
    ],
  },
  'queue.yaml': {
    ends: [
      'queue: 3 of 4 ready',
      `FailedScheduling: 0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. ${NO_VICTIMS(3, 0)}`,
    ],
  },
  'priorities.yaml': {
    ends: [
      'batch: 2 of 3 ready',
      'serving: 1 of 1 ready',
      'FailedScheduling: 0/3 nodes are available: 3 Insufficient cpu.',
      `FailedScheduling: 0/3 nodes are available: 3 Insufficient cpu. ${NO_VICTIMS(3, 0)}`,
    ],
  },
  'injector.yaml': {
    ends: [
      'app: 0 of 1 ready',
      /^FailedCreate: (?:\(combined from similar events\): )?Error creating: Internal error occurred: failed calling webhook "inject\.example\.com": failed to call webhook: Post "https:\/\/injector\.default\.svc:443\/inject\?timeout=10s": service "injector" not found$/,
    ],
  },
  'converter.yaml': { ends: [] },
};

test('each manifest has its end written here', () => {
  expect(readdirSync(FOLDER).sort(ascending)).toEqual(Object.keys(ENDS).sort(ascending));
});

test.each(Object.entries(ENDS))('%s ends as on a real cluster', async (file, expected) => {
  const world = await World.start({ nodes: 3 });
  const refused = await apply(world, file);
  expect(refused).toEqual([]);
  await world.pass(2 * MINUTE);
  const lines = ends(world);
  const last = expected.ends.at(-1);
  if (last instanceof RegExp) {
    // A controller that is refused writes an Event for each name that it tried.
    const count = expected.ends.length - 1;
    expect(lines.slice(0, count)).toEqual(expected.ends.slice(0, count));
    for (const line of lines.slice(count)) expect(line).toMatch(last);
    expect(lines.length).toBeGreaterThan(count);
  } else expect(lines).toEqual(expected.ends);
});
