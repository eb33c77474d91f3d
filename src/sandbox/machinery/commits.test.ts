import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { createSandbox, type Sandbox } from '../index.ts';
import type { Change } from './cluster.ts';
import { CommitLog } from './commits.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const PATH = '/api/v1/namespaces/default/configmaps';
const configMap = (data: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace: 'default' },
  data,
});

const ALONE = { controllers: 'off', scheduler: 'off', kubelet: 'off' } as const;

function send(sandbox: Sandbox, method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) {
  return sandbox.transport({ name: 'ann', groups: ['system:masters'] }).send({
    method,
    path,
    headers: { 'user-agent': 'checker/2.0', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

describe('the commits of a sandbox', () => {
  test('name the request, its user and its agent, the states before and after, and the time', async () => {
    const clock = new VirtualClock();
    const sandbox = createSandbox({ clock, ...ALONE });
    const start = sandbox.commits().at(-1)?.resourceVersion;
    await send(sandbox, 'POST', `${PATH}?fieldManager=m`, configMap({ a: '1' }));
    await clock.advance(5_000);
    await send(sandbox, 'PUT', `${PATH}/c`, configMap({ a: '2' }));
    await send(sandbox, 'DELETE', `${PATH}/c`);
    const by = { user: 'ann', agent: 'checker/2.0' };
    expect(
      sandbox.commits(start).map(({ type, object, old, at, by: request }) => ({
        type,
        now: object['data'],
        before: old?.['data'],
        after: at - clock.now(),
        request,
      })),
    ).toEqual([
      { type: 'ADDED', now: { a: '1' }, after: -5_000, request: { ...by, verb: 'create', path: PATH } },
      {
        type: 'MODIFIED',
        now: { a: '2' },
        before: { a: '1' },
        after: 0,
        request: { ...by, verb: 'update', path: `${PATH}/c` },
      },
      {
        type: 'DELETED',
        now: { a: '2' },
        before: { a: '2' },
        after: 0,
        request: { ...by, verb: 'delete', path: `${PATH}/c` },
      },
    ]);
  });

  test('are in the order of their resource versions, over all kinds', async () => {
    const clock = new VirtualClock();
    const sandbox = createSandbox({ clock, nodes: 2 });
    await clock.advance(60_000);
    const commits = sandbox.commits();
    const versions = commits.map((commit) => Number(commit.resourceVersion));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(new Set(versions).size).toBe(versions.length);
    expect(new Set(commits.map(({ object }) => object.kind))).toContain('Lease');
    expect(commits.map(({ object }) => object.metadata.resourceVersion)).toEqual(
      commits.map((commit) => commit.resourceVersion),
    );
    await sandbox.close();
  });

  test('of the cluster itself have no request, whatever request set it in motion', async () => {
    const clock = new VirtualClock();
    const sandbox = createSandbox({ clock, nodes: 1 });
    await clock.advance(1_000);
    const start = sandbox.commits().at(-1)?.resourceVersion;
    await send(sandbox, 'POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team' },
    });
    await clock.advance(1_000);
    sandbox.cluster.create(CONFIG_MAPS, configMap({}));
    const own = sandbox.commits(start).map(({ object, by }) => [object.kind, object.metadata.name, by?.verb ?? 'none']);
    expect(own).toContainEqual(['Namespace', 'team', 'create']);
    expect(own).toContainEqual(['ServiceAccount', 'default', 'none']);
    expect(own).toContainEqual(['ConfigMap', 'c', 'none']);
    await sandbox.close();
  });

  test('hold nothing of a write that changed nothing, was a dry run or was refused', async () => {
    const sandbox = createSandbox({ clock: new VirtualClock(), ...ALONE });
    await send(sandbox, 'POST', PATH, configMap({ a: '1' }));
    const start = sandbox.commits().at(-1)?.resourceVersion;
    expect((await send(sandbox, 'PUT', `${PATH}/c`, configMap({ a: '1' }))).status).toBe(200);
    expect((await send(sandbox, 'PUT', `${PATH}/c?dryRun=All`, configMap({ a: '2' }))).status).toBe(200);
    expect((await send(sandbox, 'DELETE', `${PATH}/c?dryRun=All`)).status).toBe(200);
    expect((await send(sandbox, 'POST', PATH, configMap({ a: '3' }))).status).toBe(409);
    expect(sandbox.commits(start)).toEqual([]);
  });

  test('name the eviction both for the budget that it spends and for the pod', async () => {
    const clock = new VirtualClock();
    const sandbox = createSandbox({ clock, nodes: 1 });
    const pod = { containers: [{ name: 'main', image: 'web:1' }] };
    sandbox.cluster.create(
      { group: '', version: 'v1', resource: 'pods' },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', labels: { a: 'b' } }, spec: pod },
    );
    sandbox.cluster.create(
      { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' },
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'b', namespace: 'default' },
        spec: { minAvailable: 0, selector: { matchLabels: { a: 'b' } } },
      },
    );
    await clock.advance(60_000);
    const start = sandbox.commits().at(-1)?.resourceVersion;
    const path = '/api/v1/namespaces/default/pods/p/eviction';
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace: 'default' } };
    expect((await send(sandbox, 'POST', path, eviction)).status).toBe(201);
    const asked = sandbox.commits(start).filter(({ by }) => by?.path === path);
    expect(asked.map(({ object }) => object.kind)).toEqual(['PodDisruptionBudget', 'Pod', 'Pod']);
    await sandbox.close();
  });

  test('survive a compaction of the history', async () => {
    const sandbox = createSandbox({ clock: new VirtualClock(), ...ALONE });
    await send(sandbox, 'POST', PATH, configMap({}));
    const before = sandbox.commits();
    sandbox.server.compact();
    expect(sandbox.commits()).toEqual(before);
  });
});

describe('a log that is full', () => {
  const change = (version: number): Change => ({
    type: 'ADDED',
    object: { apiVersion: 'v1', kind: 'Thing', metadata: { name: 't', resourceVersion: String(version) } },
  });

  test('keeps the last 32,768 and refuses to answer for what is gone', () => {
    const log = new CommitLog(() => 0);
    for (let version = 101; version <= 101 + 32_768 + 4_096; version++) log.record(change(version), undefined);
    const last = 101 + 32_768 + 4_096;
    const cut = last - 32_768;
    expect(log.after(String(cut))).toHaveLength(32_768);
    expect(log.after(String(cut))[0]?.resourceVersion).toBe(String(cut + 1));
    expect(() => log.after(String(cut - 1))).toThrow(`those up to resource version ${cut} are gone`);
    expect(() => log.after()).toThrow(RangeError);
  });
});
