import { describe, expect, it } from 'vitest';
import { requestWords } from './request-words.ts';

describe('the words for a request', () => {
  it.each<['GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', string, string]>([
    ['GET', '/api/v1/pods?limit=500', 'list pods'],
    ['GET', '/api/v1/pods?watch=1&resourceVersion=7', 'watch pods'],
    ['GET', '/api/v1/namespaces/shop/pods/web-1', 'get pods'],
    ['GET', '/api/v1/namespaces/shop/pods?labelSelector=watch%3D1', 'list pods'],
    ['GET', '/api/v1/namespaces/shop', 'get namespaces'],
    ['GET', '/api/v1/namespaces', 'list namespaces'],
    ['POST', '/api/v1/namespaces/shop/pods/web-1/eviction', 'create pods/eviction'],
    ['GET', '/api/v1/nodes/a/proxy/metrics/cadvisor', 'get nodes/proxy'],
    ['PATCH', '/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=a', 'patch deployments.apps'],
    [
      'PUT',
      '/apis/kubeskippy.io/v1alpha1/namespaces/a/healingpolicies/p/status',
      'update healingpolicies.kubeskippy.io/status',
    ],
    ['DELETE', '/apis/batch/v1/namespaces/shop/jobs', 'deletecollection jobs.batch'],
    ['DELETE', '/apis/batch/v1/namespaces/shop/jobs/a', 'delete jobs.batch'],
    ['GET', '/version', 'get -'],
    ['GET', '/apis/apps/v1', 'get -'],
  ])('%s %s is %s', (method, path, words) => {
    const { verb, resource } = requestWords({ method, path });
    expect(`${verb} ${resource}`).toBe(words);
  });
});
