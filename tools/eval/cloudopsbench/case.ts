/**
 * One case of Cloud-OpsBench as a snapshot: what its tools would answer to an agent, and nothing of its label. Lists
 * that it holds as empty are empty; kinds that it does not hold are gaps.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { EventObject } from '../../../src/shapes/workloads.ts';
import { type LogLines, type NodeService, Snapshot } from '../../../src/core/analysis/snapshot.ts';
import type { AnalysisKind, PodSpec } from '../../../src/core/analysis/objects.ts';
import { given } from '../../../src/std/given.ts';
import { claimOf, nodeOf, podOf, serviceOf, volumeOf, workloadOf } from './described.ts';
import { alertedMetrics } from './alerts.ts';
import { ageOf, eventsOf, type Row, tableOf, textAt, treeOf } from './kubectl-text.ts';

export interface Label {
  readonly fault_taxonomy: string;
  readonly fault_object: string;
  readonly root_cause: string;
}

export interface Case {
  readonly name: string;
  readonly label: Label;
  readonly snapshot: Snapshot;
}

const RESOURCES: Readonly<Record<string, AnalysisKind>> = {
  pods: 'Pod',
  services: 'Service',
  deployments: 'Deployment',
  statefulsets: 'StatefulSet',
  daemonsets: 'DaemonSet',
  replicasets: 'ReplicaSet',
  jobs: 'Job',
  nodes: 'Node',
  persistentvolumes: 'PersistentVolume',
  persistentvolumeclaims: 'PersistentVolumeClaim',
  storageclasses: 'StorageClass',
  resourcequota: 'ResourceQuota',
  serviceaccounts: 'ServiceAccount',
  configmaps: 'ConfigMap',
  secrets: 'Secret',
  ingresses: 'Ingress',
  networkpolicies: 'NetworkPolicy',
};

const CLUSTER_WIDE: ReadonlySet<string> = new Set(['Node', 'PersistentVolume', 'StorageClass']);

const DESCRIBED: Partial<Record<AnalysisKind, (text: string) => KubeObject>> = {
  Pod: podOf,
  Service: serviceOf,
  Node: nodeOf,
  PersistentVolume: volumeOf,
  PersistentVolumeClaim: claimOf,
  ...Object.fromEntries(
    ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) => [
      kind,
      (text: string) => workloadOf(kind, text),
    ]),
  ),
};

/** The folders of one system: `boutique/<family>/<number>`. */
export function casesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(folder, name))
        .filter((one) => existsSync(join(folder, name, one, 'metadata.json')))
        .toSorted((a, b) => Number(a) - Number(b))
        .map((one) => join(name, one)),
    );
}

const jsonAt = (path: string): unknown => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

export function readCase(folder: string, name: string): Case {
  const at = join(folder, name);
  const { namespace, result } = jsonAt(join(at, 'metadata.json')) as {
    readonly namespace: string;
    readonly result: Label;
  };
  const states = jsonAt(join(at, 'raw_data', 'k8s_states.json')) as Readonly<Record<string, string>>;
  const tools = (jsonAt(join(at, 'tool_cache.json')) ?? {}) as Readonly<Record<string, unknown>>;
  const logs = (jsonAt(join(at, 'raw_data', 'logs.json')) ?? {}) as Recorded['logs'];
  return { name, label: result, snapshot: snapshotOf({ namespace, states, tools, logs }) };
}

interface Recorded {
  readonly namespace: string;
  readonly states: Readonly<Record<string, string>>;
  readonly tools: Readonly<Record<string, unknown>>;
  /** The last lines by app. */
  readonly logs: Readonly<Record<string, readonly string[]>>;
}

function snapshotOf({ namespace, states, tools, logs }: Recorded): Snapshot {
  const at = lookedAt(states);
  const manifests = manifestsOf(tools);
  const objects: KubeObject[] = [];
  const events: EventObject[] = [];
  const seen = new Set<string>();
  for (const [command, text] of Object.entries(states)) {
    const [, verb, resource = '', name] =
      /^kubectl (get|describe) (\w+)(?: ([^-]\S*))? -n \S+(?: --show-labels)?$/.exec(command) ?? [];
    const kind = RESOURCES[resource];
    if (verb === undefined || kind === undefined) continue;
    if (verb === 'get' && name === undefined && command.endsWith('--show-labels')) {
      seen.add(kind);
      objects.push(...tableOf(text).flatMap((row) => listed(kind, row, { namespace, at }) ?? []));
    }
    if (verb !== 'describe' || name === undefined) continue;
    const described = DESCRIBED[kind]?.(text);
    if (described !== undefined) objects.push(described);
    if (kind === 'Node') objects.push(...leaseOf(name, text));
    events.push(...eventsOf(text).map((line, index) => eventOf(line, { kind, namespace, name, at, index })));
  }
  const merged = byKey(objects).map((object) => withManifest(object, manifests));
  return new Snapshot({
    at,
    objects: withPodSpecs(merged),
    events,
    metrics: alertedMetrics(tools['GetAlerts:{}'], { namespace, at }),
    logs: logsOf({ namespace, states, tools, logs }, merged),
    nodeServices: nodeServicesOf(tools),
    gaps: [...new Set(Object.values(RESOURCES))]
      .filter((kind) => !seen.has(kind))
      .map((kind) => ({ kind, why: 'NotRecorded' })),
  });
}

