import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { VirtualClock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { SYSTEM_ADMIN } from '../machinery/identity.ts';
import { ApiServer } from './server.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' } as const;
const newServer = () => new ApiServer({ clock: new VirtualClock(), prng: new Prng(7) });
const configMap = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
});

// Parts of requests that are nearly right.
const word = fc.constantFrom(
  'api',
  'apis',
  'v1',
  'namespaces',
  'default',
  'configmaps',
  'pods',
  'status',
  'apps',
  'deployments',
  'scale',
  'a',
  '..',
  '%zz',
  'watch',
  '',
);
const body = fc.oneof(
  fc.json(),
  fc.string(),
  fc.constantFrom(
    '{',
    '[]',
    'null',
    '{"metadata":null}',
    '{"kind":"ConfigMap","metadata":{"name":{}}}',
    '{"metadata":{"name":"a","labels":[]}}',
    '{"metadata":{"name":"a"},"data":{"k":"v"}}',
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":1}}',
    '{"data":{"$patch":"replace","k":null},"metadata":{"$retainKeys":["name"],"$setElementOrder/finalizers":[1]}}',
    '[{"op":"move","from":"/data","path":"/data/k"},{"op":"test","path":"","value":0}]',
    '{"spec":{"template":{"spec":{"containers":[{"name":"c"},{"$patch":"delete"},null]}}}}',
  ),
);
const query = fc.constantFrom(
  '',
  '?labelSelector=%',
  '?limit=x',
  '?continue=zz',
  '?fieldSelector=,',
  '?dryRun=All',
  '?resourceVersion=abc',
  '?propagationPolicy=odd',
);

describe('the API server', () => {
  test('never crashes and never writes half of what it refuses, whatever the request', async () => {
    const server = newServer();
    server.cluster.create(CONFIG_MAPS, configMap('a'));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
        fc.oneof(fc.constant([]), fc.array(word, { maxLength: 8 })),
        query,
        body,
        fc.constantFrom(
          'application/json',
          'application/yaml',
          'application/merge-patch+json',
          'application/json-patch+json',
          'application/strategic-merge-patch+json',
          'application/apply-patch+yaml',
          'application/vnd.kubernetes.protobuf',
          'text/plain',
          '',
        ),
        fc.constantFrom('', '/api/v1/namespaces/default/configmaps/a', '/apis/apps/v1/namespaces/default/deployments'),
        async (method, parts, suffix, text, contentType, place) => {
          const before = server.cluster.list(CONFIG_MAPS);
          const answer = await server.handle({
            method,
            path: `${[place, ...parts].join('/') || '/'}${suffix}`,
            headers: { 'content-type': contentType },
            body: text,
            user: SYSTEM_ADMIN,
          });
          expect(answer.status).toBeGreaterThanOrEqual(200);
          expect(answer.status).toBeLessThan(600);
          if (answer.status < 400) return;
          expect(server.cluster.list(CONFIG_MAPS)).toEqual(before);
          if (answer.body.form === 'object')
            expect(answer.body.value).toMatchObject({ kind: 'Status', code: answer.status });
        },
      ),
      { numRuns: 2_000, seed: 11 },
    );
  });

  test('serves a watch from where a list ended, in commit order', async () => {
    const server = newServer();
    server.cluster.create(CONFIG_MAPS, configMap('a'));
    const list = await server.handle({ method: 'GET', path: '/api/v1/namespaces/default/configmaps' });
    const value =
      list.body.form === 'object' ? (list.body.value as { metadata: { resourceVersion: string } }) : undefined;
    const stop = new AbortController();
    const watch = await server.handle(
      {
        method: 'GET',
        path: `/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=${value?.metadata.resourceVersion}`,
      },
      stop.signal,
    );
    server.cluster.create(CONFIG_MAPS, configMap('b'));
    server.cluster.remove(CONFIG_MAPS, { namespace: 'default', name: 'a' });
    const seen: string[] = [];
    if (watch.body.form === 'events') {
      for await (const event of watch.body.events) {
        seen.push(`${event.type} ${(event.object as KubeObject).metadata.name}`);
        if (seen.length === 2) stop.abort();
      }
    }
    expect(seen).toEqual(['ADDED b', 'DELETED a']);
  });

  test('ends a watch whose past is gone with one 410', async () => {
    const server = newServer();
    server.cluster.create(CONFIG_MAPS, configMap('a'));
    server.compact();
    const watch = await server.handle({ method: 'GET', path: '/api/v1/configmaps?watch=1&resourceVersion=5' });
    const codes: unknown[] = [];
    if (watch.body.form === 'events')
      for await (const event of watch.body.events) codes.push((event.object as { code?: number }).code);
    expect(codes).toEqual([410]);
  });

  test('drops a watcher that does not read', async () => {
    const server = newServer();
    const watch = await server.handle({ method: 'GET', path: '/api/v1/configmaps?watch=1' });
    for (let index = 0; index < 10_100; index++) server.cluster.create(CONFIG_MAPS, configMap(`c${index}`));
    const seen: unknown[] = [];
    if (watch.body.form === 'events') for await (const event of watch.body.events) seen.push(event);
    expect(seen).toEqual([]);
  });

  test('lists the state of an exact past version', async () => {
    const server = newServer();
    server.cluster.create(CONFIG_MAPS, configMap('a'));
    const at = server.cluster.create(CONFIG_MAPS, configMap('b')).metadata.resourceVersion ?? '';
    server.cluster.remove(CONFIG_MAPS, { namespace: 'default', name: 'a' });
    server.cluster.create(CONFIG_MAPS, configMap('c'));
    const list = await server.handle({
      method: 'GET',
      path: `/api/v1/namespaces/default/configmaps?resourceVersion=${at}&resourceVersionMatch=Exact`,
    });
    const items = list.body.form === 'object' ? (list.body.value as { items: readonly KubeObject[] }).items : [];
    expect(items.map((item) => item.metadata.name)).toEqual(['a', 'b']);
  });
});
