/**
 * The Helm chart gives what `kubeskippy install --with-operator` gives, for each choice of its values. Helm itself is
 * in no package registry of ours, so that its templates are rendered with what it is made of: Go, Sprig and
 * sigs.k8s.io/yaml, where they are installed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { type OptIn, optIns, type Tenancy } from '../../src/api/rbac.ts';
import { rightsOf } from '../../src/cli/check/permissions.ts';
import { installObjects } from '../../src/cli/install/manifests.ts';
import { operatorObjects } from '../../src/cli/install/operator-objects.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { kubectls } from '../kit/kubectl.ts';

const ROOT = join(import.meta.dirname, '../..');
const CHART = join(ROOT, 'charts/kubeskippy');
const GO = { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' };
const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-chart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const has = (name: string): boolean => spawnSync('go', ['list', name], { env: GO }).status === 0;
const missing = ['github.com/Masterminds/sprig', 'sigs.k8s.io/yaml'].filter((name) => !has(name));
if (missing.length > 0) console.log(`skipped: rendering the chart needs Go with ${missing.join(' and ')}`);

const NAMESPACE = 'kubeskippy-system';
const image = { repository: 'registry.example/kubeskippy', digest: `sha256:${'0'.repeat(64)}` };
const program = join(folder, 'render');

function rendered(values: object): readonly KubeObject[] {
  const text = execFileSync(program, [CHART], {
    input: JSON.stringify({ image, ...values }),
    encoding: 'utf8',
    stdio: 'pipe',
  });
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as KubeObject | null) ?? []);
}

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;
const byName = (objects: readonly KubeObject[]) => new Map(objects.map((object) => [nameOf(object), object]));

/** Rules may be cut in other places: the rights count. */
function withRights(object: KubeObject): unknown {
  if (object['rules'] === undefined) return object;
  const rights = rightsOf([object]).map((right) => JSON.stringify(right));
  return { ...object, rules: rights.toSorted() };
}

/** The configuration is written by another hand, and so has another hash. */
const withoutHash = (object: unknown): unknown =>
  JSON.parse(JSON.stringify(object).replaceAll(/"kubeskippy\.io\/config-hash":"\w{16}"/g, '"hash":1'));

const ownPods = (options: { readonly config: string; readonly claim?: string }): readonly KubeObject[] =>
  operatorObjects({ namespace: NAMESPACE, image: `${image.repository}@${image.digest}`, ...options });

function installed(tenancy: Tenancy, allow: readonly OptIn[]): readonly KubeObject[] {
  const options = { namespace: NAMESPACE, actionRules: actionRegistry().rules, tenancy, allow };
  const own = ownPods({ config: '{}\n' });
  // Namespaces are Helm's, and kinds are in the chart's folder of their own.
  const others = installObjects(options).filter(
    ({ kind }) => !['Namespace', 'CustomResourceDefinition'].includes(kind),
  );
  return [...others, ...own];
}

describe.skipIf(missing.length > 0)('the chart', () => {
  beforeAll(() => {
    execFileSync('go', ['build', '-o', program, join(ROOT, 'test/kit/chart/main.go')], {
      env: { ...GO, GOCACHE: join(folder, 'cache') },
    });
  }, 300_000);

  it.each<[Tenancy, readonly OptIn[]]>([
    ['single', []],
    ...optIns.map((optIn): [Tenancy, readonly OptIn[]] => ['single', [optIn]]),
    ['single', optIns],
    ['shared', []],
    ['shared', optIns],
  ])('gives what install gives: %s with %j', (tenancy, allow) => {
    const names = Object.fromEntries(
      allow.map((optIn) => [optIn.replaceAll(/-(\w)/g, (_, c: string) => c.toUpperCase()), true]),
    );
    const [ours, theirs] = [byName(installed(tenancy, allow)), byName(rendered({ tenancy, allow: names }))];
    expect([...theirs.keys()].toSorted()).toEqual([...ours.keys()].toSorted());
    for (const [name, object] of theirs) {
      const other = ours.get(name);
      if (other === undefined) throw new Error(name);
      expect(withoutHash(withRights(object)), name).toEqual(withoutHash(withRights(other)));
    }
  });

  it('has a configuration of its own in the ConfigMap, by whose hash pods are replaced', () => {
    const hashOf = (objects: readonly KubeObject[]) =>
      /"kubeskippy\.io\/config-hash":"(\w{16})"/.exec(JSON.stringify(objects))?.[1];
    const objects = rendered({ config: { dryRun: true, ai: { provider: 'ollama' } } });
    const map = byName(objects).get('ConfigMap kubeskippy-config') as KubeObject & { data: Record<string, string> };
    expect(parse(map.data['config.yaml'] ?? '')).toEqual({ dryRun: true, ai: { provider: 'ollama' } });
    expect(hashOf(objects)).not.toBe(hashOf(rendered({})));
  });

  it.each(readdirSync(join(CHART, 'presets')))('renders %s', (name) => {
    const values = parse(readFileSync(join(CHART, 'presets', name), 'utf8')) as object;
    const kinds = new Set(rendered(values).map(({ kind }) => kind));
    expect(kinds).toContain('Deployment');
    expect(kinds.has('PrometheusRule')).toBe(name === 'monitored.yaml');
  });

  it('keeps files in the volume of a claim, or in one of each pod, as install does', () => {
    const deployment = 'Deployment kubeskippy';
    const claimed = byName(rendered({ files: { claim: 'kept' } })).get(deployment);
    const ours = byName(ownPods({ config: '{}\n', claim: 'kept' })).get(deployment);
    expect(withoutHash(claimed)).toEqual(withoutHash(ours));
    const sized = JSON.stringify(byName(rendered({ files: { sizeLimit: '8Gi' } })).get(deployment));
    expect(sized).toContain('{"name":"files","emptyDir":{"sizeLimit":"8Gi"}}');
  });

  it.each<[string, object, RegExp]>([
    ['fields of patches', { actions: { patchFields: ['/spec/paused'] } }, /patchFields changes/],
    ['protected namespaces', { protectedNamespaces: ['a'] }, /protectedNamespaces changes/],
    ['plugins', { plugins: ['a.mjs'] }, /rights that this chart does not know/],
    ['an audit file', { auditFile: '/var/log/audit' }, /auditFile is .* cannot write: choose a path below/],
    ['recorded decisions', { recordDecisions: '/tmp/decisions' }, /recordDecisions is .* choose a path below/],
  ])('refuses a configuration that it cannot follow: %s', (_title, config, words) => {
    expect(() => rendered({ config })).toThrow(words);
  });

  it('leaves out what is switched off', () => {
    const off = { enabled: false };
    const kinds = rendered({ networkPolicy: off, podDisruptionBudget: off }).map(({ kind }) => kind);
    expect(kinds.filter((kind) => ['NetworkPolicy', 'PodDisruptionBudget', 'ServiceMonitor'].includes(kind))).toEqual(
      [],
    );
  });
});

