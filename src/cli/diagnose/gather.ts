/**
 * What `kubeskippy diagnose` reads, through whatever rights the kubeconfig gives. A kind that may not be read is a gap,
 * and so is one with more objects than are read: nothing is concluded from what was not seen.
 */
import { type Gap, type LogLines, Snapshot } from '../../core/analysis/snapshot.ts';
import { isUnwell, lastEnd, statusesOf } from '../../core/analysis/causes/facts.ts';
import { isPod } from '../../core/analysis/objects.ts';
import { refOf } from '../../core/analysis/evidence.ts';
import { type KubeClient, listPath } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { type Part, PARTS, whyUnseen } from '../../operator/analysis/parts.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { EventObject } from '../../shapes/workloads.ts';
import { readUsage } from './usage.ts';

/**
 * Objects of one kind. 20,000 pods of 4 KiB are 80 MB, which a laptop holds; a cluster with more is looked at by
 * namespace.
 */
const MAX_OBJECTS = 20_000;
/** Logs of so many pods are read with `--logs`: pods of one workload say the same. */
const MAX_LOGS = 20;
const LOG_LINES = 40;
/** Forty lines of 4 KB. A container runtime cuts lines at 16 KB, and a hostile program writes no shorter ones. */
const LOG_BYTES = 160_000;

export interface GatherOptions {
  readonly client: KubeClient;
  /** The server's: ages of its objects are by that. */
  readonly clock: Pick<Clock, 'now'>;
  /** Omitted: all namespaces. */
  readonly namespace: string | undefined;
  readonly logs: 'read' | 'leave';
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export async function gather(options: GatherOptions): Promise<Snapshot> {
  const { client, namespace, say, signal } = options;
  const objects: KubeObject[] = [];
  const events: EventObject[] = [];
  const gaps: Gap[] = [];
  for (const one of PARTS) {
    const found = await readPart(one, options);
    say(`${one.resource}: ${found.gap === undefined ? found.items.length : found.gap.why}\n`);
    if (found.gap !== undefined) gaps.push(found.gap);
    if (one.kind === 'Event') for (const item of found.items) events.push(item as EventObject);
    else for (const item of found.items) objects.push(item);
  }
  if (namespace !== undefined && namespace !== DNS_AT)
    for (const one of PARTS.filter(({ kind }) => kind === 'Pod' || kind === 'Service')) {
      const found = await readPart(one, { ...options, namespace: DNS_AT }, DNS_LABEL);
      if (found.gap !== undefined) gaps.push(found.gap);
      objects.push(...found.items);
    }
  const leases = await readPart(LEASES, { ...options, namespace: LEASES_AT });
  say(`${LEASES.resource}: ${leases.gap === undefined ? leases.items.length : leases.gap.why}\n`);
  if (leases.gap !== undefined) gaps.push(leases.gap);
  objects.push(...leases.items);
  const { metrics, gap: unmeasured } = await readUsage(client, { namespace, signal });
  say(`metrics: ${unmeasured === undefined ? metrics.length : unmeasured.why}\n`);
  if (unmeasured !== undefined) gaps.push(unmeasured);
  const at = options.clock.now();
  const read = options.logs === 'read' ? await readLogs(objects, at, options) : undefined;
  if (read === undefined)
    gaps.push({ kind: 'logs', why: 'not asked for', ...(namespace !== undefined && { namespace }) });
  return new Snapshot({ at, objects, events, metrics, gaps: [...gaps, ...(read?.gaps ?? [])], logs: read?.logs ?? [] });
}

/** Heartbeats of nodes. https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats */
const LEASES_AT = 'kube-node-lease';
const LEASES: Part = {
  kind: 'Lease',
  resource: 'leases',
  group: 'coordination.k8s.io',
  version: 'v1',
  namespaced: true,
};

/** Every namespace asks it for names. https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/ */
const DNS_AT = 'kube-system';
const DNS_LABEL = 'k8s-app=kube-dns';

interface Found {
  readonly items: readonly KubeObject[];
  readonly gap?: Gap;
}

async function readPart(one: Part, { client, namespace, signal }: GatherOptions, label?: string): Promise<Found> {
  const items: KubeObject[] = [];
  const place = one.namespaced ? namespace : undefined;
  const gap = (why: string): Gap => ({ kind: one.kind, why, ...(place !== undefined && { namespace: place }) });
  let token: string | undefined;
  try {
    do {
      const path = listPath(one, { namespace: place, ...given({ labelSelector: label }) }, token);
      const accept = one.metadataOnly === true ? METADATA : 'application/json';
      const { status, value } = await client.request({ method: 'GET', path, headers: { accept } }, { signal });
      if (status !== 200) return { items, gap: gap(whyUnseen(status)) };
      const list = value as {
        readonly items?: readonly KubeObject[];
        readonly metadata?: { readonly continue?: string };
      };
      for (const item of list.items ?? []) items.push({ ...item, kind: one.kind, apiVersion: item.apiVersion ?? '' });
      token = list.metadata?.continue === '' ? undefined : list.metadata?.continue;
      if (items.length >= MAX_OBJECTS && token !== undefined) return { items, gap: gap('TooMany') };
    } while (token !== undefined);
    return { items };
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return { items, gap: gap(error.code) };
  }
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** The last lines of containers that are not well: of the run that ended where there is one. */
async function readLogs(
  objects: readonly KubeObject[],
  at: number,
  { client, say, signal }: GatherOptions,
): Promise<{ readonly logs: readonly LogLines[]; readonly gaps: readonly Gap[] }> {
  const pods = objects
    .filter(isPod)
    .filter((pod) => isUnwell(pod, at))
    .slice(0, MAX_LOGS);
  const logs: LogLines[] = [];
  const gaps: Gap[] = [];
  for (const pod of pods) {
    const container = statusesOf(pod).find((one) => one.ready !== true);
    if (container === undefined) continue;
    const previous = container.state?.terminated === undefined && lastEnd(container) !== undefined;
    const { namespace = '', name } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?container=${container.name}&tailLines=${LOG_LINES}&limitBytes=${LOG_BYTES}${previous ? '&previous=true' : ''}`;
    const read = await lineRead(client, path, signal);
    if (typeof read === 'string') {
      gaps.push({ kind: 'logs', namespace, why: read });
      continue;
    }
    const { status, value } = read;
    // A log that may not be read, or a run that left none, is no reason to end.
    if (status !== 200) continue;
    const text = typeof value === 'string' ? value : JSON.stringify(value ?? '');
    say(`log of ${namespace}/${name} ${container.name}\n`);
    logs.push({ pod: refOf(pod), container: container.name, lines: text.split('\n').filter((line) => line !== '') });
  }
  return { logs, gaps };
}

/** Why it was not read, or the answer: one kubelet that cannot be reached is no reason to say nothing. */
async function lineRead(client: KubeClient, path: string, signal: AbortSignal) {
  try {
    return await client.request({ method: 'GET', path, headers: { accept: '*/*' } }, { signal });
  } catch (error) {
    if (!isKubeError(error)) throw error;
    signal.throwIfAborted();
    return error.code;
  }
}
