/**
 * The attack: the name of a target is a path, so that the request addresses another object than the one that was
 * judged. The guards: the schema of every name (src/api/fields.ts), the one function that makes paths
 * (src/kube/resource.ts), and the comparison of every answer with what was asked for (src/kube/client.ts).
 */
import { describe, expect, it } from 'vitest';
import { TestCluster } from '../kit/test-cluster.ts';
import { parseAction } from '../../src/api/parse-action.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { ACTIONS } from '../kit/resources.ts';

const SERVICES = { group: '', version: 'v1', resource: 'services' };

const deleting = (target: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingAction',
  metadata: { namespace: 'default', name: 'attack' },
  spec: {
    targetResource: { apiVersion: 'v1', kind: 'Namespace', ...target },
    action: { name: 'gone', type: 'delete', deleteAction: {} },
  },
});

const TARGETS: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['a path to an object of another namespace', { name: 'kube-system/services/kube-dns' }],
  ['the same, encoded', { name: 'kube-system%2Fservices%2Fkube-dns' }],
  ['a step up', { name: '..' }],
  ['a path as the namespace', { kind: 'Service', name: 'web', namespace: 'default/services/x/..' }],
];

describe('an action whose target is named by', () => {
  it.each(TARGETS)('%s is refused when it is made, and when it is read', async (_title, target) => {
    const world = new TestCluster();
    world.operator();
    const dns = { metadata: { namespace: 'kube-system', name: 'kube-dns' }, spec: { ports: [{ port: 53 }] } };
    world.cluster.create(SERVICES, { apiVersion: 'v1', kind: 'Service', ...dns });
    expect(() => world.cluster.create(ACTIONS, deleting(target))).toThrow(/should match/);
    await world.clock.advance(60_000);
    expect(world.cluster.get(SERVICES, dns.metadata)).toBeDefined();
    const { action, problems } = parseAction({
      ...deleting(target),
      metadata: { name: 'attack', namespace: 'default', uid: 'u' },
    });
    expect(action).toBeUndefined();
    expect(problems.length).toBeGreaterThan(0);
  });
});
