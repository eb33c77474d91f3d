import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import type { EventObject } from '../../shapes/workloads.ts';
import { Snapshot } from './snapshot.ts';

const object = (kind: string, name: string, rest: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  ...rest,
  metadata: { name, namespace: 'shop', ...(rest['metadata'] as object | undefined) },
});
const owned = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: 'u', controller: true }],
});
const pod = (name: string, labels: Record<string, string>, node: string): KubeObject =>
  object('Pod', name, { metadata: { labels, ...owned('ReplicaSet', 'web-1') }, spec: { nodeName: node } });
const event = (reason: string, namespace: string, at: string): EventObject => ({
  ...object('Event', `${reason}.1`, { metadata: { namespace } }),
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1-a' },
  reason,
  lastTimestamp: at,
});

const snapshot = new Snapshot({
  at: 0,
  objects: [
    object('Deployment', 'web'),
    object('ReplicaSet', 'web-1', { metadata: owned('Deployment', 'web') }),
    pod('web-1-a', { app: 'web', tier: 'front' }, 'n1'),
    pod('web-1-b', { app: 'web' }, 'n2'),
    object('Service', 'web', { spec: { selector: { app: 'web', tier: 'front' } } }),
    object('Service', 'headless', { spec: {} }),
  ],
  events: [event('Later', 'shop', '2026-01-01T00:00:09Z'), event('Earlier', 'shop', '2026-01-01T00:00:01Z')],
  gaps: [
    { kind: 'Secret', namespace: 'shop', why: 'Forbidden' },
    { kind: 'Node', why: 'Forbidden' },
  ],
});
const namesOf = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name);

describe('Snapshot', () => {
  it('follows owners up to what people write, and down to pods', () => {
    const [first] = snapshot.all('Pod');
    const web = snapshot.find('Deployment', { namespace: 'shop', name: 'web' });
    expect(first && snapshot.rootOf(first)).toEqual({ kind: 'Deployment', namespace: 'shop', name: 'web' });
    expect(web && namesOf(snapshot.podsOf(web))).toEqual(['web-1-a', 'web-1-b']);
  });

  it('names the owner that it did not see', () => {
    const lost = new Snapshot({ at: 0, objects: [pod('p', {}, 'n1')], events: [] });
    const [first] = lost.all('Pod');
    expect(first && lost.rootOf(first)).toEqual({ kind: 'ReplicaSet', namespace: 'shop', name: 'web-1' });
  });

  it('finds pods by selector and by node, and the Services of a pod', () => {
    expect(namesOf(snapshot.selected('shop', { matchLabels: { app: 'web', tier: 'front' } }))).toEqual(['web-1-a']);
    expect(namesOf(snapshot.selected('other', { matchLabels: { app: 'web' } }))).toEqual([]);
    expect(namesOf(snapshot.podsOn('n2'))).toEqual(['web-1-b']);
    const [a, b] = snapshot.all('Pod');
    expect(a && namesOf(snapshot.servicesOf(a))).toEqual(['web']);
    expect(b && namesOf(snapshot.servicesOf(b))).toEqual([]);
  });

  it('has the events about an object, oldest first, and none that another namespace wrote', () => {
    const about = { kind: 'Pod', namespace: 'shop', name: 'web-1-a' };
    expect(snapshot.eventsOf(about).map(({ reason }) => reason)).toEqual(['Earlier', 'Later']);
    const forged = new Snapshot({ at: 0, objects: [], events: [event('Forged', 'attack', '2026-01-01T00:00:01Z')] });
    expect(forged.eventsOf(about)).toEqual([]);
  });

  it('concludes nothing from the absence of what was not seen', () => {
    expect(snapshot.has('Secret', { namespace: 'shop', name: 'x' })).toBeUndefined();
    expect(snapshot.has('Secret', { namespace: 'other', name: 'x' })).toBe(false);
    expect(snapshot.has('Node', { name: 'x' })).toBeUndefined();
    expect(snapshot.has('Service', { namespace: 'shop', name: 'web' })).toBe(true);
  });
});
