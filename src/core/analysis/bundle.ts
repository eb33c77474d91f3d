/**
 * The evidence of one object: what a person, or a model, gets to see of it. Bounded, the same for the same look, and
 * each item with its source and how far it is to be trusted. What the rules cite comes first, then what is nearest.
 */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';
import { canonicalJson } from '../../std/json.ts';
import { containerEvidence, isReady, statusesOf } from './causes/facts.ts';
import { addressesOf, destinationOf } from './causes/service/addresses.ts';
import { changesBetween, lastChangeOf } from './changes.ts';
import {
  conditionEvidence,
  type Evidence,
  eventEvidence,
  fieldEvidence,
  type ObjectRef,
  oneLine,
  refKey,
  refOf,
  refText,
} from './evidence.ts';
import type { Analysis } from './finding.ts';
import {
  type Amounts,
  isNode,
  isPod,
  type PodObject,
  type QuotaObject,
  type ServiceObject,
  type WorkloadObject,
} from './objects.ts';
import { sceneOf } from './scene.ts';
import { revisionOf, type Snapshot } from './snapshot.ts';

/** A model of 4,096 tokens has room for them beside the question: 60 lines of about 40 tokens. */
const MAX_ITEMS = 60;
/** Four bytes are about a token. */
const MAX_BYTES = 12_000;
/** A container that fails says why in its last lines. */
const MAX_LINES = 5;
const BYTES_PER_TOKEN = 4;

export interface Bundle {
  readonly about: ObjectRef;
  readonly items: readonly Evidence[];
  /** Items that had no room. */
  readonly left: number;
  readonly tokens: number;
  /** Of all items: equal for equal evidence, whatever the time of the look. */
  readonly digest: string;
}

export function bundleOf(snapshot: Snapshot, about: ObjectRef, { findings }: Pick<Analysis, 'findings'>): Bundle {
  const scene = sceneOf(snapshot, about);
  const cited = findings.flatMap(({ evidence, contradicting }) => [...evidence, ...contradicting]);
  const all = new Map<string, Evidence>();
  for (const item of [...cited, ...scene.flatMap((object) => itemsOf(object, snapshot)), ...gapItems(snapshot, about)])
    if (!all.has(item.id)) all.set(item.id, item);
  const items: Evidence[] = [];
  let bytes = 0;
  for (const item of all.values()) {
    const size = Buffer.byteLength(item.text) + Buffer.byteLength(item.id);
    if (items.length >= MAX_ITEMS || bytes + size > MAX_BYTES) continue;
    bytes += size;
    items.push(item);
  }
  const digest = createHash('sha256')
    .update(canonicalJson(items.map(({ id, text }) => [id, text])))
    .digest('hex');
  return { about, items, left: all.size - items.length, tokens: Math.ceil(bytes / BYTES_PER_TOKEN), digest };
}

function itemsOf(object: KubeObject, snapshot: Snapshot): readonly Evidence[] {
  const events = snapshot
    .eventsOf(refOf(object))
    .toReversed()
    .filter(({ type }) => type !== 'Normal')
    .slice(0, MAX_LINES)
    .map(eventEvidence);
  if (isPod(object)) return [...podItems(object, snapshot), ...events];
  if (isNode(object))
    return [
      ...(object.status?.conditions ?? [])
        .filter(({ type, status }) => (type === 'Ready') !== (status === 'True'))
        .map((one) => conditionEvidence(object, one)),
      ...(object.spec?.unschedulable === true
        ? [fieldEvidence(refOf(object), 'unschedulable', 'the node is cordoned')]
        : []),
      ...events,
    ];
  if (object.kind === 'Service') return [serviceItem(object, snapshot), ...events];
  if (object.kind === 'Deployment' || object.kind === 'StatefulSet' || object.kind === 'DaemonSet')
    return [...workloadItems(object, snapshot), ...events];
  if (object.kind === 'ConfigMap' || object.kind === 'Secret') return [...versionItems(object), ...events];
  const text = stateOf(object);
  return [...(text === undefined ? [] : [fieldEvidence(refOf(object), 'state', text)]), ...events];
}

/** Which version there is, and who has changed it when. Its contents are in no bundle. */
function versionItems(object: KubeObject): readonly Evidence[] {
  const last = lastChangeOf(object);
  const { resourceVersion } = object.metadata;
  if (last === undefined || resourceVersion === undefined) return [];
  const by = last.by === undefined ? '' : ` by ${last.by}`;
  return [
    {
      id: `change:${refKey(refOf(object))}:${resourceVersion}`,
      kind: 'change',
      source: refOf(object),
      time: last.at,
      trust: 'api',
      text: oneLine(
        `${refText(refOf(object))}: version ${resourceVersion}, changed last at ${toTimestamp(last.at)}${by}`,
      ),
    },
  ];
}

type Figures = Readonly<Record<string, string | number | undefined>>;

