/**
 * `kubeskippy plan` against an embedded cluster over HTTP: what it prints, and that the cluster is as it was
 * afterwards.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployment } from '../kit/test-cluster.ts';
import { createSandbox, type Sandbox, systemClock } from '../../src/sandbox/index.ts';
import { DEPLOYMENTS } from '../kit/resources.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/kubeskippy.js');
const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-plan-'));
const sandbox: Sandbox = createSandbox({ clock: systemClock, nodes: 0 });
const kubeconfig = join(folder, 'kubeconfig');

beforeAll(async () => {
  const { url } = await sandbox.serve({ port: 0 });
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server: url } }],
    users: [{ name: 'a', user: {} }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  sandbox.cluster.create(DEPLOYMENTS, deployment('web'));
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

const action = (template: object, name = 'web') => {
  const path = join(folder, 'action.yaml');
  const targetResource = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name };
  const object = {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { name: 'a' },
    spec: { targetResource, action: template },
  };
  writeFileSync(path, JSON.stringify(object));
  return path;
};
const plan = (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [PROGRAM, 'plan', '--kubeconfig', kubeconfig, ...args],
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
const up = { name: 'up', type: 'scale', scaleAction: { direction: 'up', replicas: 2 } };

describe('a plan', () => {
  it('of a field that Argo CD sets says so, and has no requests', async () => {
    const kept = { ...deployment('kept'), metadata: { name: 'kept' } };
    const { status } = await sandbox.transport().send({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/default/deployments/kept?fieldManager=argocd-controller',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: Buffer.from(JSON.stringify(kept)),
    });
    expect(status).toBe(201);
    const { code, stdout, stderr } = await plan('-f', action(up, 'kept'));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      'FieldOwned: Argo CD application sets spec.replicas of Deployment default/kept and would set it back at its next sync',
    );
  });

  it('has the requests, what they presuppose and what takes them back, and sends none of them', async () => {
    const before = sandbox.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' });
    const { code, stdout } = await plan('-f', action(up));
    expect(code).toBe(0);
    expect(stdout).toContain('scale Deployment default/web from 1 to 3 replicas');
    expect(stdout).toContain('1. PATCH /apis/apps/v1/namespaces/default/deployments/web/scale');
    expect(stdout).toContain(
      `only if the object has UID ${before?.metadata.uid} and resourceVersion ${before?.metadata.resourceVersion}`,
    );
    expect(stdout).toContain('undo: scale Deployment default/web back from 3 to 1 replicas');
    expect(sandbox.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })).toEqual(before);
  });

  it('is JSON for programs', async () => {
    const { stdout } = await plan('-f', action(up), '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      requests: [{ method: 'PATCH' }],
      anotherStageFollows: false,
      proof: 'healed',
    });
  });

  it.each<[string, () => string[], RegExp]>([
    [
      'a field that there is not',
      () => ['-f', action({ ...up, maxAttempts: 2 })],
      /action\.maxAttempts is no field of a HealingAction/,
    ],
    ['a target that is not there', () => ['-f', action(up, 'absent')], /Deployment default\/absent does not exist/],
    [
      'an action that cannot be done',
      () => ['-f', action({ ...up, scaleAction: { direction: 'down', replicas: 0 } })],
      /NothingToDo: /,
    ],
    ['a file without an action', () => ['-f', kubeconfig], /no HealingAction of kubeskippy\.io\/v1alpha1 in it/],
    ['an action that the schema refuses', () => ['-f', action({ name: 'x', type: 'explode' })], /spec\.action\.type/],
    ['neither a name nor a file', () => [], /name a HealingAction, or a file with -f/],
  ])('is refused in one line for %s', async (_title, args, words) => {
    const { code, stderr, stdout } = await plan(...args());
    expect([stdout, code === 0]).toEqual(['', false]);
    expect(stderr).toMatch(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
