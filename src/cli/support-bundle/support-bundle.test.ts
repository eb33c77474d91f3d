import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { called, served, testFolder } from '../../../test/kit/command-line.ts';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, POLICIES, SECRETS } from '../../../test/kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../../../test/kit/test-cluster.ts';
import { createSandbox, type MutableObject } from '../../sandbox/index.ts';
import { VirtualClock } from '../../std/clock.ts';
import { bundleText, MAX_BUNDLE_BYTES, withoutSecrets } from './bundle.ts';

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
    expect([code, err.split('\n').at(-2)]).toEqual([1, 'kubeskippy: cannot write /nowhere/b: ENOENT']);
  });
});

describe('a bundle', () => {
  it.each<[string, unknown]>([
    ['a field with a telling name', { dbPassword: CANARY }],
    ['an environment variable', { env: [{ name: 'API_KEY', value: CANARY }] }],
    ['a list below such a name', { tokens: [CANARY] }],
    ['a header in a sentence', `refused: Authorization: Bearer ${CANARY}`],
    ['a URL', `http://user:${CANARY}@host/`],
    ['the copy that kubectl keeps', { 'kubectl.kubernetes.io/last-applied-configuration': CANARY }],
  ])('has no secret of %s', (_title, content) => {
    expect(JSON.stringify(withoutSecrets(content))).not.toContain(CANARY);
  });

  it('keeps names, which look random too', () => {
    const kept = { name: 'web-5f7d9c8b6d-x2k4q', uid: '0b6f3c1e-8f3a-4a57-9d58-3f0f2b0d9f11' };
    expect(withoutSecrets(kept)).toEqual(kept);
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
