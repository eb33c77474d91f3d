/**
 * Plugins are typed from outside: the example compiles in a project that has this one installed, and a wrong one does
 * not.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

describe('the types of kubeskippy/plugin', () => {
  let project: string;
  let example: string;

  beforeAll(async () => {
    example = await readFile(join(ROOT, 'examples/plugins/image-mirror/index.js'), 'utf8');
    project = await mkdtemp(join(tmpdir(), 'kubeskippy-plugin-'));
    await mkdir(join(project, 'node_modules'));
    await symlink(ROOT, join(project, 'node_modules/kubeskippy'));
    await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  /** What the compiler says of a file, strictly. */
  const check = async (name: string, text: string): Promise<string> => {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      allowJs: true,
      module: 'nodenext',
      target: 'es2023',
      types: [],
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [name] }));
    await writeFile(join(project, name), text);
    const compiler = join(ROOT, 'node_modules/ts7/bin/tsc');
    return promisify(execFile)(process.execPath, [compiler, '-p', '.'], { cwd: project, timeout: 60_000 }).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  };

  it('fit the example', async () => expect(await check('index.js', example)).toBe(''));

  it.each([
    ['a proof that there is not', "proof: 'healed'", "proof: 'luck'", '"luck"'],
    ['a kind of change that there is not', "changeType: 'patch'", "changeType: 'alter'", 'alter'],
    ['a plan made later', 'plan: ({', 'plan: async ({', 'Promise<'],
  ])('refuse %s', async (_title, right, wrong, complaint) => {
    expect(example).toContain(right);
    expect(await check('wrong.js', example.replace(right, wrong))).toContain(complaint);
  });

  it('are enough for a plugin in TypeScript', async () => {
    const text = `import type { Executor, KubeObject, PlanResult, Plugin } from 'kubeskippy/plugin';
const nothing = ({ metadata }: KubeObject): PlanResult =>
  ({ kind: 'refused', reason: 'NotToday', message: metadata.name });
const idle: Executor = {
  kinds: 'any', proof: 'effect', rbac: [], parameters: {},
  plan: ({ target }) => nothing(target), classify: () => 'not done',
};
export const plugin: Plugin = { apiVersion: 'kubeskippy.io/plugin-v1', name: 'idle', executors: { idle } };
`;
    expect(await check('idle.ts', text)).toBe('');
    expect(await check('idle.ts', text.replace("'not done'", "'perhaps'"))).toContain('perhaps');
  });
});
