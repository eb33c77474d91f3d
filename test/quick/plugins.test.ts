/** Plugins as files: the example heals what it is for, and what cannot be used is named. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPlugins } from '../../src/cli/load-plugins.ts';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/plugins/image-mirror/index.js');

describe('the example plugin', () => {
  it('moves the images of a Deployment to the mirror, under its marker', async () => {
    const world = new TestCluster();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    const customAction = { executor: 'image-mirror', parameters: { from: 'registry.example/', to: 'mirror.example/' } };
    const safetyRules = { requireHealthCheck: false, healthCheckTimeout: '1m', undoOnFailure: false };
    world.cluster.create(
      POLICIES,
      policy({ actions: [{ name: 'mirror', type: 'custom', customAction }], safetyRules }),
    );
    const registry = actionRegistry({ disabled: [], plugins: await loadPlugins([EXAMPLE]) });
    world.operator({ actions: { registry, settings: DEFAULT_ACTION_SETTINGS } });
    const image = (): string =>
      JSON.stringify(world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })?.['spec']);
    expect(await world.until(() => image().includes('mirror.example/app:1'))).toBe(true);
    const [action] = world.actions();
    const changed = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' });
    expect(changed?.metadata.annotations?.['kubeskippy.io/attempt']).toBe(`${action?.metadata.uid}/1`);
    expect(registry.rules).toContainEqual({ apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] });
  });
});

describe('a plugin that cannot be used', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubeskippy-plugins-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it.each<[string, () => readonly string[], RegExp]>([
    ['is not there', () => [join(folder, 'missing.mjs')], /missing\.mjs: it cannot be loaded/],
    [
      'throws as it is loaded',
      () => [file('throws.mjs', 'throw new Error("oh");')],
      /throws\.mjs: it cannot be loaded: oh/,
    ],
    ['exports nothing', () => [file('empty.mjs', 'export {};')], /empty\.mjs: it has no export named plugin/],
    ['is loaded twice', () => [EXAMPLE, EXAMPLE], /another plugin has the name image-mirror/],
    [
      'has an executor that another has',
      () => [
        EXAMPLE,
        file(
          'twin.mjs',
          `import { plugin as one } from ${JSON.stringify(EXAMPLE)}; export const plugin = { ...one, name: 'twin' };`,
        ),
      ],
      /twin\.mjs: plugin image-mirror has an executor image-mirror too/,
    ],
  ])('is named when it %s', async (_title, paths, message) => {
    await expect(loadPlugins(paths())).rejects.toThrow(message);
  });
});
