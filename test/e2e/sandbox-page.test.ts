/** The page about the embedded cluster says what is true: its ten lines run in a project that has this one installed. */
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
  spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'web:1' }] } } },
});
`;

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

  test('are ten', () => expect(lines.trimEnd().split('\n')).toHaveLength(10));
  test('run as they stand', async () => expect(await run(lines)).toEqual({ stdout: '', stderr: '' }));
  test('fail when the cluster does something else', async () =>
    expect(run(lines.replace('readyReplicas, 3', 'readyReplicas, 4'))).rejects.toThrow('3 == 4'));
});
