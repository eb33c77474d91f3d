/**
 * https://github.com/kubernetes/apimachinery/blob/v0.36.2/pkg/util/managedfields/internal/lastappliedmanager.go,
 * https://github.com/kubernetes/apimachinery/blob/v0.36.2/pkg/util/managedfields/internal/lastappliedupdater.go
 */
import { expect, test } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import { asObject, at, type Draft } from '../machinery/json.ts';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
const path = '/api/v1/namespaces/default/configmaps';
const config = (data: Draft): Draft => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data });

async function send(server: ApiServer, method: string, to: string, body: unknown) {
  const type = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
  const answer = await server.handle({
    method,
    path: to,
    headers: { 'content-type': type },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: answer.body.form === 'object' ? (asObject(answer.body.value) ?? {}) : {} };
}

/** As `kubectl apply` leaves it; `now` is what somebody changed since then. */
async function applied(data: Draft, now: Draft = data): Promise<ApiServer> {
  const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
  const annotations = { [ANNOTATION]: JSON.stringify(config(data)) };
  const object = { ...config(now), metadata: { name: 'x', annotations } };
  await send(server, 'POST', `${path}?fieldManager=kubectl-client-side-apply`, object);
  return server;
}

const apply = (server: ApiServer, data: Draft, manager = 'kubectl') =>
  send(server, 'PATCH', `${path}/x?fieldManager=${manager}`, config(data));

test('kubectl takes over what it applied itself, and its annotation follows', async () => {
  const server = await applied({ a: '1', b: '2' });
  const { status, body } = await apply(server, { b: '<3>', a: '1' });
  expect(status).toBe(200);
  expect(at(body, 'data')).toEqual({ a: '1', b: '<3>' });
  expect(at(body, 'metadata', 'annotations', ANNOTATION)).toBe(
    '{"apiVersion":"v1","data":{"a":"1","b":"\\u003c3\\u003e"},"kind":"ConfigMap","metadata":{"name":"x"}}\n',
  );
  expect(at(body, 'metadata', 'managedFields')).toMatchObject([
    { manager: 'kubectl', operation: 'Apply', fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } } },
    { manager: 'kubectl-client-side-apply', operation: 'Update' },
  ]);
});

test('kubectl does not take over what was changed since it applied it', async () => {
  const server = await applied({ a: '1', b: '2' }, { a: '1', b: 'changed' });
  const { status, body } = await apply(server, { a: '4', b: '3' });
  expect(status).toBe(409);
  expect(at(body, 'details', 'causes')).toEqual([
    {
      reason: 'FieldManagerConflict',
      message: 'conflict with "kubectl-client-side-apply" using v1',
      field: '.data.b',
    },
  ]);
});

test('Another manager takes nothing over, and changes no annotation', async () => {
  const server = await applied({ a: '1' });
  expect((await apply(server, { a: '2' }, 'helm')).status).toBe(409);
  const { status, body } = await apply(server, { a: '1', c: '3' }, 'helm');
  expect(status).toBe(200);
  expect(at(body, 'metadata', 'annotations', ANNOTATION)).toBe(JSON.stringify(config({ a: '1' })));
});

test('An annotation that is no configuration of this version lets nothing be taken over', async () => {
  for (const text of ['{', '{"apiVersion":"v2","kind":"ConfigMap","data":{"a":"1"}}', '[]']) {
    const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
    const object = { ...config({ a: '1' }), metadata: { name: 'x', annotations: { [ANNOTATION]: text } } };
    await send(server, 'POST', `${path}?fieldManager=old`, object);
    expect((await apply(server, { a: '2' })).status).toBe(409);
  }
});
