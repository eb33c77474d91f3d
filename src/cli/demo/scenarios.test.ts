/**
 * The examples on the embedded cluster, in virtual time: how they break by themselves, and how the operator ends it.
 */
import { metricsProvider } from '../../adapters/metrics/provider.ts';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../shapes/kube.ts';
import { KubeClient } from '../../kube/client.ts';
import { runOperator } from '../../operator/operator.ts';
import { DEFAULT_OPERATOR_CONFIG } from '../../operator/ports.ts';
import { createSandbox } from '../../sandbox/index.ts';
import { VirtualClock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { begin, type News, observe, type Progress } from './observe.ts';
import { type Scenario, SCENARIOS } from './scenarios.ts';
import { apply, examplesFolder, installDefinitions, look, readExample } from './stage.ts';
import { frame, PLAIN, resultOf, summary } from './view.ts';

const FOLDER = examplesFolder(import.meta.dirname);
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Played {
  readonly stages: ReadonlySet<string>;
  readonly progress: readonly Progress[];
  readonly news: readonly News[];
  readonly startedAt: number;
  readonly now: number;
}

/** Plays the scenarios for `seconds` of virtual time, looking twice a second. */
async function play(
  scenarios: readonly Scenario[],
  options: { readonly operator: 'on' | 'off'; readonly seconds: number; readonly policy?: KubeObject },
): Promise<Played> {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock });
  const client = new KubeClient({ transport: sandbox.transport(), clock });
  await installDefinitions(client);
  for (const scenario of scenarios) {
    const objects = await readExample(FOLDER, scenario);
    const { policy } = options;
    await apply(
      client,
      policy === undefined ? objects : [...objects.filter(({ kind }) => kind !== 'HealingPolicy'), policy],
    );
  }
  const stop = new AbortController();
  const audit = { record: () => Promise.resolve() };
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const operator =
    options.operator === 'off'
      ? Promise.resolve()
      : runOperator(
          {
            clock,
            transport: sandbox.transport(),
            audit,
            metrics: metricsProvider(),
            logger,
            prng: new Prng(1),
            secureRandom: () => 0.5,
          },
          DEFAULT_OPERATOR_CONFIG,
          stop.signal,
        );
  closing.push(async () => {
    stop.abort(new Error('the test is over'));
    await operator;
    await sandbox.close();
  });
  const startedAt = clock.now();
  let progress: readonly Progress[] = scenarios.map((scenario) => begin(scenario, startedAt));
  const news: News[] = [];
  const stages = new Set<string>();
  for (let half = 0; half < options.seconds * 2; half++) {
    await clock.advance(500);
    const seen = await look(client, scenarios);
    progress = progress.map((one, index) => {
      const now = seen[index];
      if (now === undefined) return one;
      const step = observe(one, now);
      news.push(...step.news);
      stages.add(step.progress.stage);
      return step.progress;
    });
  }
  return { progress, news, stages, startedAt, now: clock.now() };
}

test('every file of examples/ is a scenario, and the other way round', async () => {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.yaml'));
  expect(files.toSorted()).toEqual(SCENARIOS.map(({ name }) => `${name}.yaml`).toSorted());
});

describe('without an operator', () => {
  const problems: Readonly<Record<string, RegExp>> = {
    'crash-loop': /^(CrashLoopBackOff|Error|Restarting)/,
    'out-of-memory': /^OOMKilled$/,
    'not-ready': /^NotReady$/,
    'stuck-pod': /^NotReady$/,
    'image-pull': /^(ImagePullBackOff|ErrImagePull)$/,
    protected: /^(CrashLoopBackOff|Error|Restarting)/,
  };

  test('the broken ones break as they should and stay broken, the healthy one is well', async () => {
    const { progress } = await play(SCENARIOS, { operator: 'off', seconds: 120 });
    for (const { scenario, problem, ready } of progress) {
      const expected = problems[scenario.name];
      if (expected === undefined)
        expect([scenario.name, problem, ready]).toEqual([scenario.name, undefined, scenario.wanted]);
      else expect(problem, scenario.name).toMatch(expected);
    }
    expect(progress.find(({ scenario }) => scenario.name === 'stuck-pod')?.ready).toBe(2);
    expect(progress.map(({ outcome }) => outcome)).toEqual(SCENARIOS.map(() => 'Unfinished'));
  }, 60_000);
});

