/**
 * Since when containers run that have crashed before, by our own clock. `startedAt` is a time of the kubelet, whose
 * clock may be minutes off: by it a loop would look recovered between two crashes, or stay ill long after it has
 * recovered. What this process saw begin began when it saw it. A foreign time is a hint for what began before this
 * process looked.
 */
import type { CacheView } from '../kube/cache.ts';
import type { ContainerStatus, Pod } from '../shapes/workloads.ts';
import { type Clock, fromTimestamp, type Instant, toMicroTime } from '../std/clock.ts';

interface Run {
  readonly key: string;
  readonly at: Instant;
}

const LISTS = ['containerStatuses', 'initContainerStatuses'] as const;

export class ContainerRuns {
  /** By the pod's UID, by container; only of containers that crashed before and run now. */
  readonly #began = new Map<string, ReadonlyMap<string, Run>>();
  readonly #pods: Pick<CacheView<Pod>, 'subscribe' | 'hasSynced' | 'byUid'>;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(pods: Pick<CacheView<Pod>, 'subscribe' | 'hasSynced' | 'byUid'>, clock: Pick<Clock, 'now'>) {
    this.#pods = pods;
    this.#clock = clock;
    pods.subscribe(({ new: pod, old }) => this.#note(old, pod));
  }

  /** The pod with the times at which its containers began to run, as far as decisions read them. */
  inOwnTime(pod: Pod): Pod {
    const { status } = pod;
    if (status === undefined || !LISTS.some((list) => status[list]?.some(runsAgain))) return pod;
    const own = (one: ContainerStatus): ContainerStatus =>
      runsAgain(one)
        ? { ...one, state: { ...one.state, running: { startedAt: toMicroTime(this.#since(pod, one)) } } }
        : one;
    const { containerStatuses = [], initContainerStatuses = [] } = status;
    return {
      ...pod,
      status: {
        ...status,
        containerStatuses: containerStatuses.map(own),
        ...(initContainerStatuses.length > 0 && { initContainerStatuses: initContainerStatuses.map(own) }),
      },
    };
  }

  #since(pod: Pod, container: ContainerStatus): Instant {
    const now = this.#clock.now();
    const uid = pod.metadata.uid ?? '';
    const seen = this.#began.get(uid)?.get(container.name);
    if (seen?.key === runKeyOf(container)) return seen.at;
    // A live read is ahead of the watch: it was another run a moment ago.
    const known = runOf(this.#pods.byUid(uid), container.name);
    if (known !== undefined && runKeyOf(known) !== runKeyOf(container)) return now;
    // The creation of the pod is a time of the API server, whose clock we go by.
    const created = fromTimestamp(pod.metadata.creationTimestamp) ?? 0;
    return Math.min(now, Math.max(created, fromTimestamp(container.state?.running?.startedAt) ?? now));
  }

  #note(old: Pod | undefined, pod: Pod | undefined): void {
    const uid = pod?.metadata.uid ?? old?.metadata.uid ?? '';
    const running = containersOf(pod).filter(runsAgain);
    const before = this.#began.get(uid);
    if (running.length === 0) {
      if (before !== undefined) this.#began.delete(uid);
      return;
    }
    const now = this.#clock.now();
    const runs = running.flatMap((container): (readonly [string, Run])[] => {
      const { name } = container;
      const key = runKeyOf(container);
      const seen = before?.get(name);
      if (seen?.key === key) return [[name, seen]];
      const last = runOf(old, name);
      // It ran already when this process first looked.
      const isHint = last === undefined ? !this.#pods.hasSynced : runKeyOf(last) === key;
      return isHint ? [] : [[name, { key, at: now }]];
    });
    if (runs.length > 0) this.#began.set(uid, new Map(runs));
    else this.#began.delete(uid);
  }
}

const containersOf = (pod: Pod | undefined): readonly ContainerStatus[] =>
  LISTS.flatMap((list) => pod?.status?.[list] ?? []);

const runOf = (pod: Pod | undefined, name: string): ContainerStatus | undefined =>
  containersOf(pod).find((one) => one.name === name);

const runsAgain = ({ state, lastState }: ContainerStatus): boolean =>
  state?.running !== undefined && lastState?.terminated !== undefined;

/** Of two runs of a container at least one of these differs; of one that does not run, it has no start. */
const runKeyOf = ({ restartCount = 0, state }: ContainerStatus): string =>
  `${restartCount}/${state?.running?.startedAt ?? ''}`;
