/** What an operator costs the API server and its own machine, out of two answers of its `/metrics`. Pure. */
import { formatDuration } from '../../std/duration.ts';
import { hangingText } from '../hanging-rows.ts';
import { textTable } from '../text-table.ts';

export interface Series {
  readonly family: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Costs {
  /** Over which the rates are. */
  readonly seconds: number;
  readonly process: {
    readonly cpuPercent: number;
    readonly memoryMiB: number;
    readonly eventLoopLagMs: number;
  };
  /** The most first. */
  readonly requests: readonly {
    readonly verb: string;
    readonly resource: string;
    readonly perMinute: number;
    readonly refused: number;
  }[];
  readonly loops: readonly {
    readonly loop: string;
    readonly lapsPerMinute: number;
    readonly busyPercent: number;
    readonly waiting: number;
  }[];
  readonly caches: readonly { readonly resource: string; readonly objects: number; readonly deafSeconds: number }[];
}

type Labels = Readonly<Record<string, string>>;

/** What counters have grown by between two answers. */
class Meter {
  readonly #now: readonly Series[];
  readonly #before: readonly Series[];

  /** `before` omitted: since the process began. Of another process likewise, since its counters begin at 0. */
  constructor(now: readonly Series[], before: readonly Series[] = []) {
    const started = (series: readonly Series[]) => sumOf(series, 'kubeskippy_process_start_time_seconds', {});
    this.#now = now;
    this.#before = started(before) === started(now) ? before : [];
  }

  value(family: string, labels: Labels = {}): number {
    return sumOf(this.#now, family, labels);
  }

  growth(family: string, labels: Labels = {}): number {
    return Math.max(0, this.value(family, labels) - sumOf(this.#before, family, labels));
  }

  /** The values that these labels of a family have together, each once. */
  distinct(family: string, ...names: readonly string[]): readonly Labels[] {
    const seen = new Map<string, Labels>();
    for (const { family: of, labels } of this.#now) {
      if (of !== family) continue;
      const some = Object.fromEntries(names.map((name) => [name, labels[name] ?? '']));
      seen.set(JSON.stringify(some), some);
    }
    return [...seen.values()];
  }
}

const sumOf = (series: readonly Series[], family: string, wanted: Labels): number =>
  series
    .filter(
      (one) => one.family === family && Object.entries(wanted).every(([name, value]) => one.labels[name] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);

const REQUESTS = 'kubeskippy_api_requests_total';
const LAPS = 'kubeskippy_reconcile_duration_seconds';

/** Undefined when the series are not those of an operator. `before` omitted: since the process began. */
export function costsOf(
  now: readonly Series[],
  before: readonly Series[] | undefined,
  seconds: number,
): Costs | undefined {
  const meter = new Meter(now, before);
  if (meter.value('kubeskippy_build_info') === 0) return undefined;
  const rate = (count: number, each: number): number => (seconds === 0 ? 0 : (each * count) / seconds);
  return {
    seconds,
    process: {
      cpuPercent: rate(meter.growth('kubeskippy_process_cpu_seconds_total'), 100),
      memoryMiB: meter.value('kubeskippy_process_resident_memory_bytes') / 2 ** 20,
      eventLoopLagMs: 1000 * meter.value('kubeskippy_nodejs_eventloop_lag_p99_seconds'),
    },
    requests: meter
      .distinct(REQUESTS, 'verb', 'resource')
      .map(({ verb = '', resource = '' }) => ({
        verb,
        resource,
        perMinute: rate(meter.growth(REQUESTS, { verb, resource }), 60),
        refused: meter
          .distinct(REQUESTS, 'verb', 'resource', 'code')
          .filter((of) => of['verb'] === verb && of['resource'] === resource && !/^[123]/.test(of['code'] ?? ''))
          .reduce((sum, of) => sum + meter.growth(REQUESTS, of), 0),
      }))
      .toSorted((a, b) => b.perMinute - a.perMinute),
    loops: meter.distinct(`${LAPS}_count`, 'controller').map(({ controller = '' }) => ({
      loop: controller,
      lapsPerMinute: rate(meter.growth(`${LAPS}_count`, { controller }), 60),
      busyPercent: rate(meter.growth(`${LAPS}_sum`, { controller }), 100),
      waiting: meter.value('kubeskippy_queue_keys', { queue: controller, state: 'waiting' }),
    })),
    caches: meter
      .distinct('kubeskippy_cache_objects', 'resource')
      .map(({ resource = '' }) => ({
        resource,
        objects: meter.value('kubeskippy_cache_objects', { resource }),
        deafSeconds: meter.value('kubeskippy_cache_deaf_seconds', { resource }),
      }))
      .toSorted((a, b) => b.objects - a.objects),
  };
}

/** Of a short look the parts of a second count. */
const inWords = (seconds: number): number => (seconds >= 10 ? Math.round(seconds) * 1000 : Math.round(seconds * 1000));

const MOST_ROWS = 15;
const round = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(1));

export function costsText({ seconds, process, requests, loops, caches }: Costs, width?: number): string {
  const busy = requests.filter(({ perMinute }) => perMinute > 0);
  const rest = busy.length - MOST_ROWS;
  const sum = busy.reduce((total, { perMinute }) => total + perMinute, 0);
  return [
    hangingText(
      [
        `over ${formatDuration(inWords(seconds))}: ${round(process.cpuPercent)} % of a processor, ${round(process.memoryMiB)} MiB, ${round(process.eventLoopLagMs)} ms of lag, ${round(sum)} requests a minute`,
      ],
      { width },
    ),
    '\n',
    textTable(
      ['VERB', 'RESOURCE', 'A MINUTE', 'REFUSED'],
      busy
        .slice(0, MOST_ROWS)
        .map(({ verb, resource, perMinute, refused }) => [verb, resource, round(perMinute), String(refused)]),
    ),
    ...(rest > 0 ? [`... and ${rest} more; -o json has them all\n`] : []),
    '\n',
    textTable(
      ['LOOP', 'LAPS A MINUTE', 'BUSY', 'WAITING'],
      loops.map(({ loop, lapsPerMinute, busyPercent, waiting }) => [
        loop,
        round(lapsPerMinute),
        `${round(busyPercent)} %`,
        String(waiting),
      ]),
    ),
    '\n',
    textTable(
      ['CACHE', 'OBJECTS', 'WITHOUT A WATCH'],
      caches
        .slice(0, MOST_ROWS)
        .map(({ resource, objects, deafSeconds }) => [
          resource,
          String(objects),
          deafSeconds === 0 ? '-' : `${round(deafSeconds)} s`,
        ]),
    ),
  ].join('');
}
