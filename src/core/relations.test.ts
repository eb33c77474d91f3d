import { describe, expect, it } from 'vitest';
import type { KubeObject, OwnerReference } from '../shapes/kube.ts';
import type { EventObject } from '../shapes/workloads.ts';
import { isAbout, owns, subjectOfEvent } from './relations.ts';

const UID = '11111111-1111-4111-8111-111111111111';
const web: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'shop', name: 'web', uid: UID },
};
const node: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: UID } };

const pod = (namespace: string, reference: Partial<OwnerReference>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace,
    name: 'p',
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: UID, ...reference }],
  },
});

describe('an owner', () => {
  it.each<[string, KubeObject, boolean]>([
    ['owns what names it by kind, name and UID in its namespace', pod('shop', {}), true],
    ['owns what names it by another version of its group', pod('shop', { apiVersion: 'apps/v1beta1' }), true],
    ['owns nothing of another namespace (I39)', pod('evil', {}), false],
    ['owns nothing that names another kind', pod('shop', { kind: 'StatefulSet' }), false],
    ['owns nothing that names another name', pod('shop', { name: 'other' }), false],
    ['owns nothing that names a predecessor', pod('shop', { uid: 'older' }), false],
    ['owns nothing that names another group', pod('shop', { apiVersion: 'example.com/v1' }), false],
  ])('%s', (_title, dependent, expected) => {
    expect(owns(web, dependent)).toBe(expected);
  });

  it('without a namespace owns in every namespace', () => {
    expect(owns(node, pod('shop', { apiVersion: 'v1', kind: 'Node', name: 'n1' }))).toBe(true);
  });
});

const event = (home: string, involvedObject: EventObject['involvedObject']): EventObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: home },
  involvedObject,
});

describe('an Event', () => {
  const named = { kind: 'Deployment', namespace: 'shop', name: 'web' };
  it.each<[string, EventObject, KubeObject, boolean]>([
    ['is about the object that it names', event('shop', { ...named, uid: UID }), web, true],
    ['is about it without a UID', event('shop', named), web, true],
    ['is not about its predecessor', event('shop', { ...named, uid: UID.replaceAll('1', '2') }), web, false],
    ['is not about an object of another kind', event('shop', { ...named, kind: 'Pod', uid: UID }), web, false],
    ['is not about an object of another group', event('shop', { ...named, apiVersion: 'example.com/v1' }), web, false],
    ['is about it by another version of its group', event('shop', { ...named, apiVersion: 'apps/v1beta1' }), web, true],
    ['is not about an object of another name', event('shop', { ...named, name: 'x', uid: UID }), web, false],
    ['of another namespace is not about it (I39)', event('evil', { ...named, uid: UID }), web, false],
    [
      'that names its own namespace is not about it',
      event('evil', { ...named, namespace: 'evil', uid: UID }),
      web,
      false,
    ],
    ['is about a node whose UID is its name', event('default', { kind: 'Node', name: 'n1', uid: 'n1' }), node, true],
    ['is about a node without a UID', event('default', { kind: 'Node', name: 'n1' }), node, true],
    [
      'of an ordinary namespace is not about a node',
      event('shop', { kind: 'Node', name: 'n1', uid: UID }),
      node,
      false,
    ],
  ])('%s', (_title, seen, object, expected) => {
    expect(isAbout(seen, object)).toBe(expected);
  });

  it('that names no object is about none', () => {
    expect(subjectOfEvent(event('shop', { uid: UID }))).toBeUndefined();
  });
});
