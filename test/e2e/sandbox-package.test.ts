/**
 * The embedded cluster as other projects get it: packed, unpacked outside of this checkout beside its dependencies
 * alone, and used as its page says.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const NAME = 'kubeskippy-sandbox';
const run = promisify(execFile);

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}
const manifestIn = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;

describe('the package of the embedded cluster', () => {
  let project: string;
  let installed: string;
  let example: string;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'kubeskippy-project-'));
    const modules = join(project, 'node_modules');
    installed = join(modules, NAME);
    await mkdir(modules);
    const packed = ['pack', join(ROOT, 'dist/sandbox-package'), '--offline', '--ignore-scripts', '--silent'];
    const { stdout } = await run('npm', packed, { cwd: project });
    await run('tar', ['-xzf', stdout.trim()], { cwd: project });
    await rename(join(project, 'package'), installed);
    for (const dependency of Object.keys((await manifestIn(installed)).dependencies))
      await symlink(join(ROOT, 'node_modules', dependency), join(modules, dependency));
    await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
    const page = await readFile(join(installed, 'README.md'), 'utf8');
    example = /```js\n([^]*?)```/.exec(page)?.[1] ?? '';
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  const play = async (text: string) => {
    await writeFile(join(project, 'example.mjs'), text);
    return run(process.execPath, ['example.mjs'], { cwd: project, timeout: 30_000 });
  };

  /** In strict TypeScript, with node's types alone; answers what the compiler says. */
  const check = async (text: string) => {
    const options = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2023',
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    };
    const config = { compilerOptions: options, files: ['example.ts'] };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
    await writeFile(join(project, 'example.ts'), text);
    const compiler = join(ROOT, 'node_modules/ts7/bin/tsc');
    return run(process.execPath, [compiler, '-p', '.'], { cwd: project, timeout: 60_000 }).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  };

  test('has code, types and a page, and nothing of the operator', async () => {
    const files = ['LICENSE', 'README.md', 'index.js', 'index.js.map', 'package.json', 'types'];
    expect((await readdir(installed)).sort()).toEqual(files);
    expect((await readdir(join(installed, 'types'))).sort()).toEqual(['cel', 'sandbox', 'shapes', 'std']);
  });

  test('has three dependencies, in the versions of this project, and its version', async () => {
    const [own, root] = [await manifestIn(installed), await manifestIn(ROOT)];
    expect(Object.keys(own.dependencies).sort()).toEqual(['croner', 're2js', 'yaml']);
    expect(root.dependencies).toMatchObject(own.dependencies);
    expect(own.version).toBe(root.version);
  });

  test('has a page whose links lead to files of the package', async () => {
    const page = await readFile(join(installed, 'README.md'), 'utf8');
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link ?? '');
    expect(links).not.toEqual([]);
    expect(links.filter((link) => !existsSync(join(installed, link)))).toEqual([]);
  });

  test('opens its page with an example that runs as it stands', async () =>
    expect(await play(example)).toEqual({ stdout: '', stderr: '' }));
  test('has an example that fails when the cluster does something else', async () =>
    expect(play(example.replace('readyReplicas, 3', 'readyReplicas, 4'))).rejects.toThrow('3 == 4'));
  test('is typed', async () => expect(await check(example)).toBe(''));
  test('does not compile with an option that is none', async () =>
    expect(await check(example.replace('nodes: 2', "nodes: 2, controllers: 'maybe'"))).toContain('"maybe"'));

  test('gives the log of commits', async () => {
    const text = example.replace(
      'await sandbox.close();',
      'console.log(sandbox.commits().filter(({ object }) => object.kind === "Deployment")[0].type);\nawait sandbox.close();',
    );
    expect(await play(text)).toEqual({ stdout: 'ADDED\n', stderr: '' });
  });
});
