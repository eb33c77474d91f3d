import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import type { KubeResponse } from '../../shapes/transport.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import { Prng } from '../../std/prng.ts';
import { decodeObject } from './decoder.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const selector = { matchLabels: { app: 'a' } };
const template = {
  metadata: { labels: { app: 'a' } },
  spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
};
const running = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const KINDS: readonly (readonly [path: string, kind: string, body: Readonly<Record<string, unknown>>])[] = [
  ['/api/v1', 'Pod', { spec: running.spec }],
  ['/api/v1', 'Node', {}],
  [
    '/api/v1',
    'Event',
    { involvedObject: { kind: 'Pod', name: 'a', namespace: 'default' }, reason: 'R', type: 'Warning', count: 2 },
  ],
  ['/apis/apps/v1', 'Deployment', { spec: { selector, template: running } }],
  ['/apis/apps/v1', 'ReplicaSet', { spec: { selector, template: running } }],
  ['/apis/apps/v1', 'StatefulSet', { spec: { selector, template: running, serviceName: 's' } }],
  ['/apis/apps/v1', 'DaemonSet', { spec: { selector, template: running } }],
  ['/apis/batch/v1', 'Job', { spec: { template } }],
  ['/apis/batch/v1', 'CronJob', { spec: { schedule: '@hourly', jobTemplate: { spec: { template } } } }],
  [
    '/apis/autoscaling/v2',
    'HorizontalPodAutoscaler',
    { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' } } },
  ],
  ['/apis/policy/v1', 'PodDisruptionBudget', { spec: { selector, maxUnavailable: '25%' } }],
  [
    '/api/v1',
    'PersistentVolumeClaim',
    { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
  ],
  [
    '/api/v1',
    'PersistentVolume',
    { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp/a' } } },
  ],
  ['/api/v1', 'Namespace', {}],
  ['/api/v1', 'ResourceQuota', { spec: { hard: { pods: '10' } } }],
  ['/api/v1', 'Service', { spec: { selector: { app: 'a' }, ports: [{ port: 80, targetPort: 'http' }] } }],
];
const CLUSTERED = new Set(['Node', 'PersistentVolume', 'Namespace']);

const stop = new AbortController();
const servers: ApiServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
function newServer(): ApiServer {
  const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
  servers.push(server);
  return server;
}
const ask = (server: ApiServer, path: string, accept: string) =>
  server.handle({ method: 'GET', path, headers: { accept } }, stop.signal);

async function bytesOf({ body }: KubeResponse): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  if (body.form === 'bytes') for await (const chunk of body.chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
const valueOf = ({ body }: KubeResponse): unknown => (body.form === 'object' ? body.value : undefined);
/** What JSON shows of Go's zero values and protobuf does not tell from absent: nulls, empty objects and lists. */
function lean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lean);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, below]) => [key, lean(below)] as const)
    .filter(([, below]) => below !== null && below !== undefined && below !== 0 && below !== '' && below !== false)
    .filter(([, below]) => typeof below !== 'object' || Object.keys(below as object).length > 0);
  return Object.fromEntries(kept);
}
/** The first frames of a watch: four bytes of length, `{1: type, 2: {1: object}}`. */
async function framesOf(
  { body }: KubeResponse,
  count: number,
): Promise<{ readonly type: string; readonly object: unknown }[]> {
  const frames: { type: string; object: unknown }[] = [];
  if (body.form !== 'bytes') return frames;
  for await (const chunk of body.chunks) {
    const frame = Buffer.from(chunk);
    expect(frame.readUInt32BE(0)).toBe(frame.byteLength - 4);
    const type = frame.subarray(6, 6 + (frame[5] ?? 0)).toString();
    frames.push({ type, object: decodeObject(frame.subarray(frame.indexOf('k8s\0'))) });
    if (frames.length === count) break;
  }
  return frames;
}

