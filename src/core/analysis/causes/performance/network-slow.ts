import { refKey, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import type { WorkloadObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { addressesOf, destinationOf, workloadsOf } from '../service/addresses.ts';
import { targetsOf } from '../service/ports.ts';
import { measured, metricEvidence, times } from './measured.ts';

/** Answers that take five times as long as before are no noise of a busy minute. */
const SLOW = 5;

/**
 * A workload whose answers are slow though it does not work more, and that calls nothing which is slow itself: the
 * delay is at its own network. Of several, those that others wait for are the causes, and those that wait are not.
 */
export const networkSlow: Cause<'Deployment' | 'StatefulSet' | 'DaemonSet'> = {
  family: 'performance',
  specificity: 'place',
  means: 'Requests to the workload take much longer, and it does not work more: its network is slow.',
  todo: 'Look at the network of its pods: the interface, traffic shaping, the node, a sidecar.',
  when: 'Its answers take at least five times as long as before, its CPU is not used more, and nothing that it calls has become as slow.',
  unless: 'It is throttled, or something that it calls is slow: then that is the cause.',
  cures: { fits: ['delete', 'restart'], pointless: ['resize', 'rollback'], harmful: [] },
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet'],
  find(workload, snapshot) {
    const trip = measured(workload, 'roundTripMs', snapshot);
    if (trip === undefined || times(trip) < SLOW) return undefined;
    const throttled = measured(workload, 'cpuThrottled', snapshot);
    if (throttled !== undefined && throttled.value >= 0.25) return undefined;
    if (calledBy(workload, snapshot).some((one) => isSlow(one, snapshot))) return undefined;
    return {
      text: `Requests to ${workload.metadata.name} take ${Math.round(times(trip))} times as long, and it does not work more: its network is slow.`,
      evidence: [metricEvidence(trip)],
      likely: true,
    };
  },
};

export const isSlow = (workload: WorkloadObject, snapshot: Snapshot): boolean => {
  const trip = measured(workload, 'roundTripMs', snapshot);
  return trip !== undefined && times(trip) >= SLOW;
};

/** The workloads behind the Services that its environment names. */
export function calledBy(workload: WorkloadObject, snapshot: Snapshot): readonly WorkloadObject[] {
  const { namespace } = workload.metadata;
  const own = refKey(refOf(workload));
  const keys = new Set(
    addressesOf(workload.spec?.template?.spec).flatMap((address) => {
      const destination = destinationOf(address, namespace, snapshot);
      return destination.kind === 'service'
        ? targetsOf(destination.service, snapshot).map((one) => refKey(refOf(one)))
        : [];
    }),
  );
  return workloadsOf(snapshot, namespace).filter((one) => refKey(refOf(one)) !== own && keys.has(refKey(refOf(one))));
}
