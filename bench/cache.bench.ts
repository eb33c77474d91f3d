/**
 * What a watch cache costs: 30,000 pods of about 10 KB listed and watched over HTTP from another process, by our JSON
 * path, our protobuf path, the informer of `@kubernetes/client-node`, and the floor (fetching and `JSON.parse` of the
 * same JSON, keeping nothing). Every figure is of a process of its own; a round runs all of them one after the other,
 * and ratios are of medians over the rounds.
 *
 *     npx tsx bench/cache.bench.ts [--pods 30000] [--paced 20000] [--burst 100000] [--runs 3] [--lists]
 *
 * `--lists`: instead, the ways to list (page sizes, streamed, gzip), by sync time and memory.
 */
import { bundle, child } from './child.ts';
import type { Figures, Path, CacheRun } from './cache-subject.ts';

const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const pods = option('pods', 30_000);
const runs = option('runs', 3);
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

interface Variant extends Pick<CacheRun, 'path' | 'lists'> {
  readonly title: string;
  readonly gzip?: boolean;
}

const listings = process.argv.includes('--lists');
const VARIANTS: readonly Variant[] = listings
  ? (['json', 'protobuf'] as const).flatMap((path) => [
      ...[500, 2000].flatMap((lists) => [
        { title: `${path}, pages of ${lists}`, path, lists },
        { title: `${path}, pages of ${lists}, gzip`, path, lists, gzip: true },
      ]),
      { title: `${path}, streamed`, path, lists: 'streamed' as const },
    ])
  : [
      { title: 'floor', path: 'floor', lists: 500 },
      { title: 'client-node', path: 'client-node', lists: 0 },
      { title: 'JSON', path: 'json', lists: 500 },
      { title: 'protobuf', path: 'protobuf', lists: 500 },
    ];

async function run({ path, lists, gzip }: Variant): Promise<Figures> {
  const server = child('cache-server', [String(pods), gzip === true ? 'gzip' : 'plain'], ['--max-old-space-size=8000']);
  try {
    const port = Number(await server.line);
    const accept = path === 'protobuf' ? 'application/vnd.kubernetes.protobuf' : 'application/json';
    await fetch(`http://127.0.0.1:${port}/prepare?${lists === 'streamed' ? 'streamed' : `limit=${lists}`}`, {
      headers: { accept },
    });
    const events = listings
      ? { paced: 0, burst: 0 }
      : { paced: option('paced', 20_000), burst: option('burst', 100_000) };
    const asked: CacheRun = { path: path satisfies Path, lists, port, pods, pacedRate: 1000, ...events };
    return JSON.parse(await child('cache-subject', [JSON.stringify(asked)], ['--expose-gc']).line) as Figures;
  } finally {
    server.end();
  }
}

const COLUMNS: readonly (readonly [title: string, field: keyof Figures, scale: number, digits: number])[] = [
  ['sync s', 'syncMs', 1000, 2],
  ['CPU s', 'syncCpuMs', 1000, 2],
  ['RSS MB', 'rssMb', 1, 0],
  ['peak MB', 'peakMb', 1, 0],
  ['heap KB/pod', 'heapBytesPerPod', 1024, 2],
  ...(listings
    ? []
    : ([
        ['CPU s/100k at 1000/s', 'pacedCpuMs', 1000, 1],
        ['p50 ms', 'pacedP50Ms', 1, 2],
        ['p99 ms', 'pacedP99Ms', 1, 1],
        ['CPU s/100k burst', 'burstCpuMs', 1000, 1],
        ['burst s/100k', 'burstMs', 1000, 1],
      ] as const)),
];
await bundle('cache-server', 'cache-subject');
const results = new Map<string, Figures[]>(VARIANTS.map(({ title }) => [title, []]));
for (let round = 0; round < runs; round++) {
  for (const variant of VARIANTS) {
    const figures = await run(variant);
    if (variant.path !== 'floor' && figures.objects !== pods)
      throw new Error(`${variant.title} holds ${figures.objects} of ${pods} pods`);
    results.get(variant.title)?.push(figures);
    // A run takes minutes; what was measured is shown though it be cut short.
    console.error(
      `round ${round + 1}, ${variant.title}: ${COLUMNS.map(([title, field, scale]) => `${title} ${(figures[field] / scale).toFixed(2)}`).join(', ')}`,
    );
  }
}

console.log(`${pods} pods, medians of ${runs}; in brackets the ratio to client-node's`);
console.log(['', ...COLUMNS.map(([title]) => title)].join(' | '));
for (const { title } of VARIANTS) {
  const of = (who: string, field: keyof Figures) => median((results.get(who) ?? []).map((figures) => figures[field]));
  const cells = COLUMNS.map(([, field, scale, digits]) => {
    const value = (of(title, field) / scale).toFixed(digits);
    return listings || title === 'client-node'
      ? value
      : `${value} (${(of(title, field) / of('client-node', field)).toFixed(2)})`;
  });
  console.log([title, ...cells].join(' | '));
}