/** In one line, of kinds that have little to say. */
function stateOf(object: KubeObject): string | undefined {
  const { spec = {}, status = {} } = object as { readonly spec?: Figures; readonly status?: Figures };
  switch (object.kind) {
    case 'PersistentVolumeClaim':
      return `claim is ${status['phase'] ?? 'unknown'}, class "${spec['storageClassName'] ?? ''}"`;
    case 'ResourceQuota':
      return quotaText(object);
    case 'PodDisruptionBudget':
      return `budget allows ${status['disruptionsAllowed'] ?? '?'} disruptions, ${status['currentHealthy'] ?? '?'} healthy`;
    case 'HorizontalPodAutoscaler':
      return `autoscaler: ${status['currentReplicas'] ?? '?'} replicas, at most ${spec['maxReplicas'] ?? '?'}`;
    case 'NetworkPolicy':
      return 'a NetworkPolicy selects the pods';
    default:
      return undefined;
  }
}

function quotaText({ spec, status }: QuotaObject): string {
  const pairs = (amounts: Amounts = {}): string =>
    Object.entries(amounts)
      .map(([key, one]) => `${key}=${one}`)
      .join(', ');
  return `quota: used ${pairs(status?.used)}; limit ${pairs(status?.hard ?? spec?.hard)}`;
}

function podItems(pod: PodObject, snapshot: Snapshot): readonly Evidence[] {
  const containers = statusesOf(pod).filter(({ ready, restartCount = 0 }) => ready !== true || restartCount > 0);
  const logs = snapshot.logsOf(refOf(pod)).flatMap(({ container = '', lines }) =>
    lines.slice(-MAX_LINES).map(
      (line, index): Evidence => ({
        id: `log:${refKey(refOf(pod))}:${container}:last-${index}`,
        kind: 'log',
        source: refOf(pod),
        trust: 'workload-text',
        text: oneLine(line, 240),
      }),
    ),
  );
  return [
    ...(isReady(pod)
      ? []
      : [
          fieldEvidence(
            refOf(pod),
            'ready',
            `pod ${pod.metadata.name} is not ready, phase ${pod.status?.phase ?? 'unknown'}`,
          ),
        ]),
    ...containers.map((one) => containerEvidence(pod, one)),
    ...logs,
  ];
}

function serviceItem(service: ServiceObject, snapshot: Snapshot): Evidence {
  const { selector = {}, ports = [] } = service.spec ?? {};
  const pods = snapshot.selected(service.metadata.namespace, { matchLabels: selector });
  const ready = pods.filter(isReady).length;
  const said = ports
    .map(({ port, targetPort, protocol = 'TCP' }) => `${port}->${targetPort ?? port}/${protocol}`)
    .join(', ');
  return fieldEvidence(
    refOf(service),
    'summary',
    `Service ${service.metadata.name}: ports ${said}; ${ready} of ${pods.length} selected pods ready`,
  );
}

function workloadItems(workload: WorkloadObject, snapshot: Snapshot): readonly Evidence[] {
  const { spec, status, metadata } = workload;
  const [newest, before] = workload.kind === 'Deployment' ? snapshot.revisionsOf(refOf(workload)) : [];
  const time = fromTimestamp(newest?.metadata.creationTimestamp);
  const changes =
    newest === undefined || before === undefined
      ? []
      : changesBetween(before, newest).map(
          ({ field, text }): Evidence => ({
            id: `change:${refKey(refOf(workload))}:${revisionOf(newest)}:${field}`,
            kind: 'change',
            source: refOf(workload),
            ...(time !== undefined && { time }),
            trust: 'api',
            text: `revision ${revisionOf(newest)} changed ${text}`,
          }),
        );
  const calls = addressesOf(spec?.template?.spec).map((address) => {
    const found = destinationOf(address, metadata.namespace, snapshot).kind;
    const what =
      found === 'service'
        ? 'a Service'
        : found === 'missing'
          ? 'no Service of that name'
          : 'outside of the cluster or not seen';
    return fieldEvidence(
      refOf(workload),
      `env:${address.variable}`,
      `${address.variable} names ${address.host}${address.port === undefined ? '' : `:${address.port}`}: ${what}`,
    );
  });
  return [
    fieldEvidence(
      refOf(workload),
      'replicas',
      `${refText(refOf(workload))}: ${status?.readyReplicas ?? status?.numberReady ?? 0} of ${spec?.replicas ?? status?.desiredNumberScheduled ?? 1} ready`,
    ),
    ...(status?.conditions ?? [])
      .filter(({ status: is }) => is !== 'True')
      .map((one) => conditionEvidence(workload, one)),
    ...changes,
    ...calls,
  ];
}

const gapItems = (snapshot: Snapshot, about: ObjectRef): readonly Evidence[] =>
  snapshot.gaps
    .filter(({ namespace }) => namespace === undefined || namespace === about.namespace)
    .map(({ kind, namespace, why }) => ({
      id: `gap:${kind}:${namespace ?? ''}`,
      kind: 'gap',
      source: about,
      trust: 'api',
      text: `${kind} was not seen: ${why}`,
    }));
