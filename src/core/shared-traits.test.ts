import { describe, expect, it } from 'vitest';
import { T0 } from '../../test/kit/core-data.ts';
import { partsOf, revisionOf, revisionTrait, traitsOfTemplate, traitText } from './shared-traits.ts';

describe('the traits of a pod template', () => {
  it('are its images, their registries, and the objects that its containers read', () => {
    const spec = {
      initContainers: [{ name: 'init', image: 'localhost/init:1' }],
      containers: [
        {
          name: 'main',
          image: 'r.example:5000/team/app@sha256:1',
          envFrom: [{ configMapRef: { name: 'settings' } }],
          env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'db', key: 'key' } } }],
        },
        { name: 'side', image: 'library/busybox' },
      ],
      volumes: [{ name: 'tls', secret: { secretName: 'tls' } }],
    };
    expect(traitsOfTemplate(spec, 'shop')).toEqual([
      'image localhost/init:1',
      'registry localhost',
      'image r.example:5000/team/app@sha256:1',
      'registry r.example:5000',
      'image library/busybox',
      'registry docker.io',
      'Secret shop/db',
      'ConfigMap shop/settings',
      'Secret shop/tls',
    ]);
  });

  it('are read back as they were written', () => {
    expect(partsOf('cause dns of Service kube-system/kube-dns')).toEqual({
      kind: 'cause',
      name: 'dns of Service kube-system/kube-dns',
    });
    expect([partsOf('planet mars'), partsOf('node')]).toEqual([undefined, undefined]);
    const changed = revisionTrait('Secret shop/db', T0);
    expect(revisionOf(changed)).toEqual({ of: 'Secret shop/db', at: T0 });
    expect(revisionOf('Secret shop/db')).toBeUndefined();
    expect(traitText(changed)).toBe(
      'they read Secret shop/db, which was changed at 2026-01-01T00:00:00Z, minutes before they failed: look at that change first',
    );
    expect(traitText('registry r.example')).toBe('their images come from registry r.example: look whether it answers');
  });
});
