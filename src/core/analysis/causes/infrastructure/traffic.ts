/** Nodes between which traffic is bad, told by what the pods on them measure. */
import { type Evidence, refOf } from '../../evidence.ts';
import type { NodeObject, WorkloadObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { calledBy, isSlow } from '../performance/network-slow.ts';
import { measured, metricEvidence, times } from '../performance/measured.ts';
import { workloadsOf } from '../service/addresses.ts';

const NAMESPACES_LIMIT = 50;

interface Slow {
  readonly workload: WorkloadObject;
  /** Nothing that it calls is slow. */
  readonly first: boolean;
  readonly evidence: Evidence;
}

/** Workloads of the cluster that are slow; empty where nothing is measured. */
function slowOnes(snapshot: Snapshot): readonly Slow[] {
  const namespaces = [...new Set(snapshot.all('Pod').map(({ metadata }) => metadata.namespace))].slice(
    0,
    NAMESPACES_LIMIT,
  );
  return namespaces.flatMap((namespace) =>
    workloadsOf(snapshot, namespace)
      .filter((one) => isSlow(one, snapshot))
      .flatMap((workload) => {
        const trip = measured(workload, 'roundTripMs', snapshot);
        if (trip === undefined) return [];
        return [
          {
            workload,
            first: !calledBy(workload, snapshot).some((one) => isSlow(one, snapshot)),
            evidence: metricEvidence(trip),
          },
        ];
      }),
  );
}

/** Two slow workloads with nothing slow behind them have the node in common. One alone has a cause of its own. */
const SEVERAL = 2;

interface Worst {
  readonly node: string;
  readonly first: readonly Slow[];
}

const known = new WeakMap<Snapshot, Worst | 'none'>();

/** Where several first ones are: the node that has most of them, and no other as many. Every node asks, once a look. */
export function worstNode(snapshot: Snapshot): Worst | undefined {
  if (!snapshot.measures('roundTripMs')) return undefined;
  const worst = known.get(snapshot) ?? worstOf(snapshot) ?? 'none';
  known.set(snapshot, worst);
  return worst === 'none' ? undefined : worst;
}

function worstOf(snapshot: Snapshot): Worst | undefined {
  const first = slowOnes(snapshot).filter((one) => one.first);
  const counts = new Map<string, Slow[]>();
  for (const one of first)
    for (const node of new Set(snapshot.podsOf(one.workload).flatMap(({ spec }) => spec?.nodeName ?? []))) {
      const same = counts.get(node);
      if (same === undefined) counts.set(node, [one]);
      else same.push(one);
    }
  const [most, second] = [...counts].toSorted(([, a], [, b]) => b.length - a.length);
  if (most === undefined || most[1].length < SEVERAL || most[1].length === second?.[1].length) return undefined;
  return { node: most[0], first: most[1] };
}

export const retransmission = (node: NodeObject, snapshot: Snapshot) => {
  const seen = snapshot.metric(refOf(node), 'networkErrors');
  return seen !== undefined && times(seen) >= 5 ? seen : undefined;
};
