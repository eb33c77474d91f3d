import { describe, expect, it } from 'vitest';
import { addressOf } from './request-path.ts';

describe('what a path addresses', () => {
  it.each([
    ['/api/v1/nodes/n1', { group: '', version: 'v1', resource: 'nodes', name: 'n1' }],
    ['/api/v1/namespaces/shop', { group: '', version: 'v1', resource: 'namespaces', name: 'shop' }],
    [
      '/api/v1/namespaces/shop/status',
      { group: '', version: 'v1', resource: 'namespaces', name: 'shop', subresource: 'status' },
    ],
    ['/api/v1/namespaces/shop/pods', { group: '', version: 'v1', namespace: 'shop', resource: 'pods' }],
    [
      '/apis/apps/v1/namespaces/shop/deployments/web/scale',
      { group: 'apps', version: 'v1', namespace: 'shop', resource: 'deployments', name: 'web', subresource: 'scale' },
    ],
    ['/apis/x.dev/v1/things/a%3Ab', { group: 'x.dev', version: 'v1', resource: 'things', name: 'a:b' }],
    ['/apis/x.dev/v1/things/a:b', { group: 'x.dev', version: 'v1', resource: 'things', name: 'a:b' }],
  ])('%s', (path, address) => expect(addressOf(path)).toEqual(address));

  it.each([
    '',
    '/',
    '/api',
    '/api/v1',
    '/apis/apps',
    '/metrics',
    'api/v1/nodes/n1',
    '/api/v1/nodes/',
    '/api//v1/nodes/n1',
    '/api/v1/namespaces/shop/pods/a%2Fb',
    '/api/v1/namespaces/shop/pods/..',
    '/api/v1/namespaces/shop/pods/%2e%2e',
    '/api/v1/namespaces/shop/pods/a%25',
    '/api/v1/namespaces/shop/pods/a%00',
    '/api/v1/namespaces/shop/pods/a%',
    '/api/v1/namespaces/shop/pods/a/b/c',
    '/api/v1/nodes/n1?x',
    '/api/v1/nodes/n1#x',
    '/api/v1/nodes/%6e1',
    '/API/v1/nodes',
  ])('%j addresses nothing', (path) => expect(addressOf(path)).toBeUndefined());
});
