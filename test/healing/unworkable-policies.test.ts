import { describe, expect, it } from 'vitest';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

describe('a policy that cannot work as written', () => {
  it('names an unknown kind in Ready, and goes on with the rest', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    const resources = [
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      { apiVersion: 'example.com/v1', kind: 'Gadget' },
    ];
    world.cluster.create(POLICIES, policy({ selector: { resources } }));
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    const ready = world.status('crash-loops').conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason: 'UnknownKind' });
    expect(ready?.message).toContain('Gadget');
  });

  it('stays at home: another namespace is refused and nothing there is touched (I27)', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(
      { group: '', version: 'v1', resource: 'namespaces' },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    );
    await world.clock.advance(1000);
    const away = deployment('looping', CRASHES_UNTIL_RESTARTED);
    world.cluster.create(DEPLOYMENTS, { ...away, metadata: { ...away.metadata, namespace: 'shop' } });
    world.cluster.create(
      POLICIES,
      policy({ selector: { namespaces: ['shop'], resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] } }),
    );
    expect(
      await world.until(() => world.status('crash-loops').conditions?.[0]?.reason === 'NamespaceNotPermitted'),
    ).toBe(true);
    await world.clock.advance(600_000);
    expect(world.phases()).toEqual([]);
  });

  it('watches the custom resources that it selects', async () => {
    const world = new TestCluster();
    world.operator();
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gadgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'gadgets', kind: 'Gadget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    };
    world.cluster.create({ group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' }, crd);
    await world.clock.advance(5000);
    const gadget = {
      apiVersion: 'example.com/v1',
      kind: 'Gadget',
      metadata: { name: 'one', namespace: 'default' },
      status: { conditions: [{ type: 'Broken', status: 'True' }] },
    };
    world.cluster.create({ group: 'example.com', version: 'v1', resource: 'gadgets' }, gadget);
    const broken = {
      name: 'broken',
      type: 'condition',
      conditionTrigger: { type: 'Broken', status: 'True', duration: '5s' },
    };
    world.cluster.create(
      POLICIES,
      policy({ selector: { resources: [{ apiVersion: 'example.com/v1', kind: 'Gadget' }] }, triggers: [broken] }),
    );
    // restart does not support the kind: what fires is shown, and why nothing is done.
    expect(await world.until(() => world.status('crash-loops').blocked?.[0]?.reason === 'NoAction')).toBe(true);
    expect(world.status('crash-loops').firing).toBe(1);
  });
});
