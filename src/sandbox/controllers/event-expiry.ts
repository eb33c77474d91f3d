/** Events live for an hour after they were last written, as with kube-apiserver's --event-ttl. */
import { type Context, objectKey } from '../runtime/context.ts';
import { eventually } from '../runtime/eventually.ts';
import { EVENTS } from '../runtime/resources.ts';
import type { Key } from '../machinery/cluster.ts';

const TTL_MS = 3_600_000;

interface Entry {
  readonly key: Key;
  readonly version: string | undefined;
  readonly expiresAt: number;
}

export function startEventExpiry(context: Context): void {
  // Written in order of time, and all live equally long: a queue needs no sorting. `head` saves shifting.
  let entries: Entry[] = [];
  let head = 0;
  let waiting = false;

  const wait = (): void => {
    const next = entries[head];
    if (waiting || next === undefined) return;
    waiting = true;
    context.timers.at(next.expiresAt, () => {
      waiting = false;
      expire();
      wait();
    });
  };
  const expire = (): void => {
    const now = context.now();
    for (let entry = entries[head]; entry !== undefined && entry.expiresAt <= now; entry = entries[++head]) {
      // Written again since: a later entry stands for it.
      if (context.get(EVENTS, entry.key)?.metadata.resourceVersion === entry.version)
        eventually(() => context.cluster.remove(EVENTS, entry.key));
    }
    if (head > 1024 && head * 2 > entries.length) {
      entries = entries.slice(head);
      head = 0;
    }
  };
  context.watch(EVENTS, ({ type, object }) => {
    if (type === 'DELETED') return;
    entries.push({
      key: objectKey(object),
      version: object.metadata.resourceVersion,
      expiresAt: context.now() + TTL_MS,
    });
    wait();
  });
}
