/** What a controller says when the API server refuses the pods that it makes. */
import { refOf } from '../../evidence.ts';
import type { Cause, Found } from '../../finding.ts';
import type { WorkloadObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { foundBy, heard, shortOf } from '../facts.ts';
import { NO_NEW_PODS } from '../cures.ts';

const MAKERS = ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'] as const;
type Maker = (typeof MAKERS)[number];

interface Refusal extends Pick<Cause, 'means' | 'todo' | 'when'> {
  readonly message: RegExp;
  /** Of a workload that lacks pods, by the groups of the pattern. */
  readonly found: (
    workload: WorkloadObject,
    groups: readonly string[],
    snapshot: Snapshot,
  ) => Partial<Found> & { text: string };
}

/** https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/controller/controller_utils.go (FailedCreatePodReason) */
export function refusalOfPods({ message, found, ...cause }: Refusal): Cause<Maker> {
  return {
    family: 'admission',
    specificity: 'exact',
    ...cause,
    unless: 'The workload has as many pods as it wants: the refusal has passed.',
    cures: NO_NEW_PODS,
    kinds: MAKERS,
    find(workload, snapshot) {
      if (shortOf(workload) <= 0) return undefined;
      // The newest refusal counts: one before it, of a ServiceAccount that was made since, has passed.
      const said = heard(snapshot, workload, { reasons: ['FailedCreate'] });
      const match = message.exec(said?.event.message ?? '');
      if (said === undefined || match === null) return undefined;
      const groups = match.slice(1).map((group) => group ?? '');
      const { text, ...rest } = found(workload, groups, snapshot);
      return foundBy(said, text, rest);
    },
  };
}

export const nameOf = (workload: WorkloadObject, snapshot: Snapshot): string => snapshot.rootOf(workload).name;
export const shopOf = (workload: WorkloadObject): string | undefined => refOf(workload).namespace;
