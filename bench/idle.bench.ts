/**
 * What an operator with nothing to do costs: from its start to ready, then a minute beside 100 pods that are well. The
 * cluster is another process, the operator leads, and its first figures count nothing of its start. And what the
 * program takes to say its version, beside Node with nothing. Linux only; after `make dist/kubeskippy.js`.
 *
 *     npx tsx bench/idle.bench.ts [--pods 100] [--seconds 60]
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, child } from './child.ts';
import { memoryOf, sleep, startOperator } from './operator-process.ts';

const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const pods = option('pods', 100);
const seconds = option('seconds', 60);
const RUNS = 9;
const SETTLED_MS = 10_000;
const DIST = join(import.meta.dirname, '../dist');

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const took = (args: readonly string[]) => {
  const begun = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return performance.now() - begun;
};
const bytes = (path: string): number =>
  statSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + bytes(join(path, name)), 0)
    : path.endsWith('.js')
      ? statSync(path).size
      : 0;

const program = [join(DIST, 'kubeskippy.js'), join(DIST, 'chunks')];
console.log(`the program ${(program.reduce((sum, path) => sum + bytes(path), 0) / 1e6).toFixed(2)} MB`);
const [versions, bare]: [number[], number[]] = [[], []];
for (let run = 0; run < RUNS; run++) {
  versions.push(took([join(DIST, 'kubeskippy.js'), 'version']));
  bare.push(took(['-e', '0']));
}
console.log(
  `kubeskippy version ${median(versions).toFixed(0)} ms, node -e 0 ${median(bare).toFixed(0)} ms (medians of ${RUNS})`,
);

await bundle('idle-cluster');
const cluster = child('idle-cluster', [String(pods)]);
try {
  const { api } = JSON.parse(await cluster.line) as { readonly api: string };
  const starts: number[] = [];
  const start = async (config: object = {}) => {
    const begun = performance.now();
    const operator = await startOperator(api, { level: 'info', config });
    await operator.ready;
    starts.push(performance.now() - begun);
    return operator;
  };
  for (let run = 0; run < 4; run++) (await start()).end();
  const operator = await start({ leaderElect: true });
  console.log(`start to ready ${median(starts).toFixed(0)} ms (median of ${starts.length})`);
  try {
    await sleep(SETTLED_MS);
    const requests = async () =>
      [...(await operator.metrics()).matchAll(/^kubeskippy_api_requests_total\{(.*)\} (.*)$/gm)].map(
        ([, labels = '', value]): readonly [string, number] => [labels, Number(value)],
      );
    const [before, cpu] = [new Map(await requests()), operator.cpuSeconds()];
    await sleep(seconds * 1000);
    const { rssMb, peakMb } = memoryOf(operator.pid);
    console.log(
      `${pods} pods, ${seconds} s with nothing to do: CPU ${(((operator.cpuSeconds() - cpu) / seconds) * 100).toFixed(1)} % of a core, RSS ${rssMb.toFixed(0)} MB, peak ${peakMb.toFixed(0)} MB`,
    );
    for (const [labels, value] of await requests()) {
      const count = value - (before.get(labels) ?? 0);
      if (count > 0) console.log(`${String(count).padStart(6)} × ${labels}`);
    }
  } finally {
    operator.end();
  }
} finally {
  cluster.end();
}
