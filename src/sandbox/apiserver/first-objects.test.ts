import { expect, test } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { VirtualClock } from '../../std/clock.ts';
import { createSandbox } from '../index.ts';
import type { Gvr } from '../machinery/cluster.ts';

const rbac = (resource: string): Gvr => ({ group: 'rbac.authorization.k8s.io', version: 'v1', resource });
const BROUGHT: readonly Gvr[] = [
  { group: '', version: 'v1', resource: 'services' },
  { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices' },
  ...['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map(rbac),
];
const NAMESPACES: Gvr = { group: '', version: 'v1', resource: 'namespaces' };
const PRIORITY_CLASSES: Gvr = { group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' };

const cluster = createSandbox({
  clock: new VirtualClock(),
  controllers: 'off',
  scheduler: 'off',
  kubelet: 'off',
  access: { mode: 'on', users: new Map(), anonymous: 'refused' },
}).cluster;

/** What a client would send to have it created. */
function asSent(object: KubeObject): KubeObject {
  const { uid: _uid, generation: _generation, creationTimestamp: _time, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, resourceVersion: '' } };
}
/** To the order of fields in its parts; a write of the status changes that of the object's own. */
const text = (object: KubeObject): string => {
  const { apiVersion, kind, metadata, ...parts } = object;
  return JSON.stringify({ apiVersion, kind, metadata: { ...metadata, uid: '', resourceVersion: '' }, ...parts });
};

test.each(BROUGHT.map((gvr) => [gvr.resource, gvr] as const))('%s come as a create would leave them', (_, gvr) => {
  const objects = cluster.list(gvr);
  expect(objects.length).toBeGreaterThan(0);
  for (const object of objects) {
    cluster.remove(gvr, object.metadata, { gracePeriodSeconds: 0 });
    cluster.create(gvr, asSent(object));
    expect(text(cluster.get(gvr, object.metadata) as KubeObject)).toBe(text(object));
  }
});

// These cannot be deleted: others are made.
test('namespaces come as a create would leave them', () => {
  for (const object of cluster.list(NAMESPACES)) {
    const { name } = object.metadata;
    const made = cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${name}2` } });
    expect(text(made).replaceAll(`${name}2`, name)).toBe(text(object));
  }
});

test('priority classes come as a create would leave them', () => {
  for (const object of cluster.list(PRIORITY_CLASSES)) {
    const { preemptionPolicy: _default, ...sent } = asSent(object);
    const metadata = { name: `not-${object.metadata.name}` };
    const made = cluster.create(PRIORITY_CLASSES, { ...sent, metadata, value: 1 });
    expect(text(made)).toBe(text({ ...object, metadata: { ...object.metadata, ...metadata }, value: 1 }));
  }
});