describe('with the operator', () => {
  test('all scenarios end as expected within two minutes, and stay so', async () => {
    const { progress, news, stages, startedAt, now } = await play(SCENARIOS, { operator: 'on', seconds: 300 });
    const results = progress.map((one) => resultOf(one, { startedAt, now }));
    expect(results.map(({ name, outcome }) => [name, outcome])).toEqual(
      SCENARIOS.map(({ name, expected }) => [name, expected]),
    );
    for (const { name, outcome, seconds } of results)
      if (outcome !== 'Untouched') expect(seconds, name).toBeLessThan(120);
    expect([...stages]).toContain('checking (8 s of 10 s)');
    const untouched = progress.filter(({ outcome }) => outcome === 'LeftAlone' || outcome === 'Untouched');
    expect(untouched.map(({ touches, actions }) => [touches, actions])).toEqual([
      [[], []],
      [[], []],
    ]);
    expect(progress.filter(({ actions }) => actions.length === 1)).toHaveLength(5);

    const shown = { startedAt, now, speed: 6, kubeconfig: `/tmp/${'x'.repeat(100)}/kubeconfig`, progress, news };
    for (const columns of [80, 160]) {
      const screen = frame(shown, { columns, rows: 24 }, PLAIN);
      const end = summary(progress, { startedAt, now, columns }, PLAIN);
      expect([...screen, ...end].filter((line) => line.length > columns)).toEqual([]);
      expect(screen.length).toBeLessThanOrEqual(24);
      expect(Math.max(...screen.map((line) => line.length))).toBeGreaterThan(columns - 20);
      expect(end.at(-1)).toBe('7 of 7 ended as they should.');
      expect(end).toContainEqual(
        expect.stringMatching(/^ok image-pull +as expected: gave up, since the image does not exist \(/),
      );
    }
    const why = Object.fromEntries(results.map(({ name, why: cause = '-' }) => [name, cause]));
    expect(why['image-pull']).toMatch(/^ImageMissing: .*the registry has no image .*\. A restart cannot help\.$/);
    expect(why['out-of-memory']).toMatch(/^(?:OutOfMemory|MemoryLeak)/);
    // It heals there: no sentence says otherwise.
    for (const name of ['out-of-memory', 'not-ready', 'stuck-pod'])
      expect(why[name], name).not.toContain('A restart cannot help');
    expect(why['crash-loop']).toMatch(/^ApplicationCrashes: /);
    expect(why['protected']).toMatch(/^ApplicationCrashes: /);
    expect(why['healthy']).toBe('-');
    expect(news.some(({ scenario, text }) => scenario === 'image-pull' && text.startsWith('why: ImageMissing'))).toBe(
      true,
    );
    // Five minutes of seven scenarios are a dozen seconds of computing: more than a busy machine does in the usual
    // limit.
  }, 60_000);

  test('the stuck pod is replaced, and no peer of it', async () => {
    const { progress } = await play(
      SCENARIOS.filter(({ name }) => name === 'stuck-pod'),
      { operator: 'on', seconds: 60 },
    );
    expect(progress.map(({ outcome, touches }) => [outcome, touches])).toEqual([
      ['Healed', ['1 of 3 pods were replaced']],
    ]);
  });

  test('the policy of the README heals a workload that it selects', async () => {
    const readme = await readFile(join(FOLDER, '..', 'README.md'), 'utf8');
    const text = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const [scenario] = SCENARIOS;
    if (scenario === undefined) throw new Error('there is no scenario');
    const { progress } = await play([scenario], { operator: 'on', seconds: 300, policy: parse(text) as KubeObject });
    // Its policy has another name than the workload, so only the workload is looked at.
    expect(progress.map(({ ready, problem, touches }) => [ready, problem, touches.length > 0])).toEqual([
      [2, undefined, true],
    ]);
  });
});

describe('the summary', () => {
  test('names what ended otherwise than expected and what was touched', () => {
    const [scenario] = SCENARIOS;
    if (scenario === undefined) throw new Error('there is no scenario');
    const one: Progress = { ...begin(scenario, 0), brokeAt: 1000, touches: ['restartedAt 2026-01-01T00:00:00Z'] };
    const lines = summary([one], { startedAt: 0, now: 31_000, columns: 80 }, PLAIN);
    expect(lines[0]).toContain('NO crash-loop     not as expected: unfinished; expected: healed (30 s after it');
    expect(lines.join('\n')).toContain('touched: restartedAt 2026-01-01T00:00:00Z');
    expect(lines.at(-1)).toBe('0 of 1 ended as they should.');
  });
});
