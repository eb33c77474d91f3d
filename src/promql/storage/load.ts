/** Recorded samples into a storage: for tests, the conformance driver and benchmarks. */
import type { Instant } from '../../std/clock.ts';
import type { Labels } from '../labels.ts';
import { SeriesStore } from './series-store.ts';

/** A staleness marker among recorded values. */
export const STALE_MARKER = 'stale';

export interface RecordedSeries {
  readonly labels: Labels;
  /** In order of time. */
  readonly samples: readonly (readonly [Instant, number | typeof STALE_MARKER])[];
}

/** A storage that holds exactly these samples, whatever their age. */
export function loadSeries(recorded: readonly RecordedSeries[]): SeriesStore {
  const store = new SeriesStore({
    retentionMs: Number.POSITIVE_INFINITY,
    maxSeries: recorded.length + 1,
    maxRuns: Number.POSITIVE_INFINITY,
  });
  const instants = [...new Set(recorded.flatMap(({ samples }) => samples.map(([at]) => at)))].sort((a, b) => a - b);
  const cursors = recorded.map(({ labels, samples }) => ({
    labels,
    samples,
    next: 0,
    ref: undefined as number | undefined,
  }));
  for (const at of instants) {
    store.tick(at);
    for (const cursor of cursors) {
      const sample = cursor.samples[cursor.next];
      if (sample === undefined || sample[0] !== at) {
        if (cursor.ref !== undefined) store.pause(cursor.ref);
        continue;
      }
      cursor.next++;
      cursor.ref ??= store.resolve(cursor.labels);
      if (cursor.ref === undefined) continue;
      if (sample[1] === STALE_MARKER) store.end(cursor.ref);
      else store.set(cursor.ref, sample[1]);
    }
  }
  return store;
}