describe('a request that accepts protobuf first', () => {
  it.each(KINDS.map((kind) => [kind[1], kind] as const))(
    'gets %s as it is in JSON: alone, in a list, watched',
    async (_, [group, kind, body]) => {
      const server = newServer();
      const namespace = CLUSTERED.has(kind) ? '' : '/namespaces/default';
      const resource =
        kind === 'Job' || !kind.endsWith('y') ? `${kind.toLowerCase()}s` : `${kind.toLowerCase().slice(0, -1)}ies`;
      const path = `${group}${namespace}/${resource}`;
      const object = {
        apiVersion: group.replace(/^\/apis?\//, ''),
        kind,
        metadata: { name: 'a', labels: { x: 'y' } },
        ...body,
      };
      const created = await server.handle({
        method: 'POST',
        path,
        body: JSON.stringify(object),
        headers: { accept: PROTOBUF },
      });
      expect([created.status, created.headers['content-type']]).toEqual([201, PROTOBUF]);
      const json = valueOf(await ask(server, `${path}/a`, 'application/json')) as KubeObject;
      expect(lean(decodeObject(await bytesOf(created)))).toEqual(lean(json));
      expect(lean(decodeObject(await bytesOf(await ask(server, `${path}/a`, `${PROTOBUF},application/json`))))).toEqual(
        lean(json),
      );

      const listed = lean(valueOf(await ask(server, path, 'application/json')));
      const list = await ask(server, path, PROTOBUF);
      expect(list.headers['content-type']).toBe(PROTOBUF);
      expect(lean(decodeObject(await bytesOf(list)))).toEqual(listed);

      const watch = await ask(server, `${path}?watch=1&fieldSelector=metadata.name=a`, `${PROTOBUF};stream=watch`);
      expect(watch.headers['content-type']).toBe(`${PROTOBUF};stream=watch`);
      expect((await framesOf(watch, 1)).map((frame) => ({ ...frame, object: lean(frame.object) }))).toEqual([
        { type: 'ADDED', object: lean(json) },
      ]);
      const streamed = `${path}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name=a`;
      expect((await framesOf(await ask(server, streamed, PROTOBUF), 2))[1]).toMatchObject({
        type: 'BOOKMARK',
        object: { kind, metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
      });
    },
  );

  // As kube-apiserver 1.36.2 sent it.
  const NOT_FOUND =
    '6b3873000a0c0a0276311206537461747573' +
    '12490a060a0012001a0012074661696c7572651a15706f647320226e6f6e6522206e6f7420666f756e6422084e6f74466f756e642a120a046e6f6e6512001a04706f647328003200309403' +
    '1a002200';
  it.each([PROTOBUF, `${PROTOBUF}, application/json`, `application/json;q=0.5,${PROTOBUF}`])(
    'is refused in protobuf (%s)',
    async (accept) => {
      const answer = await ask(newServer(), '/api/v1/namespaces/default/pods/none', accept);
      expect([answer.status, answer.headers['content-type']]).toEqual([404, PROTOBUF]);
      expect((await bytesOf(answer)).toString('hex')).toBe(NOT_FOUND);
    },
  );

  it('sees the end of a watch whose past is gone', async () => {
    const server = newServer();
    server.cluster.create(
      { group: '', version: 'v1', resource: 'configmaps' },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } },
    );
    server.compact();
    expect(
      await framesOf(await ask(server, '/api/v1/configmaps?watch=1&resourceVersion=5', PROTOBUF), 2),
    ).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', reason: 'Expired', code: 410 } }]);
  });

  it('gets metadata alone when it asks for that', async () => {
    const accept = `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;
    const answer = await ask(newServer(), '/api/v1/namespaces/default', accept);
    expect(decodeObject(await bytesOf(answer))).toMatchObject({
      apiVersion: 'meta.k8s.io/v1',
      kind: 'PartialObjectMetadata',
      metadata: { name: 'default' },
    });
  });
});

describe('custom resources', () => {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
  const things = '/apis/example.com/v1/namespaces/default/things';
  const withThings = () => {
    const server = newServer();
    server.cluster.create(
      { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
      definition,
    );
    server.cluster.create(
      { group: 'example.com', version: 'v1', resource: 'things' },
      { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a', namespace: 'default' } },
    );
    return server;
  };

  it('come as JSON where that is accepted too, and are refused in protobuf otherwise', async () => {
    const server = withThings();
    const json = await ask(server, things, `${PROTOBUF},application/json`);
    expect([json.status, json.headers['content-type']]).toEqual([200, 'application/json']);
    const refused = await ask(server, things, PROTOBUF);
    expect([refused.status, decodeObject(await bytesOf(refused))]).toMatchObject([
      406,
      {
        reason: 'NotAcceptable',
        message:
          'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      },
    ]);
  });

  it('have metadata in protobuf', async () => {
    const answer = await ask(withThings(), `${things}/a`, `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`);
    expect(decodeObject(await bytesOf(answer))).toMatchObject({
      kind: 'PartialObjectMetadata',
      metadata: { name: 'a' },
    });
  });
});
