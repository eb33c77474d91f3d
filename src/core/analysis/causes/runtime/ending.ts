/** A container that ends again and again, by the way it ends. */
import { fromTimestamp } from '../../../../std/clock.ts';
import type { ContainerStatus } from '../../../../shapes/workloads.ts';
import type { PodObject } from '../../objects.ts';
import { isUnwell, lastEnd, statusesOf } from '../facts.ts';
import type { Snapshot } from '../../snapshot.ts';

export type Ended = NonNullable<ReturnType<typeof lastEnd>>;

/** The container of an unwell pod whose last end is of that sort. */
export function endedSo(
  pod: PodObject,
  snapshot: Snapshot,
  is: (end: Ended, container: ContainerStatus) => boolean,
): { readonly container: ContainerStatus; readonly end: Ended } | undefined {
  if (!isUnwell(pod, snapshot.at)) return undefined;
  for (const container of statusesOf(pod)) {
    const end = lastEnd(container);
    if (end !== undefined && is(end, container)) return { container, end };
  }
  return undefined;
}

/** How long the run took; undefined where one of both instants is missing. */
export function runMs({ startedAt, finishedAt }: Ended): number | undefined {
  const [from, to] = [fromTimestamp(startedAt), fromTimestamp(finishedAt)];
  return from === undefined || to === undefined ? undefined : to - from;
}
