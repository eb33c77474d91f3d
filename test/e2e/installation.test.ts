/**
 * From nothing to nothing: `kubeskippy install --with-operator` into a cluster over TLS with RBAC on, the operator as
 * its Deployment describes it, a healing, and `kubeskippy uninstall` in the middle of the next one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { hasOpenssl } from '../kit/certificates.ts';
import { kubectls } from '../kit/kubectl.ts';
import { ProcessCluster, seen } from '../kit/process-cluster.ts';
import { broken, CLUSTER, healing } from './attack-objects.ts';

const [kubectl] = kubectls();
const missing = kubectl === undefined ? 'kubectl' : hasOpenssl() ? undefined : 'openssl';
if (missing !== undefined) console.log(`skipped: an installation over TLS needs ${missing}, which is not there`);

const IMAGE = 'registry.example/kubeskippy@sha256:0123456789';
const ROOT = join(import.meta.dirname, '../..');

const named = (objects: readonly KubeObject[]): readonly string[] =>
  objects.map(({ kind, metadata: { namespace = '', name } }) => `${kind} ${namespace}/${name}`).toSorted();

describe.skipIf(missing !== undefined)('an installation', () => {
  let cluster: ProcessCluster;
  beforeAll(async () => {
    cluster = await ProcessCluster.start({
      kubectl: kubectl ?? { path: '', version: '' },
      byToken: [],
      byCertificate: [],
      install: ['--with-operator', '--image', IMAGE],
    });
  }, 120_000);
  afterAll(() => cluster.end());

  const all = (kinds: string) => cluster.list([kinds, '-A', '-l', 'app.kubernetes.io/name=kubeskippy']);

  it.each([
    ['default', 'single'],
    ['shared', 'shared'],
  ])('has everything that kustomize makes of config/%s, and no more', async (folder, tenancy) => {
    const operator = ['--with-operator', '--image', 'kubeskippy:latest'];
    const printed = await cluster.program(['install', ...operator, '--tenancy', tenancy, '-o', 'yaml']);
    const ours = parseAllDocuments(printed.out).map((document) => document.toJS() as KubeObject);
    const made = await cluster.done('admin', ['kustomize', join(ROOT, 'config', folder)]);
    const theirs = parseAllDocuments(made).map((document) => document.toJS() as KubeObject);
    const byName = (objects: readonly KubeObject[]) =>
      new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
    expect(named(theirs)).toEqual(named(ours));
    for (const [name, object] of byName(theirs)) expect(object, name).toEqual(byName(ours).get(name));
  });

  it('runs two pods under the level `restricted`, and heals with the rights of its account', async () => {
    const pods = await seen(
      () => cluster.list(['pods', '-n', 'kubeskippy-system']),
      (found) => found.length === 2,
    );
    expect(pods.map(({ spec }) => (spec as { containers: { image: string }[] }).containers[0]?.image)).toEqual([
      IMAGE,
      IMAGE,
    ]);
    await cluster.operate({ evaluationInterval: '1s', leaderElect: true });
    const objects = [...CLUSTER, broken('first', 'healing'), healing('healing', 'automatic')];
    await cluster.done('admin', ['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: objects });
    const ended = await seen(
      () => cluster.list(['healingactions', '-n', 'shop']),
      ([action]) => (action?.['status'] as ActionStatus | undefined)?.phase === 'Succeeded',
      60_000,
    );
    expect(ended).toMatchObject([{ status: { phase: 'Succeeded' } }]);
    // It led while it healed, by a Lease that its roles name and no other.
    const leases = await cluster.list(['leases', '-n', 'kubeskippy-system']);
    expect(leases).toMatchObject([{ spec: { holderIdentity: expect.stringMatching(/./) } }]);
  });

  it('is asked for before it is deleted', async () => {
    expect(await cluster.program(['uninstall'])).toMatchObject({ code: 2, out: expect.stringContaining('add -y') });
    expect((await all('deployments')).length).toBe(1);
  });

  it('leaves nothing behind, though an action is in flight', async () => {
    await cluster.done('admin', ['apply', '-f', '-'], broken('second', 'healing'));
    await seen(
      () => cluster.list(['healingactions', '-n', 'shop']),
      (found) => found.length > 1,
      60_000,
    );
    const { code, out } = await cluster.program(['uninstall', '--yes']);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('customresourcedefinition/healingactions.kubeskippy.io deleted'),
    ]);
    const namespaces = await seen(
      () => cluster.list(['namespaces,customresourcedefinitions']),
      (found) => !JSON.stringify(found).includes('kubeskippy'),
      60_000,
    );
    expect(named(namespaces).filter((name) => name.includes('kubeskippy'))).toEqual([]);
    const rest = await all(
      'clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts,deployments,services,configmaps,secrets,networkpolicies,poddisruptionbudgets,validatingadmissionpolicies,validatingadmissionpolicybindings',
    );
    expect(named(rest)).toEqual([]);
    // A second time there is nothing to do.
    expect(await cluster.program(['uninstall', '--yes'])).toMatchObject({ code: 0 });
  }, 120_000);

  it('names no object twice in its manifests', () => {
    const text = readFileSync(join(ROOT, 'config/manager/manager.yaml'), 'utf8');
    const names = named(parseAllDocuments(text).map((document) => document.toJS() as KubeObject));
    expect(new Set(names).size).toBe(names.length);
  });
});