/** The newest time that the cluster wrote. When the files were written stands in the local time of another machine. */
function lookedAt(states: Recorded['states']): number {
  const times = Object.values(states).flatMap((text) =>
    [...text.matchAll(/(?:RenewTime|Started|Finished|Start Time):\s+(\w{3}, \d.*)$/gm)].map(([, time = '']) =>
      Date.parse(time),
    ),
  );
  return Math.max(FALLBACK, ...times.filter((time) => !Number.isNaN(time)));
}

/** Of a case without any time: all that is asked of it are differences. */
const FALLBACK = 1_700_000_000_000;

/** What a table says that no description does: labels, age, and what is used of a quota. */
function listed(
  kind: AnalysisKind,
  row: Row,
  { namespace, at }: { readonly namespace: string; readonly at: number },
): KubeObject | undefined {
  const { NAME: name = '', LABELS: labels = '', AGE: age = '' } = row;
  if (name === '') return undefined;
  const object = {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      ...(!CLUSTER_WIDE.has(kind) && { namespace }),
      labels: Object.fromEntries(
        labels
          .split(',')
          .filter((one) => one.includes('='))
          .map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
      ),
      creationTimestamp: new Date(at - ageOf(age)).toISOString(),
    },
  };
  if (kind === 'StorageClass')
    return { ...object, provisioner: row['PROVISIONER'], volumeBindingMode: row['VOLUMEBINDINGMODE'] };
  if (kind !== 'ResourceQuota') return object;
  const pairs = [...`${row['REQUEST'] ?? ''}, ${row['LIMIT'] ?? ''}`.matchAll(/([\w./-]+): (\S+?)\/([\w.]+)/g)];
  return {
    ...object,
    status: {
      used: Object.fromEntries(pairs.map(([, resource, used]) => [resource, used])),
      hard: Object.fromEntries(pairs.map(([, resource, , hard]) => [resource, hard])),
    },
  };
}

function leaseOf(name: string, text: string): readonly KubeObject[] {
  const lease = treeOf(text).find(({ key }) => key === 'Lease');
  const renewed = Date.parse(textAt(lease?.children ?? [], 'RenewTime'));
  if (Number.isNaN(renewed)) return [];
  return [
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'kube-node-lease', name },
      spec: { renewTime: new Date(renewed).toISOString() },
    },
  ];
}

function eventOf(
  line: ReturnType<typeof eventsOf>[number],
  about: {
    readonly kind: AnalysisKind;
    readonly namespace: string;
    readonly name: string;
    readonly at: number;
    readonly index: number;
  },
): EventObject {
  const { kind, name, at, index } = about;
  const wide = CLUSTER_WIDE.has(kind);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: wide ? 'default' : about.namespace, name: `${name}.${index}` },
    involvedObject: { kind, name, ...(!wide && { namespace: about.namespace }) },
    type: line.type,
    reason: line.reason,
    message: line.message,
    count: line.count,
    firstTimestamp: new Date(at - line.firstMs).toISOString(),
    lastTimestamp: new Date(at - line.ageMs).toISOString(),
  };
}

