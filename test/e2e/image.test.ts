/**
 * The Dockerfile, without a container engine: the files that it takes for the build are enough to build, and the files
 * that it takes into the image are enough to run.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-image-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [building = '', running = ''] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split(/^FROM \$\{BASE\}$/m);

const copied = (stage: string): readonly string[] =>
  [...stage.matchAll(/^COPY (?:--from=build )?(.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '));

describe('the image', () => {
  it('is built from files that are there, none of which is kept from the build', () => {
    const kept = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    expect(copied(building).length).toBeGreaterThan(5);
    for (const file of copied(building)) {
      expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
      expect(kept).toContain(`!${file}`);
    }
  });

  it('is built by them alone', () => {
    const source = join(folder, 'source');
    for (const file of copied(building)) cpSync(join(ROOT, file), join(source, file), { recursive: true });
    // What `make build` installs from the lockfile.
    symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
    execFileSync('make', ['build', '--old-file=node_modules/.package-lock.json'], { cwd: source, stdio: 'pipe' });
    const image = join(folder, 'image');
    for (const file of copied(running))
      cpSync(join(source, file.replace('/src/', '')), join(image, basename(file)), { recursive: true });
    const run = (...args: readonly string[]) =>
      execFileSync(process.execPath, [join(image, 'kubeskippy.js'), ...args], { cwd: '/', env: {}, encoding: 'utf8' });
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
    expect(run('--version').trim()).toBe(version);
    expect(run('install', '-o', 'yaml')).toContain('kind: CustomResourceDefinition');
    expect(run('run', '--help')).toContain('--leader-elect');
  });

  it('runs as a user that is not root, and names its program without a shell', () => {
    expect(running).toMatch(/^USER 65532:65532$/m);
    expect(running).toMatch(/^ENTRYPOINT \["/m);
    expect(running).not.toMatch(/^(?:RUN|SHELL) /m);
  });
});
