/** Binds pods to nodes. A pod that fits nowhere waits until something that could make room has changed. */
import { toMicroTime, toTimestamp } from '../../std/clock.ts';
import { isApiError } from '../machinery/errors.ts';
import { equalJson } from '../machinery/json.ts';
import { type Context, keyText, parseKey } from '../runtime/context.ts';
import { isPodFinished, isTerminating } from '../runtime/pods.ts';
import { EVENTS, NODES, PODS } from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';
import { NodeUsages } from './node-usage.ts';
import { place } from './placement.ts';

const NAME = 'default-scheduler';

/** kube-scheduler looks at unschedulable pods again after this long even when nothing changed. */
const FLUSH_MS = 300_000;

export interface SchedulerOptions {
  readonly events: 'all' | 'warnings';
}

export function startScheduler(context: Context, options: SchedulerOptions): void {
  const usages = new NodeUsages();
  const onNode = new Map<string, Set<string>>();
  const stuck = new Set<string>();
  const queue = context.queue((key) => schedule(key));
  let start = 0;

  const retryStuck = (): void => {
    for (const key of stuck) queue.add(key);
    stuck.clear();
  };
  context.watch(NODES, ({ type, object, old }) => {
    if (type === 'DELETED') {
      usages.deleteNode(object.metadata.name);
      return;
    }
    usages.setNode(object);
    const relevant =
      old === undefined ||
      !equalJson(object.spec, old.spec) ||
      !equalJson(object.metadata.labels, old.metadata.labels) ||
      !equalJson(object.status?.allocatable, old.status?.allocatable);
    if (relevant) retryStuck();
  });
  context.watch(PODS, ({ type, object }) => {
    const key = keyText(object);
    if (object.spec.nodeName !== undefined)
      noteNode(object.spec.nodeName, key, type === 'DELETED' || isPodFinished(object));
    const freed = usages.setPod(object, type === 'DELETED' ? 'deleted' : 'present');
    if (freed) retryStuck();
    if (type === 'DELETED') stuck.delete(key);
    else if (isWaiting(object) && !stuck.has(key)) queue.add(key);
  });

  function noteNode(node: string, key: string, gone: boolean): void {
    const here = onNode.get(node);
    if (gone) {
      here?.delete(key);
      if (here?.size === 0) onNode.delete(node);
    } else if (here === undefined) onNode.set(node, new Set([key]));
    else here.add(key);
  }

  function podsOn(node: string): readonly Pod[] {
    return [...(onNode.get(node) ?? [])]
      .map((key) => context.get(PODS, parseKey(key)))
      .filter((pod) => pod !== undefined);
  }

  function schedule(key: string): void {
    const pod = context.get(PODS, parseKey(key));
    if (pod === undefined || !isWaiting(pod)) return;
    const placement = place(pod, usages.all(), { start, podsOn });
    if (placement.node === undefined) {
      stuck.add(key);
      queue.addAt(key, context.now() + FLUSH_MS);
      refuse(pod, placement.message);
      return;
    }
    start = (start + placement.examined) % Math.max(1, usages.all().length);
    const bound = context.bind(pod, placement.node);
    if (bound && options.events === 'all')
      announce(pod, {
        type: 'Normal',
        reason: 'Scheduled',
        action: 'Binding',
        note: `Successfully assigned ${key} to ${placement.node}`,
      });
  }

  function refuse(pod: Pod, message: string): void {
    announce(pod, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: message });
    const stamp = toTimestamp(context.now());
    context.modifyStatus(PODS, pod, (draft) => {
      const conditions = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
      const before = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
      if (before?.status === 'False' && before.message === message) return undefined;
      const lastTransitionTime = before?.status === 'False' ? before.lastTransitionTime : stamp;
      const refused = {
        type: 'PodScheduled',
        ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime,
        reason: 'Unschedulable',
        message,
      };
      draft['status'] = { ...draft['status'], conditions: [...conditions, refused] };
      return draft;
    });
  }

  interface Announcement {
    readonly type: 'Normal' | 'Warning';
    readonly reason: string;
    readonly action: string;
    readonly note: string;
  }

  const series = new Map<string, { readonly name: string; readonly namespace: string }>();
  let order = 0;

  /**
   * Events of the newer API (events.k8s.io/v1), as the core API shows them: no counts, but a series once they repeat.
   */
  function announce(pod: Pod, { type, reason, action, note }: Announcement): void {
    const now = context.now();
    const stamp = toMicroTime(now);
    const seriesKey = `${pod.metadata.uid ?? ''}|${reason}|${note}`;
    const known = series.get(seriesKey);
    try {
      const repeated =
        known !== undefined &&
        context.cluster.modify(EVENTS, known, (draft) => {
          const count = typeof draft['series']?.count === 'number' ? draft['series'].count : 1;
          draft['series'] = { count: count + 1, lastObservedTime: stamp };
          return draft;
        }) !== undefined;
      if (repeated) return;
      const namespace = pod.metadata.namespace ?? '';
      const nanoseconds = BigInt(Math.floor(now)) * 1_000_000n + BigInt(order++ % 1_000_000);
      const name = `${pod.metadata.name}.${nanoseconds.toString(16)}`;
      context.create(EVENTS, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: {
          kind: 'Pod',
          namespace,
          name: pod.metadata.name,
          uid: pod.metadata.uid ?? '',
          apiVersion: 'v1',
          resourceVersion: pod.metadata.resourceVersion ?? '',
        },
        reason,
        message: note,
        source: {},
        firstTimestamp: null,
        lastTimestamp: null,
        type,
        eventTime: stamp,
        action,
        reportingComponent: NAME,
        reportingInstance: NAME,
      });
      if (reason !== 'FailedScheduling') return;
      // Bounded as client-go's broadcaster is: a series that is forgotten starts anew.
      if (series.size >= 4096) series.clear();
      series.set(seriesKey, { name, namespace });
    } catch (cause) {
      if (!isApiError(cause)) throw cause;
    }
  }
}

const isWaiting = (pod: Pod): boolean =>
  pod.spec.nodeName === undefined &&
  !isTerminating(pod) &&
  !isPodFinished(pod) &&
  (pod.spec.schedulerName ?? NAME) === NAME &&
  (pod.spec.schedulingGates?.length ?? 0) === 0;
