/**
 * Removes pods that nobody will ever end: those of nodes that are gone.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection
 */
import { type Context, objectKey } from '../runtime/context.ts';
import { NODES, PODS } from '../runtime/resources.ts';

/** The real controller waits this long before it believes that a node is gone. */
const QUARANTINE_MS = 40_000;

export function startPodGarbageCollector(context: Context): void {
  const queue = context.queue((node) => {
    if (context.get(NODES, { name: node }) !== undefined) return;
    for (const pod of context.list(PODS)) {
      if (pod.spec.nodeName !== node) continue;
      context.cluster.remove(PODS, objectKey(pod), { gracePeriodSeconds: 0, uid: pod.metadata.uid ?? '' });
    }
  });
  context.watch(NODES, ({ type, object }) => {
    if (type === 'DELETED') queue.addAt(object.metadata.name, context.now() + QUARANTINE_MS);
  });
}
