import { describe, expect, it } from 'vitest';
import { isDenied, sameKind } from './denied-kind.ts';

const kind = (name: string) => {
  const at = name.lastIndexOf('/');
  return { apiVersion: name.slice(0, at), kind: name.slice(at + 1) };
};

describe('a kind that configuration denies', () => {
  it.each([
    ['v1/Secret', 'v1/Secret', true],
    ['v1/Secret', 'v1/ConfigMap', false],
    ['v1/Secret', 'secrets.example.com/v1/Secret', false],
    ['example.com/v1/Thing', 'example.com/v1/Thing', true],
    ['example.com/v1/Thing', 'example.com/v1beta1/Thing', true],
    ['example.com/v1/Thing', 'example.org/v1beta1/Thing', false],
    ['example.com/v1/Thing', 'example.com/v1beta1/Thong', false],
    ['example.com/v1/*', 'example.com/v2/Thing', true],
    ['*.example.com/v1/Thing', 'a.example.com/v2/Thing', true],
    ['rbac.authorization.k8s.io/*', 'rbac.authorization.k8s.io/v1/Role', true],
    ['apps/*', 'apps.example.com/v1/Thing', false],
    ['*', 'v1/Pod', true],
  ])('%s, asked about %s: %s', (glob, name, denied) => expect(isDenied(kind(name), [glob])).toBe(denied));

  it('is the same in every version of its group', () => {
    expect(sameKind(kind('apps/v1/Deployment'), kind('apps/v1beta1/Deployment'))).toBe(true);
    expect(sameKind(kind('apps/v1/Deployment'), kind('v1/Deployment'))).toBe(false);
  });
});
