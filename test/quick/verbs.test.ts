/**
 * Every verb has a row here: it is shown on terminals of 80 and 160 columns, as JSON and without a cluster, or another
 * file does that. Every one refuses a mistake in its flags in one line.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { systemClock } from '../../src/std/clock.ts';
import { leaves, pathOf } from '../../tools/cli-page.ts';
import { called, served, testFolder } from '../kit/command-line.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Words after the verb with which it is shown here; or the file that tests what it says. */
type Row = { readonly words: readonly string[] } | { readonly file: string };
const shown = (...words: readonly string[]): Row => ({ words });
const tested = (file: string): Row => ({ file });

const ROWS: Readonly<Record<string, Row>> = {
  version: shown(),
  install: tested('src/cli/install/install.test.ts'),
  uninstall: tested('src/cli/install/uninstall.test.ts'),
  check: tested('src/cli/check/check.test.ts'),
  lint: tested('src/cli/lint/lint-files.test.ts'),
  test: tested('test/e2e/policy-tests.test.ts'),
  plan: tested('test/e2e/plan.test.ts'),
  approve: tested('test/healing/deciding.test.ts'),
  reject: tested('test/healing/deciding.test.ts'),
  status: shown(),
  get: shown('policies'),
  pause: tested('src/cli/pause/pause.test.ts'),
  resume: tested('src/cli/pause/pause.test.ts'),
  explain: shown('deployment/web'),
  history: shown('deployment/web'),
  diagnose: shown(),
  query: shown('kube_deployment_status_replicas'),
  replay: tested('src/cli/replay/replay-files.test.ts'),
  'audit show': tested('src/cli/audit/audit.test.ts'),
  'audit verify': tested('src/cli/audit/audit.test.ts'),
  'report causes': shown(),
  'report replaceability': tested('src/cli/report/replaceability.test.ts'),
  top: tested('src/cli/top/top.test.ts'),
  'support-bundle': tested('src/cli/support-bundle/support-bundle.test.ts'),
  sandbox: tested('test/e2e/cli.test.ts'),
  run: tested('test/e2e/run-process.test.ts'),
  'config print': tested('src/cli/config/config.test.ts'),
  'config check': tested('src/cli/config/config.test.ts'),
  completion: tested('test/e2e/completion.test.ts'),
  demo: tested('test/e2e/demo.test.ts'),
  watch: tested('src/cli/watch/watch.test.ts'),
};

const verbs = leaves(
  buildProgram({
    env: {},
    stdout: { write: () => true },
    stderr: { write: () => true },
    clock: systemClock,
    signal: new AbortController().signal,
    random: () => 0,
  }),
);
const nameOf = (verb: (typeof verbs)[number]): string => pathOf(verb).replace(/^kubeskippy /, '');
const byName = new Map(verbs.map((verb) => [nameOf(verb), verb]));
const screens = Object.entries(ROWS).flatMap(([name, row]) => ('words' in row ? [[name, row.words] as const] : []));
const asksCluster = (name: string): boolean =>
  byName.get(name)?.options.some(({ long }) => long === '--kubeconfig') ?? false;

const file = testFolder();
let kubeconfig = '';
beforeAll(async () => {
  const world = new TestCluster();
  world.operator();
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy());
  await world.until(() => world.phases().includes('Succeeded'));
  await world.clock.advance(30_000);
  kubeconfig = await served(world.sandbox, file);
}, 60_000);

const call = (name: string, words: readonly string[], columns?: number) =>
  called(
    [...name.split(' '), ...words, ...(asksCluster(name) ? ['--kubeconfig', kubeconfig] : [])],
    columns === undefined ? {} : { columns },
  );

describe('every verb', () => {
  it('has a row here, and every row is a verb', () => {
    expect(Object.keys(ROWS).toSorted()).toEqual([...byName.keys()].toSorted());
  });

  it.each(Object.entries(ROWS).flatMap(([name, row]) => ('file' in row ? [[name, row.file] as const] : [])))(
    '%s is tested in %s',
    (name, at) => {
      const path = join(ROOT, at);
      expect(existsSync(path)).toBe(true);
      const [verb = ''] = name.split(' ');
      expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`\\b${verb}`));
    },
  );

  it.each(verbs.map(nameOf))('%s refuses a flag that it does not have, in one line, with status 2', async (name) => {
    const needed = byName.get(name)?.options.flatMap(({ mandatory, long }) => (mandatory ? [long ?? '', 'x'] : []));
    const { code, out, err } = await called([...name.split(' '), ...(needed ?? []), '--no-such-flag']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^kubeskippy: .*--no-such-flag.*\n$/);
  });
});

describe('a screen of', () => {
  for (const columns of [80, 160])
    it.each(screens)(`%s has its text within ${columns} columns`, async (name, words) => {
      const { code, out, err } = await call(name, words, columns);
      expect(code).toBe(0);
      // What takes time says on the other stream how far it is.
      expect(err).not.toContain('kubeskippy:');
      expect(out.split('\n').filter((line) => line.length > columns)).toEqual([]);
      expect(out.replaceAll(/127\.0\.0\.1:\d+/g, 'SERVER')).toMatchSnapshot();
    });
});

describe('the answer of', () => {
  it.each(screens)('%s is JSON with -o json', async (name, words) => {
    const { code, out } = await call(name, [...words, '-o', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toBeTypeOf('object');
  });
});

describe('without a cluster', () => {
  it.each(screens.filter(([name]) => asksCluster(name)))('%s says so in one line', async (name, words) => {
    const missing = file('none');
    const { code, out, err } = await called([...name.split(' '), ...words, '--kubeconfig', missing]);
    expect([code > 0, out]).toEqual([true, '']);
    expect(err).toMatch(/^kubeskippy: [^\n]+\n$/);
    expect(err).toContain(missing);
  });
});
