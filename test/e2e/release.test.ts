/** What a release hands out: the plugin of kubectl, its manifest, and the steps of the workflow that makes them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageManifest from '../../package.json' with { type: 'json' };
import { kubectls } from '../kit/kubectl.ts';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-release-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ARCHIVE = join(ROOT, 'dist/kubectl-skippy.tar.gz');

describe('the plugin of kubectl', () => {
  execFileSync('make', ['dist/kubectl-skippy.tar.gz', '--old-file=dist/kubeskippy.js'], { cwd: ROOT, stdio: 'pipe' });
  const plugin = join(folder, 'plugin');
  mkdirSync(plugin);
  mkdirSync(join(folder, 'bin'));
  execFileSync('tar', ['-xzf', ARCHIVE, '-C', plugin]);
  // As krew lays it on the path.
  symlinkSync(join(plugin, 'kubeskippy.js'), join(folder, 'bin/kubectl-skippy'));
  const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, HOME: folder };

  it('runs from a folder of its own', () => {
    const said = execFileSync(join(folder, 'bin/kubectl-skippy'), ['version'], { env, encoding: 'utf8' });
    expect(said).toBe(`kubeskippy ${packageManifest.version}\n`);
  });

  const [kubectl] = kubectls();
  it.skipIf(kubectl === undefined)('is found by kubectl', () => {
    const said = execFileSync(kubectl?.path ?? '', ['skippy', 'config', 'print', '--defaults'], {
      env,
      encoding: 'utf8',
    });
    expect(parse(said)).toMatchObject({ maxConcurrent: 5 });
  });

  it('has a manifest that names this archive by its digest', () => {
    const printed = execFileSync(process.execPath, ['tools/krew.mjs', 'v9.9.9', ARCHIVE], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const manifest = parse(printed) as { readonly spec: { readonly platforms: readonly object[] } };
    const sha256 = createHash('sha256').update(readFileSync(ARCHIVE)).digest('hex');
    expect(manifest).toMatchObject({ kind: 'Plugin', metadata: { name: 'skippy' }, spec: { version: 'v9.9.9' } });
    for (const platform of manifest.spec.platforms)
      expect(platform).toMatchObject({
        sha256,
        bin: 'kubeskippy.js',
        uri: expect.stringContaining('/v9.9.9/') as unknown,
      });
  });
});

describe('the workflow of a release', () => {
  interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }
  const text = readFileSync(join(ROOT, '.github/workflows/release.yaml'), 'utf8');
  const { jobs, permissions } = parse(text) as {
    readonly permissions: unknown;
    readonly jobs: { readonly release: { readonly steps: readonly Step[] } };
  };
  const { steps } = jobs.release;
  const commands = steps.map(({ run = '' }) => run).join('\n');

  it('names every action by its commit, and may write nothing by default', () => {
    const uses = steps.flatMap((step) => step.uses ?? []);
    expect(uses.length).toBeGreaterThan(4);
    expect(uses.filter((name) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(name))).toEqual([]);
    expect(permissions).toEqual({ contents: 'read' });
  });

  it('runs targets and tools that there are', () => {
    const targets = [...commands.matchAll(/make ([\w./-]+)/g)].map(([, target]) => target ?? '');
    expect(targets).toEqual(['check', 'test', 'dist/install.yaml', 'dist/kubectl-skippy.tar.gz']);
    const makefile = readFileSync(join(ROOT, 'Makefile'), 'utf8');
    for (const target of targets)
      expect(makefile, target).toMatch(new RegExp(`^${target.replaceAll('.', '\\.')}:`, 'm'));
  });

  it('tests before it builds, and signs what it hands out', () => {
    const order = ['make test', 'cosign sign --yes', 'gh release create'].map((words) => commands.indexOf(words));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(Math.min(...order)).toBeGreaterThanOrEqual(0);
    expect(steps.some((step) => step.with?.['sbom'] === true && step.with['provenance'] === 'mode=max')).toBe(true);
  });
});