function manifestsOf(tools: Readonly<Record<string, unknown>>): ReadonlyMap<string, KubeObject> {
  const found = new Map<string, KubeObject>();
  for (const [call, answer] of Object.entries(tools)) {
    if (!call.startsWith('GetAppYAML') || typeof answer !== 'string') continue;
    for (const document of parseAllDocuments(answer)) {
      if (document.errors.length > 0) continue;
      const object = document.toJS() as KubeObject | null;
      if (object?.kind !== undefined && object.metadata?.name !== undefined)
        found.set(`${object.kind}/${object.metadata.name}`, object);
    }
  }
  return found;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects of one key as one: later ones fill in what earlier ones lack. */
function byKey(objects: readonly KubeObject[]): readonly KubeObject[] {
  const merged = new Map<string, KubeObject>();
  for (const object of objects) {
    const key = `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const before = merged.get(key);
    merged.set(key, before === undefined ? object : (filled(before, object) as KubeObject));
  }
  return [...merged.values()];
}

function filled(own: unknown, other: unknown): unknown {
  if (!isMap(own) || !isMap(other))
    return own === undefined || (isMap(own) && Object.keys(own).length === 0) ? other : own;
  return Object.fromEntries(
    [...new Set([...Object.keys(own), ...Object.keys(other)])].map((key) => [key, filled(own[key], other[key])]),
  );
}

/**
 * The manifest knows what descriptions leave out: affinity, pull secrets, requests of a claim. The status is the
 * cluster's.
 */
function withManifest(object: KubeObject, manifests: ReadonlyMap<string, KubeObject>): KubeObject {
  const manifest = manifests.get(`${object.kind}/${object.metadata.name}`);
  if (manifest === undefined || object.kind === 'Service' || object.kind === 'PersistentVolume') return object;
  const { replicas } = (object['spec'] ?? {}) as { readonly replicas?: number };
  return { ...object, spec: { ...(filled(manifest['spec'], object['spec']) as object), ...given({ replicas }) } };
}

function withPodSpecs(objects: readonly KubeObject[]): readonly KubeObject[] {
  const templates = new Map(
    objects
      .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet' || kind === 'DaemonSet')
      .map((object) => [object.metadata.name, object]),
  );
  const owners = new Map(
    objects
      .filter(({ kind }) => kind === 'ReplicaSet')
      .map(({ metadata }) => [metadata.name, metadata.ownerReferences?.[0]?.name]),
  );
  return objects.map((object) => {
    if (object.kind !== 'Pod') return object;
    const owner = object.metadata.ownerReferences?.[0]?.name ?? '';
    const workload = templates.get(owners.get(owner) ?? owner);
    const spec = (workload?.['spec'] as { readonly template?: { readonly spec?: PodSpec } } | undefined)?.template
      ?.spec;
    return { ...object, spec: filled(object['spec'], spec) };
  });
}

const NAMED = /"service_name":"([^"]+)"/;
/** What a gatherer reads of a container. */
const LAST_LINES = 40;

function logsOf({ namespace, tools, logs }: Recorded, objects: readonly KubeObject[]): readonly LogLines[] {
  const answers = Object.entries(tools).flatMap(([call, answer]) => {
    const [, service] = (/^Get(?:Error|Recent)Logs/.test(call) ? NAMED.exec(call) : null) ?? [];
    return service === undefined ? [] : [[service, linesOf(answer)] as const];
  });
  const last = Object.entries(logs).map(
    ([service, lines]) => [service, Array.isArray(lines) ? lines.slice(-LAST_LINES) : []] as const,
  );
  return [...answers, ...last].flatMap(([service, lines]) => {
    const pod = objects.find(({ kind, metadata }) => kind === 'Pod' && metadata.name.startsWith(`${service}-`));
    return pod === undefined || lines.length === 0
      ? []
      : [{ pod: { kind: 'Pod', namespace, name: pod.metadata.name }, lines }];
  });
}

/** A pattern that was seen often counts as often, up to a bound. */
const REPEATED = 5;

function linesOf(answer: unknown): readonly string[] {
  if (typeof answer === 'object' && answer !== null) return linesOf(JSON.stringify(answer));
  if (typeof answer !== 'string' || answer.trim() === '') return [];
  try {
    const { patterns = [] } = JSON.parse(answer) as {
      readonly patterns?: readonly { readonly count?: number; readonly sample?: string }[];
    };
    return patterns.flatMap(({ count = 1, sample = '' }) =>
      Array.from({ length: Math.min(count, REPEATED) }, () => sample),
    );
  } catch {
    // An answer that is no JSON is the log itself.
    return answer.split('\n').slice(-20);
  }
}

const nodeServicesOf = (tools: Readonly<Record<string, unknown>>): readonly NodeService[] =>
  Object.entries(tools).flatMap(([call, answer]) => {
    const [, node, service] =
      /^CheckNodeServiceStatus:\{"node_name":"([^"]+)","service_name":"([^"]+)"/.exec(call) ?? [];
    if (node === undefined || service === undefined || typeof answer !== 'string') return [];
    const [, state = ''] = /Active: (\S+ \([^)]*\))/.exec(answer) ?? [];
    return state === '' ? [] : [{ node, service, running: state.startsWith('active'), text: state }];
  });