describe('the schema of values', () => {
  const schema = z.fromJSONSchema(JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as never);
  const takes = (values: object): boolean => schema.safeParse(values).success;

  it.each(readdirSync(join(CHART, 'presets')))('takes %s', (name) => {
    expect(takes(parse(readFileSync(join(CHART, 'presets', name), 'utf8')) as object)).toBe(true);
  });

  it.each<[string, object]>([
    ['no image', {}],
    ['an image without digest or tag, as values.yaml has it', { image: { repository: 'a', digest: '', tag: '' } }],
    ['a typing error', { image, replcias: 2 }],
    ['a setting that there is not', { image, config: { dryrun: true } }],
    ['a right that there is not', { image, allow: { secrets: true } }],
    ['a size without a unit', { image, files: { sizeLimit: '1' } }],
    ['no name of a claim', { image, files: { claim: 'Kept_files' } }],
  ])('refuses %s', (_title, values) => {
    expect(takes(values)).toBe(false);
  });
});

const [kubectl] = kubectls();

/** What the pods of the operator are made of, whatever their image and the order of their volumes. */
function podOf(objects: readonly KubeObject[], changed = (text: string): string => text): unknown {
  const text = changed(JSON.stringify(byName(objects).get('Deployment kubeskippy')));
  return JSON.parse(text, (key, value: unknown) => {
    if (key === 'image') return 'one';
    if (key === 'metadata') return undefined;
    const volumes = value as readonly { readonly name: string }[];
    return key.startsWith('volume') ? volumes.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : value;
  });
}

describe.skipIf(kubectl === undefined)('kustomize', () => {
  const built = (path: string): readonly KubeObject[] =>
    parseAllDocuments(execFileSync(kubectl?.path ?? '', ['kustomize', join(ROOT, path)], { encoding: 'utf8' })).map(
      (document) => document.toJS() as KubeObject,
    );

  it('builds the overlay with monitoring out of the same objects', () => {
    const all = built('config/overlays/monitored');
    expect(all.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['Deployment', 'ServiceMonitor', 'PrometheusRule']),
    );
    expect(JSON.stringify(all)).toContain('"image":"registry.example/kubeskippy:latest"');
    expect(all.length).toBe(built('config/default').length + 3);
  });

  it('builds the overlay with kept files: the Deployment that install makes of its settings and its claim', () => {
    const all = built('config/overlays/kept-files');
    const config = readFileSync(join(ROOT, 'config/overlays/kept-files/config.yaml'), 'utf8');
    const [claim] = all.filter(({ kind }) => kind === 'PersistentVolumeClaim');
    const [settings] = all.filter(({ kind }) => kind === 'ConfigMap');
    // Kustomize makes another name for other settings, and so other pods.
    const theirs = podOf(all, (text) => text.replace(settings?.metadata.name ?? '', 'kubeskippy-config'));
    expect(theirs).toEqual(podOf(ownPods({ config, claim: claim?.metadata.name ?? '' })));
    expect(settings?.['data']).toEqual({ 'config.yaml': config });
  });

  it('builds the objects for many teams', () => {
    expect(built('config/shared').map(nameOf)).toContain('ClusterRole kubeskippy-account');
  });
});
