/**
 * What binding a pod to a node takes and leaves:
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/registry/core/pod/storage/storage.go
 */
import { expect, test } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import { at, type Draft } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';

const pods: Gvr = { group: '', version: 'v1', resource: 'pods' };
const key = { namespace: 'default', name: 'x' };

async function bound(metadata: Draft): Promise<readonly [number, unknown, ApiServer]> {
  const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
  server.cluster.create(pods, { metadata: key, spec: { containers: [{ name: 'c', image: 'i:1' }] } } as never);
  const conditions = [
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' },
    { type: 'Ready', status: 'False' },
  ];
  const waiting = { conditions, nominatedNodeName: 'b' };
  server.cluster.modify(pods, key, (draft) => ({ ...draft, status: waiting }), 'status');
  const { status, body } = await server.handle({
    method: 'POST',
    path: '/api/v1/namespaces/default/pods/x/binding',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata, target: { kind: 'Node', name: 'a' } }),
  });
  return [status, body.form === 'object' ? at(body.value, 'message') : undefined, server];
}

test('A binding names the pod of its path', async () => {
  expect((await bound({ name: 'y' })).slice(0, 2)).toEqual([400, 'name in URL does not match name in Binding object']);
});

test('A binding is for the pod that its writer saw', async () => {
  const [status, message] = await bound({ name: 'x', uid: 'another' });
  expect(status).toBe(409);
  expect(String(message)).toMatch('Precondition failed: UID in precondition: another, UID in object meta: ');
  expect((await bound({ name: 'x', resourceVersion: '1' }))[0]).toBe(409);
});

test('A bound pod is nominated for no node, and its condition stays where it was', async () => {
  const [status, , server] = await bound({ name: 'x' });
  expect(status).toBe(201);
  const after = server.cluster.get(pods, key);
  expect(at(after, 'status', 'nominatedNodeName')).toBeUndefined();
  expect(at(after, 'status', 'conditions')).toMatchObject([
    { type: 'PodScheduled', status: 'True' },
    { type: 'Ready' },
  ]);
});

test.each([
  ['All', ['All'], 201, undefined],
  ['All', ['All', 'All'], 500, 'Non-matching dry-run options in request and content: [All] and [All All]'],
])('An eviction and its request (%s, %s) say the same of a dry run', async (asked, dryRun, status, message) => {
  const [, , server] = await bound({ name: 'x' });
  const answer = await server.handle({
    method: 'POST',
    path: `/api/v1/namespaces/default/pods/x/eviction?dryRun=${asked}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name: 'x' }, deleteOptions: { dryRun } }),
  });
  expect(answer.status).toBe(status);
  if (message !== undefined) expect(answer.body.form === 'object' && at(answer.body.value, 'message')).toBe(message);
  expect(server.cluster.get(pods, key)).toBeDefined();
});
