/** Measurements of a workload: those of its pods, or of itself where they are told by its name. */
import { type Evidence, refKey, refOf } from '../../evidence.ts';
import { METRICS, type MetricName, type MetricValue, type Snapshot } from '../../snapshot.ts';
import type { WorkloadObject } from '../../objects.ts';

export function measured(workload: WorkloadObject, name: MetricName, snapshot: Snapshot): MetricValue | undefined {
  const own = snapshot.metric(refOf(workload), name);
  if (own !== undefined) return own;
  return snapshot
    .podsOf(workload)
    .flatMap((pod) => snapshot.metric(refOf(pod), name) ?? [])
    .toSorted((a, b) => b.value - a.value)[0];
}

export const metricEvidence = ({ about, name, value, before, at }: MetricValue): Evidence => ({
  id: `metric:${refKey(about)}:${name}`,
  kind: 'metric',
  source: about,
  time: at,
  trust: 'metric',
  text: `${METRICS[name]}: ${figure(value)}${before === undefined ? '' : `, before ${figure(before)}`}`,
});

/** Three digits that count: 0.824, 70, 9180. */
const figure = (value: number): string => String(Number(value.toPrecision(3)));

export const times = ({ value, before }: MetricValue): number =>
  before === undefined || (before === 0 && value === 0) ? 1 : value / before;
