/**
 * The page about the embedded cluster says what is true: its ten lines run in a project that has this one installed.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** What the page leaves to the reader. */
const DEPLOYMENT = `const deployment = (name, replicas) => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'web:1' }] } },
  },
});
`;

const TYPED_DEPLOYMENT = DEPLOYMENT.replace('(name, replicas)', '(name: string, replicas: number)');

describe('the ten lines of docs/reference/sandbox.md', () => {
  let project: string;
  let lines: string;

  beforeAll(async () => {
    const page = await readFile(join(ROOT, 'docs/reference/sandbox.md'), 'utf8');
    lines = /```js\n([^]*?)```/.exec(page)?.[1] ?? '';
    project = await mkdtemp(join(tmpdir(), 'kubeskippy-project-'));
    await mkdir(join(project, 'node_modules'));
    await symlink(ROOT, join(project, 'node_modules/kubeskippy'));
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  const run = async (text: string) => {
    await writeFile(join(project, 'cluster.test.mjs'), DEPLOYMENT + text);
    return promisify(execFile)(process.execPath, ['cluster.test.mjs'], { cwd: project, timeout: 30_000 });
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
    await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['cluster.test.ts'] }),
    );
    await writeFile(join(project, 'cluster.test.ts'), TYPED_DEPLOYMENT + text);
    const compiler = join(ROOT, 'node_modules/ts7/bin/tsc');
    return promisify(execFile)(process.execPath, [compiler, '-p', '.'], { cwd: project, timeout: 60_000 }).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  };

  test('are ten', () => expect(lines.trimEnd().split('\n')).toHaveLength(10));
  test('run as they stand', async () => expect(await run(lines)).toEqual({ stdout: '', stderr: '' }));
  test('fail when the cluster does something else', async () =>
    expect(run(lines.replace('readyReplicas, 3', 'readyReplicas, 4'))).rejects.toThrow('3 == 4'));
  test('are typed', async () => expect(await check(lines)).toBe(''));
  test('do not compile with an option that is none', async () =>
    expect(await check(lines.replace('nodes: 2', "nodes: 2, controllers: 'maybe'"))).toContain('"maybe"'));
});
