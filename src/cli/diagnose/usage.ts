/**
 * What pods use, by `metrics.k8s.io`, where the cluster has it and the rights reach. One value of each: no range is
 * read, so that nothing is said of how it was before.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
 */
import type { Gap, MetricValue } from '../../core/analysis/snapshot.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { whyUnseen } from '../../operator/analysis/parts.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { parseQuantity, quantityNumber } from '../../std/quantity.ts';

interface PodUsage {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly timestamp?: string;
  readonly containers?: readonly { readonly usage?: { readonly cpu?: string; readonly memory?: string } }[];
}

export interface UsageRead {
  readonly metrics: readonly MetricValue[];
  readonly gap?: Gap;
}

export async function readUsage(
  client: Pick<KubeClient, 'request'>,
  { namespace, signal }: { readonly namespace: string | undefined; readonly signal: AbortSignal },
): Promise<UsageRead> {
  const missing = (why: string): UsageRead => ({ metrics: [], gap: { kind: 'metrics', why, ...given({ namespace }) } });
  const path = `/apis/metrics.k8s.io/v1beta1${namespace === undefined ? '' : `/namespaces/${namespace}`}/pods`;
  try {
    const { status, value } = await client.request(
      { method: 'GET', path, headers: { accept: 'application/json' } },
      { signal },
    );
    if (status !== 200) return missing(whyUnseen(status));
    const { items = [] } = value as { readonly items?: readonly PodUsage[] };
    return { metrics: items.flatMap(usageOf) };
  } catch (error) {
    if (!isKubeError(error)) throw error;
    signal.throwIfAborted();
    return missing(error.code);
  }
}

function usageOf({ metadata, timestamp, containers = [] }: PodUsage): readonly MetricValue[] {
  const at = fromTimestamp(timestamp);
  if (metadata?.name === undefined || at === undefined) return [];
  const about = { kind: 'Pod', name: metadata.name, ...given({ namespace: metadata.namespace }) };
  const sum = (resource: 'cpu' | 'memory'): number =>
    containers.reduce((total, { usage }) => total + amountOf(usage?.[resource]), 0);
  const all: readonly MetricValue[] = [
    { about, name: 'cpuUse', value: sum('cpu'), at },
    { about, name: 'memoryUse', value: sum('memory'), at },
  ];
  return all.filter(({ value }) => Number.isFinite(value));
}

/** What is missing of one container makes the sum of its pod none. */
function amountOf(text: string | undefined): number {
  const amount = text === undefined ? undefined : parseQuantity(text);
  return amount === undefined ? Number.NaN : quantityNumber(amount);
}
