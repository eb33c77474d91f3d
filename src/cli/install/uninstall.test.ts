import { describe, expect, it } from 'vitest';
import { FIELD_MANAGER } from '../../api/names.ts';
import { optIns, tenancies } from '../../api/rbac.ts';
import { actionRegistry } from '../../core/actions/index.ts';
import { KubeClient } from '../../kube/client.ts';
import { createSandbox, type Gvr } from '../../sandbox/index.ts';
import { VirtualClock } from '../../std/clock.ts';
import { installObjects } from './manifests.ts';
import { placeOf } from './places.ts';
import { uninstallFrom } from './uninstall.ts';

const NAMESPACE = 'healing';
const NAMESPACES: Gvr = { group: '', version: 'v1', resource: 'namespaces' };
const kinds: readonly Gvr[] = [
  ...['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map((resource) => ({
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource,
  })),
  ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map((resource) => ({
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    resource,
  })),
  { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
];

function cluster() {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock, nodes: 0 });
  const client = new KubeClient({ transport: sandbox.transport(), clock, fieldManager: FIELD_MANAGER });
  const said: string[] = [];
  const environment = { stdout: { write: (text: string) => said.push(text) }, signal: new AbortController().signal };
  return {
    sandbox,
    clock,
    install: async (options: Partial<Parameters<typeof installObjects>[0]>) => {
      for (const object of installObjects({ namespace: NAMESPACE, actionRules: actionRegistry().rules, ...options })) {
        const { type, key } = placeOf(object);
        await client.patch(type, key, { type: 'apply', body: object, force: 'TakeOwnership' });
      }
    },
    uninstall: async (keepCrds = false) => {
      const options = {
        namespace: NAMESPACE,
        yes: true,
        output: 'text' as const,
        keepCrds,
        kubeconfig: undefined,
        context: undefined,
      };
      await uninstallFrom(client, options, environment);
      await clock.advance(10_000);
      return said.join('');
    },
    ours: () =>
      kinds.flatMap((gvr) =>
        sandbox.cluster
          .list(gvr)
          .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
          .filter((name) => name.includes('kubeskippy')),
      ),
  };
}

describe('uninstall', () => {
  it.each(tenancies)(
    'leaves nothing of an installation of tenancy %s with all that can be opted into',
    async (tenancy) => {
      const { install, uninstall, ours, sandbox } = cluster();
      await install({ tenancy, allow: optIns });
      expect(ours().length).toBeGreaterThan(10);
      await uninstall();
      expect(ours()).toEqual([]);
      expect(sandbox.cluster.get(NAMESPACES, { name: NAMESPACE })).toBeUndefined();
    },
  );

  it('keeps a namespace that others have made, and says so', async () => {
    const { install, uninstall, sandbox } = cluster();
    sandbox.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    await install({});
    expect(await uninstall()).toMatch(/namespace\/healing is kept: .* has made or changed it too/);
    expect(sandbox.cluster.get(NAMESPACES, { name: NAMESPACE })?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('keeps the kinds alone, where that is asked for', async () => {
    const { install, uninstall, ours } = cluster();
    await install({});
    await uninstall(true);
    expect(ours().map((name) => name.split(' ')[0])).toEqual(
      Array.from({ length: 3 }, () => 'CustomResourceDefinition'),
    );
  });
});
