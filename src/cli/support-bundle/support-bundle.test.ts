import { chmodSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { called, served, testFolder } from '../../../test/kit/command-line.ts';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, POLICIES, SECRETS } from '../../../test/kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../../../test/kit/test-cluster.ts';
import { createSandbox, type MutableObject } from '../../sandbox/index.ts';
import { VirtualClock } from '../../std/clock.ts';
import { bundleText, MAX_BUNDLE_BYTES, newest } from './bundle.ts';

const file = testFolder();
const CANARY = 'canary-7Qx9vT2LmZ4s';
const metadata = (name: string) => ({ name, namespace: 'kubeskippy-system' });

async function ill(): Promise<TestCluster> {
  const world = new TestCluster();
  world.cluster.create(NAMESPACES, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'kubeskippy-system' },
  });
  world.cluster.create(SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'default' },
    stringData: { key: CANARY },
  });
  const web = deployment('web', CRASHES_UNTIL_RESTARTED) as MutableObject;
  web.spec.template.spec.containers[0].env = [{ name: 'DB_PASSWORD', value: CANARY }];
  world.cluster.create(DEPLOYMENTS, web);
  const made = policy() as MutableObject;
  made.metadata.annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': `{"token":"${CANARY}"}`,
    note: `password=${CANARY}`,
  };
  world.cluster.create(POLICIES, made);
  const config = `endpoints:\n  - {name: a, url: "http://a", headers: {authorization: "Bearer ${CANARY}"}}\n`;
  world.cluster.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata('kubeskippy-config'),
    data: { 'config.yaml': `${config}apiKey: ${CANARY}\n` },
  });
  const own = deployment('kubeskippy', []) as MutableObject;
  own.metadata.namespace = 'kubeskippy-system';
  own.spec.template.spec.containers[0].env = [{ name: 'TOKEN', value: CANARY }];
  own.spec.template.metadata.labels['app.kubernetes.io/name'] = 'kubeskippy';
  own.spec.selector.matchLabels['app.kubernetes.io/name'] = 'kubeskippy';
  world.cluster.create(DEPLOYMENTS, own);
  world.operator();
  await world.clock.advance(90_000);
  return world;
}

describe('kubeskippy support-bundle', () => {
  it('has what is asked about, and no secret', async () => {
    const world = await ill();
    const path = file('bundle.yaml');
    const { code, out, err } = await called([
      'support-bundle',
      '--file',
      path,
      '--kubeconfig',
      await served(world.sandbox, file),
    ]);
    expect([code, out]).toEqual([0, '']);
    expect(err).toContain('Read it before you hand it on.');
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain(CANARY);
    expect(statSync(path).mode & 0o077).toBe(0);
    const titles = [...text.matchAll(/^---\n# (.*)$/gm)].map(([, title]) =>
      title?.replace(/-[a-z0-9]+-[a-z0-9]+$/, ''),
    );
    expect(titles).toEqual([
      'versions',
      'at a glance',
      'policies',
      'actions',
      'approvals',
      'events',
      'configuration',
      'deployment',
      'pod kubeskippy',
      'log of kubeskippy',
      ...titles.slice(10),
    ]);
    const documents = parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
    expect(documents[2]).toMatchObject({ total: 1, newest: [{ metadata: { name: 'crash-loops' } }] });
    expect(documents[3]).toMatchObject({ newest: [{ status: { phase: 'Succeeded' } }] });
    expect(documents[5]).toMatchObject({
      total: expect.any(Number) as number,
      newest: expect.arrayContaining([]) as unknown[],
    });
    expect(JSON.stringify(documents[5])).toContain('HealingSucceeded');
  });

  it('says what cannot be read', async () => {
    const bare = createSandbox({ clock: new VirtualClock(), nodes: 0 });
    const { code, out } = await called(['support-bundle', '--kubeconfig', await served(bare, file)]);
    await bare.close();
    expect(code).toBe(0);
    expect(out).toContain('# policies\ncannotBeRead: this cluster has no healingpolicies');
    expect(out).toContain('# at a glance\ncannotBeSaid: ');
  });

  it('is for its owner alone, also where the file was there before', async () => {
    const world = new TestCluster();
    const path = file('there.yaml', 'before');
    chmodSync(path, 0o644);
    const { code } = await called(['support-bundle', '-f', path, '--kubeconfig', await served(world.sandbox, file)]);
    expect([code, statSync(path).mode & 0o777]).toEqual([0, 0o600]);
  });

  it.each([
    ['broken', `endpoints: [\n  apiKey: ${CANARY}\n`],
    ['with an alias that leads nowhere', `apiKey: ${CANARY}\na: *nope\n`],
  ])('says of a configuration that is %s why, and has its secret not', async (_title, text) => {
    const world = new TestCluster();
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubeskippy-system' } });
    world.cluster.create(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata('kubeskippy-config'),
      data: { 'config.yaml': text },
    });
    const { code, out } = await called(['support-bundle', '--kubeconfig', await served(world.sandbox, file)]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}cannotBeRead: "?it is not YAML: /m);
    expect(out).not.toContain(CANARY);
  });

  it('says that there is no pod, and ends at Ctrl-C with no bundle', async () => {
    const world = new TestCluster();
    const kubeconfig = await served(world.sandbox, file);
    const { out } = await called(['support-bundle', '--kubeconfig', kubeconfig]);
    expect(out).toContain("# pods\nno pod of the operator's namespace");
    const stop = new AbortController();
    const stopped = await called(['support-bundle', '--kubeconfig', kubeconfig], {
      signal: stop.signal,
      stderr: { write: (text) => void (text === 'versions\n' && stop.abort(new Error('SIGINT'))) },
    });
    expect([stopped.code, stopped.out]).toEqual([1, '']);
  });

  it('says that a file cannot be written', async () => {
    const world = new TestCluster();
    const { code, err } = await called([
      'support-bundle',
      '--file',
      '/nowhere/b',
      '--kubeconfig',
      await served(world.sandbox, file),
    ]);
    expect([code, err.split('\n').at(-2)]).toEqual([1, 'kubeskippy: cannot write /nowhere/b: no such file or folder']);
  });
});

describe('a bundle', () => {
  it('has of many large objects the newest that fit', () => {
    const objects = Array.from({ length: 100 }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'HealingPolicy',
      metadata: { name: `p-${index}`, creationTimestamp: `2026-01-01T00:00:${String(index % 60).padStart(2, '0')}Z` },
      status: Array.from({ length: 2000 }, (_word, place) => `line ${place} of a status of a policy`),
    }));
    const text = bundleText([{ title: 'policies', content: newest(objects, 100) }]);
    expect(text).toContain('total: 100');
    expect(text).not.toContain('leftOut');
    const names = [...text.matchAll(/name: p-(\d+)/g)].map(([, index]) => Number(index) % 60);
    expect(names.length).toBeGreaterThan(5);
    expect(names[0]).toBe(59);
  });

  it('never grows beyond its limit, and says what it leaves out', () => {
    const words = Array.from({ length: 40_000 }, (_, index) => `line ${index} of a log of an operator`);
    const sections = Array.from({ length: 12 }, (_, index) => ({ title: `log ${index}`, content: words }));
    const text = bundleText([{ title: 'huge', content: [...words, ...words, ...words] }, ...sections]);
    expect(Buffer.byteLength(text)).toBeLessThan(MAX_BUNDLE_BYTES);
    expect(text).toMatch(/# huge\nleftOut: it takes \d+ bytes/);
    expect(text).toMatch(/# log 11\nleftOut: it takes \d+ bytes/);
  });
});
